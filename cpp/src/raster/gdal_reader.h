// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "raster/inspect.h"
#include "tilewright/raster/raster_reader.h"

namespace tilewright::inline v0_1 {

/// Reads whatever GDAL reads, through as many datasets as there are calls at the same time.
std::unique_ptr<RasterReader> read_with_gdal(InspectedRaster raster);

}  // namespace tilewright::inline v0_1
