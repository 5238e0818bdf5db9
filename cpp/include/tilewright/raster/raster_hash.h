// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>

#include "tilewright/codec/hash.h"
#include "tilewright/image/image.h"
#include "tilewright/raster/raster_info.h"

#pragma GCC visibility push(default)
namespace tilewright::inline v0_1 {

/// The hash that stands for a raster's samples, fed by rows from top to bottom: XXH3-128 over the samples in
/// (row, column, band) order, little endian, in their own type. The mask has a hash of its own, one byte a pixel.
/// Along the way counts the pixels that hold data.
///
/// A pixel holds data unless the mask hides it, its alpha is 0, or every band has its nodata value.
class RasterHash {
public:
    /// @param info  bands, type, nodata, alpha and mask of the raster; kept by reference until the end
    explicit RasterHash(const RasterInfo& info);
    explicit RasterHash(const RasterInfo&& info) = delete;  // a temporary would be gone at the first use

    /// @param rows  packed rows of the raster's bands and type
    void update(ImageView rows, std::optional<ImageView> mask = {});

    std::string pixel_hash() const { return pixels_.hex(); }
    std::string mask_hash() const;  ///< empty if the raster has no mask
    std::int64_t valid_pixels() const noexcept { return valid_pixels_; }

private:
    const RasterInfo& info_;
    bool counts_valid_;
    int alpha_band_ = -1;
    PixelHash pixels_;
    PixelHash mask_;
    std::int64_t valid_pixels_ = 0;
};

}  // namespace tilewright::inline v0_1
#pragma GCC visibility pop
