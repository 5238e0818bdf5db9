// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "tile/json_part.h"
#include "tile/json_text.h"
#include "tilewright/raster/raster_info.h"

namespace tilewright::inline v0_1 {

/// Sides of an image that a manifest may name, in px: GDAL's own limit.
inline constexpr std::int64_t max_side_px = 2'147'483'647;

/// The "raster" object of a manifest: everything of `info`, exactly.
Json raster_json(const RasterInfo& info);

/// Reads it back: raster_from_json(raster_json(info)) is `info`. @throws Error corrupt
RasterInfo raster_from_json(const JsonPart& part);

}  // namespace tilewright::inline v0_1
