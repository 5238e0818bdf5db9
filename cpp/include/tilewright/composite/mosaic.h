// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "tilewright/core/run_context.h"
#include "tilewright/core/window.h"
#include "tilewright/raster/cog.h"
#include "tilewright/raster/raster_reader.h"

#pragma GCC visibility push(default)
namespace tilewright::inline v0_1 {

/// Where tiles lie in the image that they make up.
struct MosaicPlan {
    RasterInfo info;                                            ///< of that image
    std::vector<Window> tiles;                                  ///< of each tile, in the order given
    std::vector<Window> gaps;                                   ///< what no tile covers
    std::vector<std::pair<std::size_t, std::size_t>> overlaps;  ///< numbers of tiles that share pixels
};

/// Finds out how tiles lie: by their geotransforms, or, where none has one, by the windows that tilewright wrote into
/// them. Only headers are read.
///
/// @throws Error invalid_argument naming the tile that does not fit the others: other bands, type, nodata, CRS or size
///         of pixels, a corner between pixels, or no place at all; of open_raster
MosaicPlan plan_mosaic(const std::vector<std::filesystem::path>& tiles, const OpenOptions& options = {},
                       const RunContext& context = {});

struct MosaicOptions {
    CogOptions cog;
    bool allow_gaps = false;  ///< leave them void: nodata, hidden by the mask
    Metadata metadata;        ///< further items for the image
    OpenOptions open;
};

struct WrittenMosaic {
    Size size;
    std::int64_t size_bytes = 0;
};

/// Puts tiles together to one COG, whole or absent, some rows at a time.
/// @throws Error invalid_argument for tiles that overlap, and for gaps unless they are allowed, each named; as
///         plan_mosaic; of reading; of CogWriter; cancelled
WrittenMosaic write_mosaic(const std::filesystem::path& target, const std::vector<std::filesystem::path>& tiles,
                           const MosaicOptions& options = {}, const RunContext& context = {});

}  // namespace tilewright::inline v0_1
#pragma GCC visibility pop
