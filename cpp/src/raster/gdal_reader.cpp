// SPDX-License-Identifier: Apache-2.0
#include "raster/gdal_reader.h"

#include <cstring>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "raster/gdal_error.h"
#include "raster/gdal_info.h"
#include "raster/sample_copy.h"
#include "tilewright/core/error.h"

namespace tilewright::inline v0_1 {
namespace {

// An open dataset and how far it was read: formats without blocks decode all rows above the one that is asked for.
struct Handle {
    GdalDataset dataset;
    std::int64_t next_row = 0;
};

// Datasets that no call uses now. A dataset serves one thread at a time.
class HandlePool {
public:
    explicit HandlePool(GdalSource source) : source_(std::move(source)) {}

    void put(Handle handle) {
        const std::lock_guard lock(mutex_);
        idle_.push_back(std::move(handle));
    }

    // The idle one that was read furthest without having passed `row`; else one that starts again, else a new one.
    Handle take(std::int64_t row) {
        {
            const std::lock_guard lock(mutex_);
            auto best = idle_.end();
            for (auto it = idle_.begin(); it != idle_.end(); ++it) {
                const bool ahead = it->next_row <= row;
                if (best == idle_.end() || (ahead && (best->next_row > row || it->next_row > best->next_row)))
                    best = it;
            }
            if (best != idle_.end()) {
                Handle handle = std::move(*best);
                idle_.erase(best);
                return handle;
            }
        }
        return {open_gdal(source_), 0};
    }

    void drop_decoded() {
        GdalScope scope;
        const std::lock_guard lock(mutex_);
        for (auto& handle : idle_) {
            GDALFlushCache(handle.dataset.get());
            // An internal mask is a dataset of its own.
            GDALDatasetH mask = GDALGetBandDataset(GDALGetMaskBand(GDALGetRasterBand(handle.dataset.get(), 1)));
            if (mask != nullptr && mask != handle.dataset.get()) GDALFlushCache(mask);
        }
    }

private:
    const GdalSource source_;
    std::mutex mutex_;
    std::vector<Handle> idle_;
};

std::string describe_part(const char* what, const Window& window) {
    return std::string(what) + " of columns " + std::to_string(window.x_px) + " to " +
           std::to_string(window.x_end() - 1) + ", rows " + std::to_string(window.y_px) + " to " +
           std::to_string(window.y_end() - 1) + " cannot be decoded";
}

class GdalReader : public RasterReader {
public:
    explicit GdalReader(InspectedRaster raster)
        : info_(std::move(raster.info)), where_(raster.source.path.string()), images_(raster.source) {
        if (raster.mask_source) masks_ = std::make_unique<HandlePool>(*raster.mask_source);
        images_.put({std::move(raster.dataset), 0});
    }

    const RasterInfo& info() const noexcept override { return info_; }

    void read(const Window& window, MutableImageView into) override {
        require_readable(info_, window, into, info_.bands, info_.type);
        if (window.area() == 0) return;
        GdalScope scope;
        auto handle = images_.take(window.y_px);
        const auto result = GDALDatasetRasterIOEx(
            handle.dataset.get(), GF_Read, static_cast<int>(window.x_px), static_cast<int>(window.y_px),
            static_cast<int>(window.width_px), static_cast<int>(window.height_px), into.data,
            static_cast<int>(window.width_px), static_cast<int>(window.height_px), gdal_type(info_.type), info_.bands,
            nullptr, into.pixel_stride_bytes, into.row_stride_bytes, into.band_stride_bytes, nullptr);
        // A dataset that failed is closed: what it keeps of the damaged part must not pass for samples later.
        const auto part = describe_part("the part", window);
        if (result != CE_None) scope.raise(ErrorCode::corrupt, part, where_);
        scope.raise_if_damaged(part, where_);
        handle.next_row = window.y_end();
        images_.put(std::move(handle));
    }

    void read_mask(const Window& window, MutableImageView into) override {
        require_readable(info_, window, into, 1, PixelType::uint8);
        if (window.area() == 0) return;
        if (info_.mask == MaskKind::none) return fill_opaque(into);
        GdalScope scope;
        auto& pool = masks_ ? *masks_ : images_;
        auto handle = pool.take(window.y_px);
        GDALRasterBandH band = GDALGetRasterBand(handle.dataset.get(), 1);
        if (!masks_) band = GDALGetMaskBand(band);
        const auto result =
            GDALRasterIOEx(band, GF_Read, static_cast<int>(window.x_px), static_cast<int>(window.y_px),
                           static_cast<int>(window.width_px), static_cast<int>(window.height_px), into.data,
                           static_cast<int>(window.width_px), static_cast<int>(window.height_px), GDT_Byte,
                           into.pixel_stride_bytes, into.row_stride_bytes, nullptr);
        const auto part = describe_part("the mask", window);
        if (result != CE_None) scope.raise(ErrorCode::corrupt, part, where_);
        scope.raise_if_damaged(part, where_);
        pool.put(std::move(handle));
        for (std::int64_t y = 0; y < window.height_px; ++y) {
            std::byte* sample = into.row(y);
            for (std::int64_t x = 0; x < window.width_px; ++x, sample += into.pixel_stride_bytes) {
                if (*sample != std::byte{0}) *sample = std::byte{255};
            }
        }
    }

    void drop_decoded() override {
        images_.drop_decoded();
        if (masks_) masks_->drop_decoded();
    }

    std::int64_t working_bytes() const noexcept override { return decoder_bytes(info_); }
    std::int64_t row_step_px() const noexcept override { return info_.block.height_px; }

private:
    const RasterInfo info_;
    const std::string where_;
    HandlePool images_;
    std::unique_ptr<HandlePool> masks_;
};

}  // namespace

std::unique_ptr<RasterReader> read_with_gdal(InspectedRaster raster) {
    return std::make_unique<GdalReader>(std::move(raster));
}

}  // namespace tilewright::inline v0_1
