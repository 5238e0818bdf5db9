// SPDX-License-Identifier: Apache-2.0
#include "tilewright/raster/reduced.h"

#include <gdal.h>

#include <algorithm>
#include <string>
#include <utility>

#include "raster/exif.h"
#include "raster/gdal_error.h"
#include "raster/gdal_info.h"
#include "raster/gdal_reader.h"
#include "raster/inspect.h"
#include "raster/jpeg_reader.h"
#include "raster/tiff_reader.h"

namespace tilewright::inline v0_1 {
namespace {

bool is_as_large(Size size, Size least) {
    return size.width_px >= least.width_px && size.height_px >= least.height_px;
}

// The number of the smallest overview that will do, -1 if there is none. All bands must have it, alike.
int fitting_overview(GDALDatasetH dataset, const RasterInfo& info, Size least, const OpenOptions& options) {
    if (!overviews_are_its_own(dataset)) return -1;
    int best = -1;
    auto best_pixels = info.size.width_px * info.size.height_px;
    const int count = GDALGetOverviewCount(GDALGetRasterBand(dataset, 1));
    for (int i = 0; i < count; ++i) {
        Size size;
        bool alike = true;
        for (int band = 1; band <= info.bands && alike; ++band) {
            GDALRasterBandH of_band = GDALGetRasterBand(dataset, band);
            GDALRasterBandH overview = i < GDALGetOverviewCount(of_band) ? GDALGetOverview(of_band, i) : nullptr;
            alike = overview != nullptr &&
                    GDALGetRasterDataType(overview) == GDALGetRasterDataType(GDALGetRasterBand(dataset, 1));
            if (!alike) break;
            const Size found{GDALGetRasterBandXSize(overview), GDALGetRasterBandYSize(overview)};
            int block_width = 0;
            int block_height = 0;
            GDALGetBlockSize(overview, &block_width, &block_height);
            const auto bytes =
                static_cast<double>(block_width) * block_height * static_cast<double>(info.pixel_bytes());
            // An overview's blocks can be as large as a file made to exhaust memory likes; the image itself serves
            // then.
            alike = (band == 1 || found == size) && bytes <= static_cast<double>(options.max_block_bytes);
            size = found;
        }
        if (!alike || !is_as_large(size, least)) continue;
        if (const auto pixels = size.width_px * size.height_px; pixels < best_pixels) {
            best = i;
            best_pixels = pixels;
        }
    }
    return best;
}

// The raster at an overview, as a raster of its own; nothing if GDAL does not open it as it was promised.
std::unique_ptr<RasterReader> open_overview(const InspectedRaster& raster, int overview) {
    InspectedRaster reduced;
    reduced.info = raster.info;
    reduced.source = raster.source;
    reduced.source.overview = overview;
    const GdalScope scope;
    reduced.dataset = open_gdal(reduced.source);
    GDALRasterBandH band = GDALGetRasterBand(reduced.dataset.get(), 1);
    if (GDALGetRasterCount(reduced.dataset.get()) != raster.info.bands) return {};
    reduced.info.size = {GDALGetRasterBandXSize(band), GDALGetRasterBandYSize(band)};
    int block_width = 0;
    int block_height = 0;
    GDALGetBlockSize(band, &block_width, &block_height);
    reduced.info.block = {block_width, block_height};
    reduced.info.tiled = block_width < reduced.info.size.width_px;
    return read_with_gdal(std::move(reduced));
}

}  // namespace

ReducedRaster open_reduced(const std::filesystem::path& path, const std::function<Size(Size full)>& least,
                           const OpenOptions& options) {
    const auto file = open_plain_file(path);
    if (options.page == 1 && driver_of(*file) == "JPEG") {
        if (auto reduced = open_reduced_jpeg(file, least, options)) return std::move(*reduced);
    }
    auto raster = inspect(file, options, Georeferencing::left_out);
    ReducedRaster reduced;
    reduced.full_size = raster.info.size;
    reduced.orientation =
        raster.source.driver == "GTiff" ? raster.orientation : chunk_orientation(*file, raster.source.driver);
    const auto* white = GDALGetMetadataItem(raster.dataset.get(), "MINISWHITE", "IMAGE_STRUCTURE");
    reduced.white_is_zero = white != nullptr && std::string(white) == "YES";
    const auto wanted = least(raster.info.size);
    // A JPEG's own overviews include the camera's thumbnail, which need not be of the same image.
    if (raster.source.driver != "JPEG" && raster.mask_source == std::nullopt) {
        const int overview = fitting_overview(raster.dataset.get(), raster.info, wanted, options);
        if (overview >= 0) reduced.reader = open_overview(raster, overview);
    }
    if (!reduced.reader && raster.source.driver == "GTiff") reduced.reader = read_reduced_jpeg_blocks(raster, wanted);
    if (!reduced.reader) reduced.reader = read_with_libtiff(raster);
    if (!reduced.reader) reduced.reader = read_with_gdal(std::move(raster));
    return reduced;
}

}  // namespace tilewright::inline v0_1
