// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>

#include "tilewright/image/image.h"
#include "tilewright/raster/raster_reader.h"
#include "tilewright/raster/raster_writer.h"

#pragma GCC visibility push(default)
namespace tilewright::inline v0_1 {

/// Any samples as 8-bit grey or RGB, for looking at only.
///
/// The first three bands of three and more, else the first. uint8 stays as it is unless it holds but 0 and 1; all else
/// is stretched so that the 2nd percentile is black and the 98th white. Complex samples show by magnitude; NaN and
/// infinities are black.
Image viewable(ImageView samples);

/// Writes a raster's preview as a viewable PNG.
///
/// @param max_side_px  as for read_preview(), whose errors this has too
WrittenFile write_picture(const std::filesystem::path& source, const std::filesystem::path& picture,
                          std::int64_t max_side_px, const OpenOptions& options = {});

}  // namespace tilewright::inline v0_1
#pragma GCC visibility pop
