// SPDX-License-Identifier: Apache-2.0
#include "raster/inspect.h"
#include "raster/sample_copy.h"
#include "tilewright/core/error.h"
#include "tilewright/raster/raster_reader.h"

namespace tilewright::inline v0_1 {
namespace {

class MemoryRaster : public RasterReader {
public:
    MemoryRaster(ImageView view, const RasterInfo& info) : view_(view), info_(info) {}

    const RasterInfo& info() const noexcept override { return info_; }

    void read(const Window& window, MutableImageView into) override {
        require_readable(info_, window, into, info_.bands, info_.type);
        copy_samples(view_.crop(window), into);
    }

    void read_mask(const Window& window, MutableImageView into) override {
        require_readable(info_, window, into, 1, PixelType::uint8);
        fill_opaque(into);
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

}  // namespace tilewright::inline v0_1
