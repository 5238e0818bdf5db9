// SPDX-License-Identifier: Apache-2.0
#include <cstring>
#include <utility>

#include "raster/inspect.h"
#include "tilewright/core/error.h"
#include "tilewright/raster/raster_reader.h"

namespace tilewright {
namespace {

class MemoryRaster : public RasterReader {
public:
    MemoryRaster(ImageView view, const RasterInfo& info) : view_(view), info_(info) {}

    const RasterInfo& info() const noexcept override { return info_; }

    void read(const Window& window, MutableImageView into) override {
        require_readable(info_, window, into, info_.bands, info_.type);
        const auto from = view_.crop(window);
        const auto sample = size_bytes(info_.type);
        const bool packed = from.rows_are_packed() && into.rows_are_packed();
        for (std::int64_t y = 0; y < window.height_px; ++y) {
            if (packed) {
                std::memcpy(into.row(y), from.row(y), static_cast<std::size_t>(window.width_px) * from.pixel_bytes());
                continue;
            }
            for (std::int64_t x = 0; x < window.width_px; ++x) {
                for (int band = 0; band < info_.bands; ++band) {
                    std::memcpy(into.row(y) + x * into.pixel_stride_bytes + band * into.band_stride_bytes,
                                from.row(y) + x * from.pixel_stride_bytes + band * from.band_stride_bytes, sample);
                }
            }
        }
    }

    void read_mask(const Window& window, MutableImageView into) override {
        require_readable(info_, window, into, 1, PixelType::uint8);
        for (std::int64_t y = 0; y < window.height_px; ++y) {
            for (std::int64_t x = 0; x < window.width_px; ++x)
                into.row(y)[x * into.pixel_stride_bytes] = std::byte{255};
        }
    }

    std::int64_t working_bytes() const noexcept override { return 0; }
    std::int64_t row_step_px() const noexcept override { return 1; }

private:
    const ImageView view_;
    const RasterInfo info_;
};

}  // namespace

std::unique_ptr<RasterReader> view_as_raster(ImageView view, const RasterInfo& info) {
    if (view.size != info.size || view.bands != info.bands || view.type != info.type) {
        throw Error(ErrorCode::invalid_argument,
                    "the info describes a raster of other size, bands or type than the view");
    }
    if (info.mask != MaskKind::none) {
        throw Error(ErrorCode::invalid_argument, "a view has no mask; the info must not promise one");
    }
    return std::make_unique<MemoryRaster>(view, info);
}

}  // namespace tilewright
