// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "tilewright/raster/raster_reader.h"

#pragma GCC visibility push(default)
namespace tilewright::inline v0_1 {

/// Opens a raster as if it had the pixels of another: GDAL warps what is read. What lies outside comes as nodata, 0
/// where it has none, and is hidden by the mask.
///
/// @param like  with a CRS and a geotransform @param resampling  "nearest", "bilinear", "cubic" or "average"
/// @throws Error as open_raster; invalid_argument for another resampling; unsupported if one of the two has no place
std::unique_ptr<RasterReader> open_aligned(const std::filesystem::path& path, const RasterInfo& like,
                                           const std::string& resampling, const OpenOptions& options = {});

}  // namespace tilewright::inline v0_1
#pragma GCC visibility pop
