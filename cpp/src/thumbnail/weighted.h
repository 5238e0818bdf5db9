// SPDX-License-Identifier: Apache-2.0
// Pixels of colours times weight, and the weight, float64: what shrink() makes of what is not plain.
#pragma once

#include "tilewright/image/image.h"

namespace tilewright::inline v0_1 {

/// The smallest size whose pixels are averages over whole ones. @param least  what it has at least, 1 px or more
Size whole_pixels(Size from, Size least) noexcept;

/// Weighted pixels of fewer, each the average of what it covers.
Image resampled(Image image, Size to);

/// Colours of 8 bits, and alpha where anything is hidden, from weighted pixels.
Image unweighted(const Image& weighted, bool to_be_stretched);

}  // namespace tilewright::inline v0_1
