// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <vector>

#include "tilewright/core/window.h"

namespace tilewright::inline v0_1 {

/// The first row (from the top) that the windows leave a hole in; nothing if they cover every pixel of the image.
///
/// @param windows  any order, any overlap; they may reach past the image; sides at least 1 px
/// O(n log n), whatever the image's size.
std::optional<std::int64_t> first_uncovered_row(Size image, const std::vector<Window>& windows);

}  // namespace tilewright::inline v0_1
