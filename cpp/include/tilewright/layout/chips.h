// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tilewright/core/window.h"

#pragma GCC visibility push(default)
namespace tilewright::inline v0_1 {

/// `count` square windows of a fixed size that do not overlap: training samples; see place_chips().
struct ChipLayout {
    std::int64_t count = 4;       ///< chips an image and round, 1 to 1,000
    std::int64_t size_px = 1024;  ///< side of a chip, 1 to 2^31 - 1
    std::int64_t margin_px = 10;  ///< what stays free at every edge of the image, 0 to 2^31 - 1
    std::uint64_t seed = 0;       ///< another seed, other places
    friend bool operator==(const ChipLayout&, const ChipLayout&) = default;
};

/// One of the chips asked for: where it lies, or why it has no place.
struct PlacedChip {
    std::int64_t index = 0;        ///< from 0, row-major in the layout's grid
    std::optional<Window> window;  ///< none where it is skipped
    std::string reason;            ///< "image_too_small", "no_room" or "nodata"; empty where there is a window
    friend bool operator==(const PlacedChip&, const PlacedChip&) = default;
};

/// Whether a chip may lie at a window; asked for what only the samples tell.
using ChipTest = std::function<bool(const Window&)>;

/// The round that a prefix names: 0 for "A", 1 for "B", ... 25 for "Z". Every other prefix is round 0 of its own, which
/// knows of no other.
int chip_round(std::string_view prefix) noexcept;

/// Places one round of chips: no two overlap, nor do those of any earlier round (B keeps clear of A, C of both), which
/// are computed anew for it. So all rounds of an image must be asked for with the same layout and the same test.
///
/// The image less its margin is a grid of cells: 2 x 2 for 4 chips, n x 1 for up to 2, else ceil(sqrt n) columns and as
/// few rows as hold n. A chip begins at random around the middle of its cell. Where it would overlap it is drawn again
/// anywhere in its cell, then moved to the nearest place that is free, and skipped only if there is none. Where that
/// places fewer chips than asked for, the image is cut into cells that are as large as a chip at least, and what places
/// more is taken: the first round always places as many as fit side by side.
///
/// The randomness is SplitMix64, begun for each chip with the FNV-1a hash (64 bits) of seed, prefix, source and index:
/// the same on every machine, in every retry, and whatever else is placed.
///
/// @param prefix  1 to 16 ASCII letters, digits and hyphens
/// @param source  the source's path relative to the input, with "/" between its parts
/// @param accept  asked about each place, in earlier rounds too; a chip it refuses is drawn again in its cell, 16 times
///                at most, then skipped as "nodata". None: every place will do
/// @return `count` chips in the order of their index; all "image_too_small" if not even one fits inside the margin
/// @throws Error invalid_argument for an empty image, a layout out of range or another prefix; what `accept` throws
///
/// Pure and deterministic; safe from any thread. About O(chips of all rounds x sqrt(chips)) where there is room.
std::vector<PlacedChip> place_chips(Size image, const ChipLayout& layout, std::string_view prefix,
                                    std::string_view source, const ChipTest& accept = {});

/// @throws Error invalid_argument for a layout or prefix that place_chips() refuses for every image
void check_chip_layout(const ChipLayout& layout, std::string_view prefix);

}  // namespace tilewright::inline v0_1
#pragma GCC visibility pop
