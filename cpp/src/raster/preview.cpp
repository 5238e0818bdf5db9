// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>
#include <cstring>
#include <string>

#include "raster/gdal_error.h"
#include "raster/gdal_info.h"
#include "raster/inspect.h"
#include "raster/tiff_reader.h"
#include "tilewright/core/error.h"

namespace tilewright::inline v0_1 {
namespace {

// The size with the same proportions whose longer side is `longest`; never larger than the image, never empty.
Size fitted(Size image, std::int64_t longest) {
    const auto long_side = std::max(image.width_px, image.height_px);
    if (long_side <= longest) return image;
    const auto scaled = [&](std::int64_t side) {
        return std::max<std::int64_t>(
            1, std::llround(static_cast<double>(side) * static_cast<double>(longest) / static_cast<double>(long_side)));
    };
    return {scaled(image.width_px), scaled(image.height_px)};
}

// Overviews have blocks of their own, which a file made to exhaust memory can make as large as it likes.
void require_small_blocks(GDALDatasetH dataset, const RasterInfo& info, const std::string& where,
                          const OpenOptions& options) {
    GDALRasterBandH band = GDALGetRasterBand(dataset, 1);
    for (int i = 0; i < GDALGetOverviewCount(band); ++i) {
        int width = 0;
        int height = 0;
        GDALGetBlockSize(GDALGetOverview(band, i), &width, &height);
        const auto bytes = static_cast<double>(width) * height * static_cast<double>(info.pixel_bytes());
        if (bytes > static_cast<double>(options.max_block_bytes)) {
            throw Error(ErrorCode::resource,
                        "one block of an overview (" + std::to_string(width) + " x " + std::to_string(height) +
                            " px) is larger than the limit; raise max_block_bytes to read it",
                        where);
        }
    }
}

// Which row or column of `from` the middle of the i-th of `to` falls into.
std::int64_t nearest(std::int64_t i, std::int64_t to, std::int64_t from) {
    return (2 * i + 1) * from / (2 * to);
}

// Row by row, where no strip holds two of those wanted: our decoders are faster than GDAL's.
Image thinned(RasterReader& reader, Size size) {
    const auto& info = reader.info();
    Image image(size, info.bands, info.type);
    Image row({info.size.width_px, 1}, info.bands, info.type);
    auto* out = image.data();
    for (std::int64_t y = 0; y < size.height_px; ++y) {
        reader.read({0, nearest(y, size.height_px, info.size.height_px), info.size.width_px, 1}, row.view());
        for (std::int64_t x = 0; x < size.width_px; ++x, out += info.pixel_bytes()) {
            const auto column = static_cast<std::size_t>(nearest(x, size.width_px, info.size.width_px));
            std::memcpy(out, row.data() + column * info.pixel_bytes(), info.pixel_bytes());
        }
    }
    return image;
}

}  // namespace

Image read_preview(const std::filesystem::path& path, std::int64_t max_side_px, const OpenOptions& options) {
    if (max_side_px < 1) throw Error(ErrorCode::invalid_argument, "a preview needs a side of at least 1 px");
    auto raster = inspect(path, options);
    const auto& info = raster.info;
    GdalScope scope;
    if (!overviews_are_its_own(raster.dataset.get())) {
        throw Error(ErrorCode::unsupported, "its metadata say that its overviews are in another file", path.string());
    }
    require_small_blocks(raster.dataset.get(), info, path.string(), options);
    const auto size = fitted(info.size, max_side_px);
    const bool in_thin_strips =
        info.block.width_px >= info.size.width_px && info.block.height_px <= info.size.height_px / size.height_px;
    if (in_thin_strips && GDALGetOverviewCount(GDALGetRasterBand(raster.dataset.get(), 1)) == 0) {
        if (const auto reader = read_with_libtiff(raster)) return thinned(*reader, size);
    }
    Image image(size, info.bands, info.type);
    const auto into = image.view();
    const auto result =
        GDALDatasetRasterIOEx(raster.dataset.get(), GF_Read, 0, 0, static_cast<int>(info.size.width_px),
                              static_cast<int>(info.size.height_px), into.data, static_cast<int>(into.size.width_px),
                              static_cast<int>(into.size.height_px), gdal_type(info.type), info.bands, nullptr,
                              into.pixel_stride_bytes, into.row_stride_bytes, into.band_stride_bytes, nullptr);
    const std::string failed = "no preview can be made";
    if (result != CE_None) scope.raise(ErrorCode::corrupt, failed, path.string());
    scope.raise_if_damaged(failed, path.string());
    return image;
}

}  // namespace tilewright::inline v0_1
