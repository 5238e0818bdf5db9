// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "tilewright/image/image.h"

namespace tilewright::inline v0_1 {

/// The bytes of a TIFF of one strip, DEFLATE with differences. @param picture  packed uint8: gray or RGB, and alpha
std::string encode_tiff(const ImageView& picture);

}  // namespace tilewright::inline v0_1
