// SPDX-License-Identifier: Apache-2.0
#include "tilewright/raster/aligned.h"

#include <cpl_conv.h>
#include <cpl_string.h>
#include <gdal_alg.h>
#include <gdalwarper.h>

#include <algorithm>
#include <array>
#include <mutex>
#include <utility>
#include <vector>

#include "raster/gdal_error.h"
#include "raster/gdal_info.h"
#include "raster/gdal_open.h"
#include "raster/inspect.h"
#include "tilewright/core/error.h"
#include "tilewright/storage/file.h"

namespace tilewright::inline v0_1 {
namespace {

constexpr std::array<std::pair<const char*, GDALResampleAlg>, 4> resamplings{
    {{"nearest", GRA_NearestNeighbour}, {"bilinear", GRA_Bilinear}, {"cubic", GRA_Cubic}, {"average", GRA_Average}}};

GDALResampleAlg resampling_of(const std::string& name) {
    for (const auto& [known, algorithm] : resamplings) {
        if (name == known) return algorithm;
    }
    throw Error(ErrorCode::invalid_argument, "must be nearest, bilinear, cubic or average, but is '" + name + "'",
                "resampling");
}

struct FreeTransformer {
    void operator()(void* transformer) const noexcept { GDALDestroyGenImgProjTransformer(transformer); }
};
struct FreeWarpOptions {
    void operator()(GDALWarpOptions* options) const noexcept { GDALDestroyWarpOptions(options); }
};

// Pixels in another raster's grid. GDAL warps for one thread at a time.
class AlignedReader : public RasterReader {
public:
    AlignedReader(InspectedRaster raster, const RasterInfo& like, GDALResampleAlg resampling)
        : raster_(std::move(raster)), resampling_(resampling), info_(raster_.info) {
        info_.size = like.size;
        info_.geotransform = like.geotransform;
        info_.crs_wkt = like.crs_wkt;
        info_.epsg = like.epsg;
        info_.mask = MaskKind::per_dataset;
        info_.tiled = false;
        info_.block = {like.size.width_px, std::min<std::int64_t>(like.size.height_px, 256)};
    }

    const RasterInfo& info() const noexcept override { return info_; }

    void read(const Window& window, MutableImageView into) override {
        require_readable(info_, window, into, info_.bands, info_.type);
        const std::lock_guard lock(mutex_);
        const auto& part = warped(window);
        const GdalScope scope;
        const auto error = GDALDatasetRasterIOEx(
            part.dataset.get(), GF_Read, 0, 0, static_cast<int>(window.width_px), static_cast<int>(window.height_px),
            into.data, static_cast<int>(window.width_px), static_cast<int>(window.height_px),
            GDALGetRasterDataType(GDALGetRasterBand(part.dataset.get(), 1)), info_.bands, nullptr,
            into.pixel_stride_bytes, into.row_stride_bytes, into.band_stride_bytes, nullptr);
        if (error != CE_None) scope.raise(ErrorCode::corrupt, "cannot be warped", path_text(raster_.source.path));
    }

    void read_mask(const Window& window, MutableImageView into) override {
        require_readable(info_, window, into, 1, PixelType::uint8);
        const std::lock_guard lock(mutex_);
        const auto& part = warped(window);
        const GdalScope scope;
        GDALRasterBandH shown = GDALGetRasterBand(part.dataset.get(), info_.bands + 1);
        const auto error =
            GDALRasterIOEx(shown, GF_Read, 0, 0, static_cast<int>(window.width_px), static_cast<int>(window.height_px),
                           into.data, static_cast<int>(window.width_px), static_cast<int>(window.height_px), GDT_Byte,
                           into.pixel_stride_bytes, into.row_stride_bytes, nullptr);
        if (error != CE_None) scope.raise(ErrorCode::corrupt, "cannot be warped", path_text(raster_.source.path));
        for (std::int64_t y = 0; y < window.height_px; ++y) {
            for (std::int64_t x = 0; x < window.width_px; ++x) {
                auto& value = into.row(y)[x * into.pixel_stride_bytes];
                value = value == std::byte{0} ? std::byte{0} : std::byte{255};
            }
        }
    }

    void drop_decoded() override {
        const GdalScope scope;
        const std::lock_guard lock(mutex_);
        part_ = {};
        GDALFlushCache(raster_.dataset.get());
    }

    std::int64_t working_bytes() const noexcept override {
        return decoder_bytes(raster_.info) +
               info_.size.width_px * info_.block.height_px * 2 * static_cast<std::int64_t>(info_.pixel_bytes());
    }
    std::int64_t row_step_px() const noexcept override { return 1; }

private:
    struct Part {
        Window window;
        GdalDataset dataset;  // the bands, and one more that tells what was written
    };

    // The part that was warped last serves samples and mask.
    const Part& warped(const Window& window) {
        if (part_.dataset && part_.window == window) return part_;
        const GdalScope scope;
        const auto& where = path_text(raster_.source.path);
        GDALDriverH memory = GDALGetDriverByName("MEM");
        if (memory == nullptr) throw Error(ErrorCode::unsupported, "this GDAL keeps no rasters in memory", where);
        GDALDatasetH source = raster_.dataset.get();
        const auto type = GDALGetRasterDataType(GDALGetRasterBand(source, 1));
        Part part;
        part.window = window;
        part.dataset.reset(GDALCreate(memory, "", static_cast<int>(window.width_px), static_cast<int>(window.height_px),
                                      info_.bands + 1, type, nullptr));
        if (!part.dataset) scope.raise(ErrorCode::resource, "there is no memory to warp it", where);
        auto transform = *cropped(info_, window).geotransform;
        GDALSetGeoTransform(part.dataset.get(), transform.data());
        GDALSetProjection(part.dataset.get(), info_.crs_wkt.c_str());
        for (int band = 1; band <= info_.bands; ++band) {
            int has_nodata = 0;
            const double nodata = GDALGetRasterNoDataValue(GDALGetRasterBand(source, band), &has_nodata);
            if (has_nodata != 0) GDALFillRaster(GDALGetRasterBand(part.dataset.get(), band), nodata, 0);
        }
        warp(source, part.dataset.get(), scope, where);
        part_ = std::move(part);
        return part_;
    }

    void warp(GDALDatasetH source, GDALDatasetH target, const GdalScope& scope, const std::string& where) const {
        const std::unique_ptr<void, FreeTransformer> transformer(
            GDALCreateGenImgProjTransformer2(source, target, nullptr));
        if (!transformer) scope.raise(ErrorCode::unsupported, "cannot be warped", where);
        const std::unique_ptr<GDALWarpOptions, FreeWarpOptions> options(GDALCreateWarpOptions());
        options->eResampleAlg = resampling_;
        options->hSrcDS = source;
        options->hDstDS = target;
        options->nBandCount = info_.bands;
        options->panSrcBands = static_cast<int*>(CPLMalloc(sizeof(int) * static_cast<std::size_t>(info_.bands)));
        options->panDstBands = static_cast<int*>(CPLMalloc(sizeof(int) * static_cast<std::size_t>(info_.bands)));
        for (int band = 0; band < info_.bands; ++band)
            options->panSrcBands[band] = options->panDstBands[band] = band + 1;
        options->nDstAlphaBand = info_.bands + 1;
        options->padfSrcNoDataReal = nodata_of(source);
        options->papszWarpOptions = CSLSetNameValue(options->papszWarpOptions, "UNIFIED_SRC_NODATA", "YES");
        options->pfnTransformer = GDALGenImgProjTransform;
        options->pTransformerArg = transformer.get();
        GDALWarpOperationH operation = GDALCreateWarpOperation(options.get());
        if (operation == nullptr) scope.raise(ErrorCode::unsupported, "cannot be warped", where);
        const auto error =
            GDALChunkAndWarpImage(operation, 0, 0, GDALGetRasterXSize(target), GDALGetRasterYSize(target));
        GDALDestroyWarpOperation(operation);
        if (error != CE_None) scope.raise(ErrorCode::corrupt, "cannot be warped", where);
        scope.raise_if_damaged("cannot be warped", where);
    }

    // One a band, freed with the options; null unless all bands have one.
    double* nodata_of(GDALDatasetH source) const {
        std::vector<double> values;
        for (int band = 1; band <= info_.bands; ++band) {
            int has_nodata = 0;
            values.push_back(GDALGetRasterNoDataValue(GDALGetRasterBand(source, band), &has_nodata));
            if (has_nodata == 0) return nullptr;
        }
        auto* copy = static_cast<double*>(CPLMalloc(sizeof(double) * values.size()));
        std::copy(values.begin(), values.end(), copy);
        return copy;
    }

    InspectedRaster raster_;
    const GDALResampleAlg resampling_;
    RasterInfo info_;
    std::mutex mutex_;
    Part part_;
};

}  // namespace

std::unique_ptr<RasterReader> open_aligned(const std::filesystem::path& path, const RasterInfo& like,
                                           const std::string& resampling, const OpenOptions& options) {
    const auto algorithm = resampling_of(resampling);
    auto raster = inspect(path, options);
    const auto has_place = [](const RasterInfo& info) { return info.geotransform && !info.crs_wkt.empty(); };
    if (!has_place(like) || !has_place(raster.info)) {
        throw Error(ErrorCode::unsupported, "cannot be warped: it or what it is to fit has no CRS or no geotransform",
                    path_text(path));
    }
    return std::make_unique<AlignedReader>(std::move(raster), like, algorithm);
}

}  // namespace tilewright::inline v0_1
