// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <optional>

#include "raster/gdal_info.h"
#include "raster/gdal_open.h"
#include "tilewright/raster/raster_info.h"
#include "tilewright/raster/raster_reader.h"

namespace tilewright::inline v0_1 {

/// A raster that was opened, looked at and found within the limits.
struct InspectedRaster {
    RasterInfo info;
    GdalSource source;
    /// The directory that holds the mask where GDAL does not find it by itself: on pages after the first.
    std::optional<GdalSource> mask_source;
    int orientation = 1;  ///< of a TIFF, as its tag of that name numbers it: 1 to 8
    GdalDataset dataset;
};

/// @throws Error as open_raster
InspectedRaster inspect(const std::filesystem::path& path, const OpenOptions& options,
                        Georeferencing georeferencing = Georeferencing::told);
InspectedRaster inspect(const std::shared_ptr<RandomAccessFile>& file, const OpenOptions& options = {},
                        Georeferencing georeferencing = Georeferencing::told);

/// Bytes of one strip or tile as it is decoded: of all bands where they are interleaved by pixel.
std::int64_t block_bytes(const RasterInfo& info) noexcept;

/// What a decoder of the raster holds at once, in bytes, beside the caller's window.
std::int64_t decoder_bytes(const RasterInfo& info) noexcept;

/// @throws Error invalid_argument unless the window lies in the image and the view is of its size, bands and type
void require_readable(const RasterInfo& info, const Window& window, const MutableImageView& into, int bands,
                      PixelType type);

}  // namespace tilewright::inline v0_1
