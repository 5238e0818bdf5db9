// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "tilewright/core/window.h"

namespace tilewright::inline v0_1 {

/// Boundary `i` of `parts` equal parts of `length` pixels: boundary 0 is 0, boundary `parts` is `length`.
/// Parts differ by at most one pixel, and none is empty while parts <= length. No intermediate result overflows.
inline std::int64_t boundary(std::int64_t length, std::int64_t i, std::int64_t parts) noexcept {
    __extension__ using Wide = __int128;
    return static_cast<std::int64_t>(static_cast<Wide>(length) * i / parts);
}

/// An empty list with room for `count` windows. @throws Error resource if memory is short
std::vector<Window> reserved_windows(std::int64_t count);

/// @throws Error invalid_argument unless both sides are at least 1 px
void require_pixels(Size image);

/// "800 x 600 px"
std::string text(Size size);

}  // namespace tilewright::inline v0_1
