// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "layout/chip_draws.h"
#include "tilewright/layout/chips.h"

namespace tilewright::inline v0_1 {

/// Where the upper left corner of one chip may lie.
struct ChipCell {
    Range x;
    Range y;
    Range middle_x;  ///< where it is drawn first, within x
    Range middle_y;
};

/// Where upper left corners may lie at all: inside the margin, the whole chip with them. The image must be large
/// enough.
ChipCell chip_room(Size image, const ChipLayout& layout);

/// A cell for each chip by the grid of the original tool: cells divide the room of the corners, so that neighbours may
/// overlap where the image is small.
std::vector<ChipCell> loose_cells(Size image, const ChipLayout& layout);

/// A cell for each chip such that chips of different cells never overlap: as many cells as fit side by side at most. A
/// chip that none is left for has the whole room.
std::vector<ChipCell> separate_cells(Size image, const ChipLayout& layout);

}  // namespace tilewright::inline v0_1
