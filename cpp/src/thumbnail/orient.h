// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "tilewright/image/image.h"

namespace tilewright::inline v0_1 {

/// Whether an orientation swaps width and height.
bool is_turned(int orientation) noexcept;

/// The size an image of `size` has once it is turned upright, and the other way round.
Size upright_size(Size size, int orientation) noexcept;

/// Where a window of the upright picture lies in what is stored. @param size  of what is stored
Window stored_window(const Window& upright, Size size, int orientation) noexcept;

/// A packed picture turned upright. @param orientation  as EXIF numbers it, 1 to 8
Image upright(Image picture, int orientation);

}  // namespace tilewright::inline v0_1
