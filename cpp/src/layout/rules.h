// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include "tilewright/layout/layout.h"

namespace tilewright::inline v0_1 {

// One pair of functions a layout; windows() and window_count() choose among them. count_windows checks all that can be
// wrong and throws what layout.h promises; make_windows calls it first.

std::int64_t count_windows(Size image, const PiecesLayout& layout);
std::int64_t count_windows(Size image, const GridLayout& layout);
std::int64_t count_windows(Size image, const TilesLayout& layout);
std::int64_t count_windows(Size image, const StripsLayout& layout);

std::vector<Window> make_windows(Size image, const PiecesLayout& layout);
std::vector<Window> make_windows(Size image, const GridLayout& layout);
std::vector<Window> make_windows(Size image, const TilesLayout& layout);
std::vector<Window> make_windows(Size image, const StripsLayout& layout);

}  // namespace tilewright::inline v0_1
