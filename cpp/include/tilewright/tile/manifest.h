// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tilewright/codec/compression.h"
#include "tilewright/layout/layout.h"
#include "tilewright/raster/raster_info.h"
#include "tilewright/raster/raster_reader.h"
#include "tilewright/raster/raster_writer.h"
#include "tilewright/storage/file.h"

#pragma GCC visibility push(default)
namespace tilewright::inline v0_1 {

/// How slices are stored. `automatic` is PNG where PNG holds the samples exactly and GeoTIFF where not; `copy` is TIFF
/// made of the source's own blocks where a slice's edges meet block edges, and as `tiff` elsewhere.
enum class SliceFormat { automatic, png, tiff, copy };

std::string_view name(SliceFormat format) noexcept;  ///< "auto", "png", "tiff", "copy"
/// @throws Error invalid_argument naming the text and the choices
SliceFormat parse_slice_format(std::string_view text);

struct TesselateOptions {
    Layout layout = PiecesLayout{};
    SliceFormat format = SliceFormat::automatic;
    Compression compression = Compression::fast;
    OpenOptions open;

    /// 32 hex digits that change with every option that changes an output byte, and with nothing else.
    std::string digest() const;
};

/// One slice: where it was cut and what proves it.
struct SliceRecord {
    std::int64_t index = 0;
    std::string filename;  ///< a plain name in the manifest's folder
    Window window;         ///< may reach past the image with EdgePolicy::pad
    RasterFormat format = RasterFormat::png;
    std::string pixel_hash;  ///< XXH3-128 of the samples, see RasterHash
    std::string mask_hash;   ///< of the mask; empty if the raster has none
    std::int64_t file_size_bytes = 0;
    std::string sha256;
    double valid_fraction = 1.0;  ///< share of the window's pixels inside the image that hold data
    /// Corners in WGS 84, longitude and latitude: upper left, upper right, lower right, lower left; empty if unknown.
    std::vector<std::pair<double, double>> footprint;
};

/// The manifest of a tesselated image (metadata.json): all that is needed to prove its slices and to put it together.
struct Manifest {
    static constexpr int schema_version = 1;
    static constexpr const char* filename = "metadata.json";

    std::filesystem::path source_path;
    FileIdentity source_identity;
    std::string pixel_hash;  ///< of the whole image
    std::string mask_hash;
    RasterInfo raster;
    TesselateOptions options;
    std::vector<SliceRecord> slices;
    std::vector<std::string> notes;  ///< e.g. that only page 1 of 3 was cut

    /// The manifest's own place; set by read_manifest.
    std::filesystem::path folder;
};

/// The text of metadata.json, keys in a fixed order: the same manifest gives the same bytes.
std::string manifest_text(const Manifest& manifest);

/// The file of a manifest that is given by its own name or by its folder's.
std::filesystem::path manifest_file(const std::filesystem::path& path);

/// Reads a manifest from its file or from the folder that holds it, and checks what it says.
///
/// @throws Error not_found, permission, io; corrupt if it is no manifest, contradicts itself or names a file outside
/// its
///         folder ("../"); unsupported for a newer schema
Manifest read_manifest(const std::filesystem::path& path);

/// Writes metadata.json into `folder`, atomically. @throws Error as AtomicFile
void write_manifest(const Manifest& manifest, const std::filesystem::path& folder);

/// "slice_{index}_{x}_{y}_{x_end}_{y_end}.png"
std::string slice_filename(std::int64_t index, const Window& window, RasterFormat format);

/// Whether a name is one that slice_filename gives, or a side file of one (.pgw, .tfw), so that a fresh start may
/// remove it.
bool is_slice_filename(std::string_view filename) noexcept;

}  // namespace tilewright::inline v0_1
#pragma GCC visibility pop
