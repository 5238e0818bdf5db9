// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <filesystem>
#include <vector>

#include "tilewright/raster/raster_info.h"

namespace tilewright::inline v0_1 {

/// One pixel of what lies outside an image: each band's nodata value, 0 where it has none that its type can hold.
std::vector<std::byte> fill_pixel(const RasterInfo& info);

}  // namespace tilewright::inline v0_1
