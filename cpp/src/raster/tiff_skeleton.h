// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "raster/tiff_fields.h"
#include "tilewright/raster/raster_info.h"

namespace tilewright::inline v0_1 {

/// How samples are stored in a TIFF that is written here.
struct TiffSamples {
    int bits = 8;            ///< of one stored sample
    int predictor = 1;       ///< 1 none, 2 horizontal differences, 3 floating point
    bool is_packed = false;  ///< samples take fewer bits than their type has
};

/// All that GeoTIFF can say of a raster (CRS, geotransform or GCPs, RPCs, nodata, colours, names, metadata), as GDAL
/// says it, but for size and blocks: DEFLATE, interleaved by pixel.
///
/// GDAL writes them into a file of a few pixels in memory, so no side file and no sparse blocks come to be.
/// @param where  the file that the fields are for, for errors
/// @throws Error unsupported if GDAL cannot describe such a raster
TiffFields tiff_skeleton(const RasterInfo& raster, const TiffSamples& samples, const std::string& where);

}  // namespace tilewright::inline v0_1
