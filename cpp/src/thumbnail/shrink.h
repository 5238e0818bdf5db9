// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "thumbnail/pixel_rows.h"
#include "tilewright/core/run_context.h"

namespace tilewright::inline v0_1 {

/// A part of the raster with each pixel the average of what it covers, read once and in small parts.
///
/// Plain rows are averaged over areas, parts of pixels by their share; others over rectangles of whole pixels.
///
/// @param area  in the raster
/// @param to  no larger than the area
/// @return uint8 of rows.colors() bands if the rows are plain; else float64 of weighted pixels, averaged
/// @throws Error as RasterReader::read; cancelled
Image shrink(PixelRows& rows, const Window& area, Size to, const RunContext& context);

/// Memory that shrink() of the whole raster holds at once, its result included, in bytes.
std::int64_t shrinking_bytes(const PixelRows& rows, Size to) noexcept;

}  // namespace tilewright::inline v0_1
