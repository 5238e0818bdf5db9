// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "tilewright/image/image.h"

namespace tilewright {

/// An image of fewer pixels, each the average of the area it covers, parts of pixels by their share.
///
/// OpenCV does the same, and takes several times as long where the scale is no whole number.
/// @param image  packed samples of uint8 @param to  no side larger than the image's
Image area_average(const Image& image, Size to);

}  // namespace tilewright
