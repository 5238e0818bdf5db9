// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "layout/chip_cells.h"
#include "tilewright/core/window.h"

namespace tilewright::inline v0_1 {

/// Which places of an image are taken by chips, all of one size.
class ChipRoom {
public:
    ChipRoom(Size image, const ChipLayout& layout);

    Window window(std::int64_t x_px, std::int64_t y_px) const noexcept { return {x_px, y_px, size_px_, size_px_}; }
    bool is_free(const Window& window) const;
    void take(const Window& window);
    void give_back(const Window& window);

    /// The free place nearest to a corner that itself lies inside the margin, by the sum of the distances along both
    /// axes; of several the one in the nearest row, then the upper, then the left one. None only if there is none at
    /// all.
    std::optional<Window> nearest_free(std::int64_t x_px, std::int64_t y_px) const;

private:
    using Taken = std::vector<Window>;

    Taken::const_iterator first_reaching(std::int64_t y_px) const;
    std::optional<Window> nearest_in_row(std::int64_t x_px, std::int64_t y_px) const;
    void count_row(std::int64_t y_px, int by);

    std::int64_t size_px_;
    ChipCell corners_;
    Taken taken_;  // by y, so that those beside a row are found at once
    // Rows where a chip would touch the margin or another chip above or below, and how many such there are.
    std::map<std::int64_t, int> rows_;
};

}  // namespace tilewright::inline v0_1
