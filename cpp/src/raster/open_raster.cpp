// SPDX-License-Identifier: Apache-2.0
#include "raster/gdal_reader.h"
#include "raster/inspect.h"
#include "tilewright/raster/raster_reader.h"

namespace tilewright {

std::unique_ptr<RasterReader> open_raster(const std::filesystem::path& path, const OpenOptions& options) {
    return read_with_gdal(inspect(path, options));
}

RasterInfo read_raster_info(const std::filesystem::path& path, const OpenOptions& options) {
    return inspect(path, options).info;
}

}  // namespace tilewright
