// SPDX-License-Identifier: Apache-2.0
#include "tile/band_reader.h"

#include <algorithm>

namespace tilewright::inline v0_1 {
namespace {

// Enough that handing out its parts costs nothing, little enough to stay in the cache until it is cut.
constexpr std::int64_t band_bytes = std::int64_t{4} << 20;

MutableImageView rows_of(Image& image, std::int64_t top, std::int64_t count) {
    return image.view().crop({0, top, image.size().width_px, count});
}

}  // namespace

std::int64_t band_rows(const RasterInfo& info, std::int64_t row_step_px) noexcept {
    const auto step_bytes =
        std::max<std::int64_t>(1, row_step_px * info.size.width_px * static_cast<std::int64_t>(info.pixel_bytes()));
    const auto rows = row_step_px * std::max<std::int64_t>(1, band_bytes / step_bytes);
    return std::min(rows, info.size.height_px);
}

BandReader::BandReader(RasterReader& raster, const RunContext& context)
    : raster_(raster),
      context_(context),
      step_px_(std::max<std::int64_t>(1, raster.row_step_px())),
      band_px_(band_rows(raster.info(), step_px_)),
      rows_({raster.info().size.width_px, band_px_}, raster.info().bands, raster.info().type) {
    if (raster.info().mask == MaskKind::per_dataset) mask_ = Image(rows_.size(), 1, PixelType::uint8);
}

std::optional<Band> BandReader::next() {
    context_.throw_if_stopped();
    const auto left = raster_.info().size.height_px - y_px_;
    if (left <= 0) return std::nullopt;
    const auto count = std::min(band_px_, left);
    read(y_px_, count);
    Band band{y_px_, rows_of(rows_, 0, count), std::nullopt};
    if (mask_.data() != nullptr) band.mask = rows_of(mask_, 0, count);
    y_px_ += count;
    return band;
}

void BandReader::read(std::int64_t y_px, std::int64_t rows) {
    const auto width = raster_.info().size.width_px;
    const auto read_part = [this, y_px, width](std::int64_t top, std::int64_t count) {
        raster_.read({0, y_px + top, width, count}, rows_of(rows_, top, count));
        if (mask_.data() != nullptr) raster_.read_mask({0, y_px + top, width, count}, rows_of(mask_, top, count));
    };
    // Parts are whole steps too, and one stays for this thread.
    const auto steps = (rows + step_px_ - 1) / step_px_;
    const auto parts = std::clamp<std::int64_t>(context_.executor->idle() + 1, 1, steps);
    JobGroup jobs(*context_.executor, static_cast<std::size_t>(parts));
    for (std::int64_t part = 1; part < parts; ++part) {
        const auto top = steps * part / parts * step_px_;
        const auto end = std::min(rows, steps * (part + 1) / parts * step_px_);
        jobs.run(1, [read_part, top, end] { read_part(top, end - top); });
    }
    read_part(0, std::min(rows, steps / parts * step_px_));
    jobs.wait();
}

}  // namespace tilewright::inline v0_1
