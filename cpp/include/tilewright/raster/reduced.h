// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <functional>
#include <memory>

#include "tilewright/raster/raster_info.h"
#include "tilewright/raster/raster_reader.h"

#pragma GCC visibility push(default)
namespace tilewright::inline v0_1 {

/// A raster as its file or its codec offers it at a smaller size, for as little work as that takes.
struct ReducedRaster {
    /// Samples and mask of the smaller version. Its info tells the metadata of the full raster, and not where it lies.
    std::unique_ptr<RasterReader> reader;
    Size full_size;
    /// How the file wants to be turned for looking at, as EXIF and TIFF number it: 1 to 8, 1 for as it is stored.
    int orientation = 1;
    bool white_is_zero = false;  ///< of a gray TIFF: 0 is white
};

/// Opens the smallest version that is no smaller than what `least` asks for: an overview, or a JPEG that is decoded at
/// 1/2, 1/4 or 1/8; the raster itself where there is nothing smaller.
///
/// @param least  told the full size, gives the least width and height wanted, px
/// @throws Error as open_raster
ReducedRaster open_reduced(const std::filesystem::path& path, const std::function<Size(Size full)>& least,
                           const OpenOptions& options = {});

}  // namespace tilewright::inline v0_1
#pragma GCC visibility pop
