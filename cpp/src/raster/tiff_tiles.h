// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "raster/tiff_skeleton.h"
#include "tilewright/codec/compression.h"
#include "tilewright/core/window.h"
#include "tilewright/image/pixel_type.h"
#include "tilewright/raster/raster_info.h"

namespace tilewright::inline v0_1 {

/// How a raster is cut into a TIFF's tiles.
struct TiffTiling {
    Size tile;  ///< sides are multiples of 16
    std::size_t across = 1;
    std::size_t down = 1;
};

/// Tiles of about 256 x 256 px, smaller where a tile or a row of tiles would take too much memory, and spread so that
/// little of them hangs over the raster's edges.
TiffTiling tiff_tiling(const RasterInfo& info);

/// How samples of the raster are stored.
TiffSamples tiff_samples(const RasterInfo& info);

/// One tile's samples, row by row without gaps, as far as the raster fills it.
struct TileSamples {
    std::unique_ptr<std::byte[]> bytes;  ///< of a whole tile
    Size filled;                         ///< at least 1 x 1
};

/// Compresses one tile: what hangs over the edge repeats the last pixel and row, which costs next to nothing.
/// @return a zlib stream; nothing if a sample needs more bits than are stored
std::vector<std::byte> encode_tile(TileSamples tile, const TiffTiling& tiling, int bands, PixelType type,
                                   const TiffSamples& samples, Compression compression);

/// The same for a mask's tile, 1 bit a pixel. @return nothing if a sample is neither 0 nor 255
std::vector<std::byte> encode_mask_tile(TileSamples tile, const TiffTiling& tiling, Compression compression);

}  // namespace tilewright::inline v0_1
