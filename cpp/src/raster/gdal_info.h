// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gdal.h>

#include "tilewright/raster/raster_info.h"

namespace tilewright::inline v0_1 {

/// Whether to tell where on Earth a raster lies, and its metadata items. Its coordinate system costs more than all else
/// in a small file's header: PROJ's database is asked.
enum class Georeferencing { told, left_out };

/// The info of an open dataset, as GDAL presents it; pages and overviews excepted, which the caller knows.
///
/// @param where  the file, for errors
/// @throws Error unsupported for what rasters here cannot be: bands of differing types, masks of single bands
RasterInfo describe(GDALDatasetH dataset, const std::string& where,
                    Georeferencing georeferencing = Georeferencing::told);

/// The type of the buffer that holds such samples in GDAL; int8 travels as GDT_Byte where GDAL has no signed byte.
GDALDataType gdal_type(PixelType type);

}  // namespace tilewright::inline v0_1
