// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <random>

#include "tilewright/image/image.h"
#include "tilewright/raster/raster_info.h"

namespace tilewright {

/// Info of a plain raster: bands without names, no georeferencing.
RasterInfo plain_info(Size size, int bands, PixelType type);

/// Samples as pictures have them: smooth with some noise, and runs of one value; every bit pattern of floats occurs.
Image random_image(const RasterInfo& info, std::mt19937& random);

/// The same samples as planes one after the other: what a view with other strides looks like.
struct Planes {
    explicit Planes(const Image& image);
    ImageView view() const;

    std::vector<std::byte> bytes;
    ImageView layout;
};

}  // namespace tilewright
