// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "tilewright/raster/raster_info.h"
#include "tilewright/tile/compare.h"

namespace tilewright::inline v0_1 {

/// Fills what `result` says of everything but samples: nodata, georeferencing, colour and metadata, with a line for
/// each difference.
void compare_info(const RasterInfo& a, const RasterInfo& b, Comparison& result);

}  // namespace tilewright::inline v0_1
