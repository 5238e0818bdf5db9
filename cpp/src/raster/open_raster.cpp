// SPDX-License-Identifier: Apache-2.0
#include <utility>

#include "raster/gdal_reader.h"
#include "raster/inspect.h"
#include "raster/tiff_reader.h"
#include "tilewright/raster/raster_reader.h"

namespace tilewright::inline v0_1 {

std::unique_ptr<RasterReader> open_raster(const std::filesystem::path& path, const OpenOptions& options) {
    auto raster = inspect(path, options);
    if (auto reader = read_with_libtiff(raster)) return reader;
    return read_with_gdal(std::move(raster));
}

RasterInfo read_raster_info(const std::filesystem::path& path, const OpenOptions& options) {
    return inspect(path, options).info;
}

}  // namespace tilewright::inline v0_1
