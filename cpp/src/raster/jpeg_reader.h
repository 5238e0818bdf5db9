// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <optional>

#include "raster/inspect.h"
#include "tilewright/raster/reduced.h"

namespace tilewright::inline v0_1 {

/// Opens a JPEG file at 1/1, 1/2, 1/4 or 1/8. Rows are to be read from top to bottom.
///
/// @return nothing if the file has a mask behind the image, which GDAL must read
/// @throws Error as open_raster
std::optional<ReducedRaster> open_reduced_jpeg(const std::shared_ptr<RandomAccessFile>& file,
                                               const std::function<Size(Size full)>& least, const OpenOptions& options);

/// The strips or tiles of a TIFF, each a JPEG, decoded at 1/2, 1/4 or 1/8 of their size.
///
/// @param raster  without a mask
/// @return nothing if its blocks are no plain JPEGs of gray, RGB or YCbCr, or none is to be made smaller
std::unique_ptr<RasterReader> read_reduced_jpeg_blocks(const InspectedRaster& raster, Size least);

}  // namespace tilewright::inline v0_1
