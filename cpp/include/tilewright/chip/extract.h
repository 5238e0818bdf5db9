// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "tilewright/chip/chip_set.h"
#include "tilewright/core/run_context.h"
#include "tilewright/raster/raster_info.h"

#pragma GCC visibility push(default)
namespace tilewright::inline v0_1 {

/// An image that chips are cut from.
struct ChipSource {
    std::filesystem::path path;
    std::string relative_path;  ///< from the input, "/" between its parts: what its chips' places are drawn from
    std::string stem;           ///< of its file's name: what its folder is chosen by
    std::string name;           ///< in the chips' names: the stem, or another where a second source has that stem
};

/// What of an earlier run is trusted.
enum class ChipResume {
    never,   ///< all is cut again
    sizes,   ///< chips whose files have the size that the record tells
    hashes,  ///< chips whose files have the SHA-256 that the record tells
};

struct ChipResult {
    ChipSet set;
    std::int64_t written = 0;        ///< chips written by this call
    std::int64_t written_bytes = 0;  ///< size of their files
    std::string reason;  ///< why earlier chips were cut again: "the source changed", ...; empty if there were none
};

/// Cuts one round of chips out of one image, and proves them: the files, then the record, last and atomically.
///
/// Reads the windows of the chips and nothing else of the image. Of an earlier run only what is missing or not what its
/// record says is cut again; if the source or an option changed, all is, and what the old record names is removed
/// first. Bytes written depend on the source and the options only. On error or stop nothing that this call wrote stays.
///
/// A PNG of a georeferenced image gets a world file (.pgw) beside it; a GeoTIFF holds its own place.
///
/// @param output  made if it does not exist; chips lie in its folders 01, 02, ...
/// @throws Error of open_raster and open_raster_writer; invalid_argument for options that cannot be, or an image too
///         small for a single chip; unsupported if the format was asked for and cannot hold the samples; cancelled
ChipResult extract_chips(const ChipSource& source, const std::filesystem::path& output, const ChipOptions& options,
                         ChipResume resume = ChipResume::sizes, const RunContext& context = {});

/// Memory, in bytes, that extract_chips() may hold at a time for such a raster with so many threads.
std::int64_t chip_working_bytes(const RasterInfo& info, const ChipOptions& options, int threads);

/// The format of a raster's chips. @throws Error unsupported with the reason if PNG cannot hold the samples
RasterFormat chip_raster_format(const RasterInfo& info, ChipFormat format);

}  // namespace tilewright::inline v0_1
#pragma GCC visibility pop
