// SPDX-License-Identifier: Apache-2.0
#include "tilewright/tile/compare.h"

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <memory>
#include <string>

#include "tile/info_differences.h"
#include "tile/slice_reader.h"
#include "tilewright/codec/hash.h"
#include "tilewright/image/image.h"
#include "tilewright/raster/raster_reader.h"
#include "tilewright/storage/file.h"

namespace tilewright::inline v0_1 {
namespace {

std::string file_md5(const std::filesystem::path& path, const RunContext& context) {
    Md5 hash;
    read_pieces(path, [&](std::span<const std::byte> piece) {
        context.throw_if_stopped();
        hash.update(piece);
    });
    return hash.hex();
}

std::string text_of(const RasterInfo& info) {
    return std::to_string(info.size.width_px) + " x " + std::to_string(info.size.height_px) + " px, " +
           std::to_string(info.bands) + " bands";
}

std::int64_t sample_count(const RasterInfo& info) {
    return info.size.width_px * info.size.height_px * info.bands;
}

// How many samples of two packed rows differ.
std::int64_t differing(const std::byte* a, const std::byte* b, std::size_t samples, std::size_t sample_bytes) {
    if (std::memcmp(a, b, samples * sample_bytes) == 0) return 0;
    std::int64_t count = 0;
    for (std::size_t i = 0; i < samples; ++i) {
        if (std::memcmp(a + i * sample_bytes, b + i * sample_bytes, sample_bytes) != 0) ++count;
    }
    return count;
}

// The same rows of both rasters.
struct Rows {
    Image pixels;
    Image mask;

    Rows(const RasterInfo& info, std::int64_t rows, bool with_mask)
        : pixels({info.size.width_px, rows}, info.bands, info.type),
          mask({info.size.width_px, with_mask ? rows : 0}, 1, PixelType::uint8) {}

    void read(RasterReader& raster, const Window& window, bool with_mask) {
        const Window part{0, 0, window.width_px, window.height_px};
        raster.read(window, pixels.view().crop(part));
        if (with_mask) raster.read_mask(window, mask.view().crop(part));
    }
};

// Compares samples and masks of rasters of one size and type.
void compare_rows(RasterReader& a, RasterReader& b, const RunContext& context, Comparison& result) {
    const auto& info = a.info();
    const auto width = info.size.width_px;
    const auto row_bytes = width * static_cast<std::int64_t>(info.pixel_bytes());
    const auto step =
        std::min(rows_at_a_time(row_bytes, std::max(a.row_step_px(), b.row_step_px())), info.size.height_px);
    // A mask that only one has is the same if it hides nothing.
    const bool with_mask = info.mask != MaskKind::none || b.info().mask != MaskKind::none;
    Rows rows_a(info, step, with_mask);
    Rows rows_b(info, step, with_mask);
    std::int64_t mask_pixels = 0;
    JobGroup jobs(*context.executor, static_cast<std::size_t>(4 * step * row_bytes));
    for (std::int64_t y = 0; y < info.size.height_px; y += step) {
        context.throw_if_stopped();
        const Window window{0, y, width, std::min(step, info.size.height_px - y)};
        const auto bytes = static_cast<std::size_t>(window.height_px * row_bytes);
        jobs.run(bytes, [&] { rows_a.read(a, window, with_mask); });
        jobs.run(bytes, [&] { rows_b.read(b, window, with_mask); });
        jobs.wait();
        for (std::int64_t row = 0; row < window.height_px; ++row) {
            result.different_samples += differing(
                rows_a.pixels.view().row(row), rows_b.pixels.view().row(row),
                static_cast<std::size_t>(width) * static_cast<std::size_t>(info.bands), size_bytes(info.type));
            if (!with_mask) continue;
            mask_pixels +=
                differing(rows_a.mask.view().row(row), rows_b.mask.view().row(row), static_cast<std::size_t>(width), 1);
        }
        context.advance(2 * window.height_px * row_bytes);
    }
    result.pixels_identical = result.different_samples == 0;
    result.masks_identical = mask_pixels == 0;
    if (mask_pixels > 0) {
        result.differences.push_back("the masks differ in " + std::to_string(mask_pixels) + " pixels");
    }
}

}  // namespace

Comparison compare(const std::filesystem::path& a, const std::filesystem::path& b, const RunContext& context) {
    const auto raster_a = open_raster(a);
    const auto raster_b = open_raster(b);
    const auto& info_a = raster_a->info();
    const auto& info_b = raster_b->info();
    Comparison result;
    result.a = a;
    result.b = b;
    result.file_sizes_match = file_identity(a).size_bytes == file_identity(b).size_bytes;
    result.md5_hash_a = file_md5(a, context);
    result.md5_hash_b = file_md5(b, context);
    result.md5_hashes_match = result.md5_hash_a == result.md5_hash_b;
    result.dimensions_a = info_a.size;
    result.dimensions_b = info_b.size;
    result.dimensions_match = info_a.size == info_b.size && info_a.bands == info_b.bands;
    result.types_match = info_a.type == info_b.type;
    result.total_samples = std::max(sample_count(info_a), sample_count(info_b));
    if (!result.dimensions_match) {
        result.differences.push_back("dimensions: " + text_of(info_a) + " and " + text_of(info_b));
    }
    if (!result.types_match) {
        result.differences.push_back("sample types: " + std::string(name(info_a.type)) + " and " +
                                     std::string(name(info_b.type)));
    }
    if (result.dimensions_match && result.types_match) {
        compare_rows(*raster_a, *raster_b, context, result);
    } else {
        result.different_samples = result.total_samples;
    }
    compare_info(info_a, info_b, result);
    return result;
}

}  // namespace tilewright::inline v0_1
