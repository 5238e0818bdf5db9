// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>

#include "tilewright/core/executor.h"
#include "tilewright/image/image.h"
#include "tilewright/raster/raster_info.h"

#pragma GCC visibility push(default)
namespace tilewright::inline v0_1 {

struct OpenOptions {
    int page = 1;  ///< page of a multi-page TIFF, from 1
    /// Refused above this before anything is allocated: width x height x bytes of a pixel.
    std::int64_t max_raw_bytes = std::int64_t{1} << 40;
    /// Refused above this: one strip or tile, decoded. Bounds the memory of a file made to exhaust it.
    std::int64_t max_block_bytes = std::int64_t{1} << 30;
    /// Refused if the decoded size is more than this many times the file's: no codec that is read honestly does it, but
    /// sparse files do and are told apart. 0: no limit.
    std::int64_t max_expansion = 100'000;
};

/// Samples of a raster, read by windows. Each block of the source is decoded once if windows do not cut blocks.
///
/// Safe from any thread: calls that overlap get handles of their own.
class RasterReader {
public:
    virtual ~RasterReader() = default;

    virtual const RasterInfo& info() const noexcept = 0;

    /// Reads the samples of `window`, as GDAL presents them.
    ///
    /// @param window  must lie in the image
    /// @param into  of the window's size, the image's bands and type, any strides
    /// @throws Error invalid_argument if window or view do not fit, corrupt if data cannot be decoded, io, unsupported
    virtual void read(const Window& window, MutableImageView into) = 0;

    /// Reads the dataset's mask, 0 for hidden and 255 for valid pixels; all 255 if it has none.
    /// @param into  one band of uint8
    virtual void read_mask(const Window& window, MutableImageView into) = 0;

    /// Lets go of what was decoded beyond the windows that were read, for whoever keeps hundreds of rasters open.
    /// Windows that cut blocks decode them again then.
    virtual void drop_decoded() {}

    /// Memory, in bytes, that one thread needs to read full-width windows beside the window itself.
    virtual std::int64_t working_bytes() const noexcept = 0;

    /// Rows that full-width windows should begin at multiples of, so that no block is decoded twice.
    virtual std::int64_t row_step_px() const noexcept = 0;
};

/// Opens a raster for reading: GTiff, COG, PNG, JPEG, JP2, WEBP, GIF and BMP, found by content; nothing else, so that a
/// file cannot make the program read another.
///
/// @throws Error not_found, permission, io; corrupt if the file is damaged, empty or not what its name says;
///         unsupported for other formats and codecs, and above a limit of `options`
std::unique_ptr<RasterReader> open_raster(const std::filesystem::path& path, const OpenOptions& options = {});

/// The info alone, from the header.
RasterInfo read_raster_info(const std::filesystem::path& path, const OpenOptions& options = {});

/// An image in memory as a raster; `view` must outlive the reader.
std::unique_ptr<RasterReader> view_as_raster(ImageView view, const RasterInfo& info);

/// A smaller image of a raster for looking at, nearest neighbour, reading as few blocks as it can.
///
/// @param max_side_px  longest side of the result; a smaller raster comes whole
Image read_preview(const std::filesystem::path& path, std::int64_t max_side_px, const OpenOptions& options = {});

}  // namespace tilewright::inline v0_1
#pragma GCC visibility pop
