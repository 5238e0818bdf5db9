// SPDX-License-Identifier: Apache-2.0
#include "chip/chip_cutter.h"

#include <utility>

#include "tilewright/raster/file_hash.h"
#include "tilewright/raster/raster_hash.h"
#include "tilewright/storage/file.h"
#include "tilewright/storage/place.h"

namespace tilewright::inline v0_1 {
namespace {

std::optional<ImageView> view_of(const std::optional<Image>& image) {
    return image ? std::optional<ImageView>(image->view()) : std::nullopt;
}

double share(std::int64_t valid_pixels, const Window& window) {
    return static_cast<double>(valid_pixels) / static_cast<double>(window.area());
}

}  // namespace

RasterFormat chip_raster_format(const RasterInfo& info, ChipFormat format) {
    switch (format) {
        case ChipFormat::automatic: return lossless_format(info);
        case ChipFormat::png: return lossless_format(info, RasterFormat::png);
        case ChipFormat::tiff: break;
    }
    return RasterFormat::tiff;
}

ChipCutter::ChipCutter(RasterReader& reader, const ChipOptions& options, const std::filesystem::path& folder)
    : reader_(reader), options_(options), folder_(folder), format_(chip_raster_format(reader.info(), options.format)) {}

double ChipCutter::valid_fraction(const Window& window) const {
    const auto samples = read(window);
    const auto info = cropped(reader_.info(), window);
    RasterHash hash(info);
    hash.update(samples.pixels.view(), view_of(samples.mask));
    return share(hash.valid_pixels(), window);
}

void ChipCutter::write(ChipRecord& record, const RunContext& context) const {
    const auto samples = read(record.window);
    const auto pixels = samples.pixels.view();
    const auto mask = view_of(samples.mask);
    const auto info = cropped(reader_.info(), record.window);
    context.throw_if_stopped();

    RasterHash hash(info);
    hash.update(pixels, mask);
    record.pixel_hash = hash.pixel_hash();
    record.mask_hash = hash.mask_hash();
    record.valid_fraction = share(hash.valid_pixels(), record.window);

    const auto path = folder_ / record.filename;
    {
        WriteOptions write;
        write.compression = options_.compression;
        write.on_finished = [&record](std::int64_t size_bytes) { record.file_size_bytes = size_bytes; };
        // Read back from a store it would cost a second transfer.
        if (is_url(path)) write.on_written = [&record](const auto& file) { record.sha256 = file_sha256(file); };
        // Chips are small and many: each has one thread, and threads have several chips.
        JobGroup jobs(serial_executor(), samples.pixels.size_bytes());
        const auto writer = open_raster_writer(path, record.format, info, write, jobs);
        writer->append(pixels, mask);
        jobs.wait();
    }
    if (record.format == RasterFormat::png && info.geotransform) {
        write_text(world_file_path(path), world_file_text(*info.geotransform));
    }
}

ChipCutter::Samples ChipCutter::read(const Window& window) const {
    const auto& info = reader_.info();
    const Size size{window.width_px, window.height_px};
    Samples samples{Image(size, info.bands, info.type), std::nullopt};
    reader_.read(window, samples.pixels.view());
    if (info.mask == MaskKind::per_dataset) {
        samples.mask.emplace(size, 1, PixelType::uint8);
        reader_.read_mask(window, samples.mask->view());
    }
    return samples;
}

}  // namespace tilewright::inline v0_1
