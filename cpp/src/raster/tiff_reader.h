// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "raster/inspect.h"
#include "tilewright/raster/raster_reader.h"

namespace tilewright::inline v0_1 {

/// Reads a TIFF with libtiff, straight into the caller's samples where they lie as the file's: whole samples of 8 to
/// 64 bits in lossless codecs, gray, RGB or palette.
///
/// @return nothing if the raster is not so plain; GDAL must read it, and `raster` is as it was
/// @throws Error as open_raster
std::unique_ptr<RasterReader> read_with_libtiff(InspectedRaster& raster);

}  // namespace tilewright::inline v0_1
