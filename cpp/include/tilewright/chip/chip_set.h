// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tilewright/codec/compression.h"
#include "tilewright/core/window.h"
#include "tilewright/layout/chips.h"
#include "tilewright/raster/raster_reader.h"
#include "tilewright/raster/raster_writer.h"
#include "tilewright/storage/file.h"

#pragma GCC visibility push(default)
namespace tilewright::inline v0_1 {

/// How chips are stored. `automatic` is PNG where PNG holds the samples exactly and GeoTIFF where not.
enum class ChipFormat { automatic, png, tiff };

std::string_view name(ChipFormat format) noexcept;  ///< "auto", "png", "tiff"
/// @throws Error invalid_argument naming the text and the choices
ChipFormat parse_chip_format(std::string_view text);

struct ChipOptions {
    ChipLayout layout;
    std::string prefix = "A";   ///< the round: A, then B, then C; see place_chips()
    std::int64_t folders = 10;  ///< folders that the sources are dealt to, 1 to 9,999
    ChipFormat format = ChipFormat::automatic;
    Compression compression = Compression::fast;
    double max_nodata = 1.0;  ///< chips with a larger share of pixels without data are drawn again; 1: off
    OpenOptions open;

    /// 32 hex digits that change with every option that changes an output byte or name, and with nothing else.
    std::string digest() const;
};

/// @throws Error invalid_argument, naming the option, for values that can never work
void check_chip_options(const ChipOptions& options);

/// The folder of a source's chips, "01" to "10" for 10 folders: the MD5 of the stem, as a number, modulo the folders,
/// plus 1. At least two digits.
std::string chip_folder(std::string_view stem, std::int64_t folders);

/// "{prefix}_{name}_{number}.png", the number from 1 with at least two digits.
std::string chip_filename(std::string_view prefix, std::string_view source_name, std::int64_t number,
                          RasterFormat format);

/// One chip that was asked for: where it was cut and what proves it, or why it was skipped.
struct ChipRecord {
    std::int64_t number = 1;  ///< from 1, as in its name
    std::string skip_reason;  ///< "no_room", "nodata"; empty for a chip that was written, else only `number` is set
    Window window;
    std::string filename;  ///< a plain name in the set's folder
    RasterFormat format = RasterFormat::png;
    std::string pixel_hash;  ///< XXH3-128 of the samples, see RasterHash
    std::string mask_hash;   ///< of the mask; empty if the raster has none
    std::int64_t file_size_bytes = 0;
    std::string sha256;
    double valid_fraction = 1.0;  ///< share of the pixels that hold data
    /// Corners in WGS 84, longitude and latitude: upper left, upper right, lower right, lower left; empty if unknown.
    std::vector<std::pair<double, double>> footprint;

    bool written() const noexcept { return skip_reason.empty(); }
};

/// The chips of one source in one round. Its file, records/{prefix}_{name}.json, is written last and proves them.
struct ChipSet {
    static constexpr int schema_version = 1;
    static constexpr const char* records_folder = "records";

    std::string source;  ///< its path relative to the input, as text
    FileIdentity source_identity;
    std::string name;  ///< of the source in the chips' names
    std::string prefix;
    std::string folder;  ///< of the chips, below the output
    Size image;
    int bands = 0;
    PixelType type = PixelType::uint8;
    std::string options_digest;
    std::vector<ChipRecord> chips;

    std::int64_t written() const noexcept;  ///< chips that are files
};

/// The text of a set's file, keys in a fixed order: the same set gives the same bytes.
std::string chip_set_text(const ChipSet& set);

/// Where the set of a source and round lies.
std::filesystem::path chip_set_path(const std::filesystem::path& output, std::string_view prefix,
                                    std::string_view source_name);

/// @throws Error not_found, permission, io; corrupt if it is no such file, contradicts itself or names a file outside
///         its folder; unsupported for a newer schema
ChipSet read_chip_set(const std::filesystem::path& path);

/// All sets of an output folder, sorted by prefix and source; empty if it holds none.
/// @throws Error as read_chip_set
std::vector<ChipSet> read_chip_sets(const std::filesystem::path& output);

}  // namespace tilewright::inline v0_1
#pragma GCC visibility pop
