// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "tilewright/codec/compression.h"
#include "tilewright/core/executor.h"
#include "tilewright/image/image.h"
#include "tilewright/raster/raster_info.h"

#pragma GCC visibility push(default)
namespace tilewright::inline v0_1 {

enum class RasterFormat { png, tiff };

std::string_view name(RasterFormat format) noexcept;       ///< "png", "tiff"
std::string_view extension(RasterFormat format) noexcept;  ///< ".png", ".tif"

/// Why PNG cannot hold the samples of such a raster exactly; nothing if it can.
///
/// PNG holds 1 or 3 bands of uint8 or uint16, 2 or 4 if the extra band is alpha, and palettes of uint8 with up to 256
/// entries; not masks beside the bands. What only the manifest can hold (CRS, nodata, metadata) is no reason.
std::optional<std::string> png_refusal(const RasterInfo& info);

/// The format to write a raster in: the one that is wanted, or else PNG where it holds every bit and TIFF where not.
/// @throws Error unsupported, with the reason, if PNG is wanted and cannot hold the samples
RasterFormat lossless_format(const RasterInfo& info, std::optional<RasterFormat> wanted = {});

/// Where the world file of a PNG lies: ".pgw" beside it.
std::filesystem::path world_file_path(std::filesystem::path png);

/// The text of a world file (.pgw, .tfw): six lines, the position that of the first pixel's centre.
std::string world_file_text(const GeoTransform& geotransform);

/// Writes one raster from rows that come from top to bottom. The file is whole or absent.
///
/// Rows are gathered into parts that the job group's threads compress; the bytes of the file depend on the samples, the
/// info and the compression only. One thread appends; the file gets its name by the job that ends it, so it is there
/// after the group's wait() at the latest, and `on_finished` was called by then.
class RasterWriter {
public:
    virtual ~RasterWriter() = default;

    /// @param rows  full-width rows of the raster's bands and type, any number of them
    /// @param mask  the same rows of the mask, one band of uint8 (0 or 255); only and always if info has a mask
    /// @throws Error invalid_argument for rows past the end; what compressing or writing earlier rows threw
    virtual void append(ImageView rows, std::optional<ImageView> mask = {}) = 0;

    /// Memory, in bytes, a writer of such a raster holds between appends.
    virtual std::int64_t working_bytes() const noexcept = 0;
};

struct WriteOptions {
    Compression compression = Compression::fast;
    /// Called once, from any thread, when the file has its name.
    std::function<void(std::int64_t size_bytes)> on_finished;
    /// Called once, from any thread, when all bytes are written, with the file they lie in before it has its name.
    std::function<void(const std::filesystem::path& file)> on_written = {};
};

/// Opens a writer.
///
/// A PNG holds samples, palette and alpha; nothing else (the manifest keeps the rest). A TIFF is tiled, DEFLATE with
/// predictor, BigTIFF where needed, and holds all of `info` that GeoTIFF can.
///
/// @param jobs  must outlive the writer
/// @throws Error unsupported with the reason if the format cannot hold the samples; permission, io, resource
std::unique_ptr<RasterWriter> open_raster_writer(const std::filesystem::path& path, RasterFormat format,
                                                 const RasterInfo& info, const WriteOptions& options, JobGroup& jobs);

/// What a finished file is known by.
struct WrittenFile {
    std::filesystem::path path;
    std::int64_t size_bytes = 0;
    std::string sha256;
};

/// Looks at a file that is finished. @throws Error not_found, permission, io
WrittenFile written_file(const std::filesystem::path& path);

/// Writes an image from memory in one call. @throws Error as open_raster_writer
WrittenFile write_raster(const std::filesystem::path& path, RasterFormat format, ImageView image,
                         const RasterInfo& info, Compression compression = Compression::fast,
                         Executor& executor = serial_executor());

}  // namespace tilewright::inline v0_1
#pragma GCC visibility pop
