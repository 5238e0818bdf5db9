// SPDX-License-Identifier: Apache-2.0
#include "layout/chip_cells.h"

#include <algorithm>

#include "layout/spread.h"

namespace tilewright::inline v0_1 {
namespace {

struct Grid {
    std::int64_t columns;
    std::int64_t rows;
};

std::int64_t divided_up(std::int64_t a, std::int64_t b) {
    return (a + b - 1) / b;
}

Grid grid_of(std::int64_t count) {
    if (count <= 2) return {count, 1};
    std::int64_t columns = 2;
    while (columns * columns < count) ++columns;
    return {columns, divided_up(count, columns)};
}

// The part of one axis that a loose cell has: `first` is the least corner, `length` how far corners may lie from it.
struct LoosePart {
    Range whole;
    Range middle;
};

LoosePart loose_part(std::int64_t first, std::int64_t length, std::int64_t cells, std::int64_t at) {
    const auto cell = length / cells;
    const auto begin = first + at * cell;
    const auto centre = begin + cell / 2;
    const auto end = at + 1 == cells ? first + length : begin + cell;
    return {{begin, end}, {centre - cell / 4, centre + cell / 4}};
}

// `length` is the image's side less both margins.
LoosePart separate_part(std::int64_t first, std::int64_t length, std::int64_t cells, std::int64_t at,
                        std::int64_t size) {
    const Range whole{first + boundary(length, at, cells), first + boundary(length, at + 1, cells) - size};
    const auto quarter = (whole.last - whole.first) / 4;
    return {whole, {whole.first + quarter, whole.last - quarter}};
}

}  // namespace

ChipCell chip_room(Size image, const ChipLayout& layout) {
    const Range x{layout.margin_px, image.width_px - layout.size_px - layout.margin_px};
    const Range y{layout.margin_px, image.height_px - layout.size_px - layout.margin_px};
    return {x, y, x, y};
}

std::vector<ChipCell> loose_cells(Size image, const ChipLayout& layout) {
    const auto room = chip_room(image, layout);
    const auto grid = grid_of(layout.count);
    std::vector<ChipCell> cells;
    cells.reserve(static_cast<std::size_t>(layout.count));
    for (std::int64_t i = 0; i < layout.count; ++i) {
        const auto x = loose_part(room.x.first, room.x.last - room.x.first, grid.columns, i % grid.columns);
        const auto y = loose_part(room.y.first, room.y.last - room.y.first, grid.rows, i / grid.columns);
        cells.push_back({x.whole, y.whole, x.middle, y.middle});
    }
    return cells;
}

std::vector<ChipCell> separate_cells(Size image, const ChipLayout& layout) {
    const auto width = image.width_px - 2 * layout.margin_px;
    const auto height = image.height_px - 2 * layout.margin_px;
    const auto most_columns = width / layout.size_px;
    const auto most_rows = height / layout.size_px;
    // The grid people expect, as far as it fits; what does not fit one way goes the other.
    Grid grid{std::min(grid_of(layout.count).columns, most_columns), 0};
    grid.rows = std::min(divided_up(layout.count, grid.columns), most_rows);
    grid.columns = std::min(std::max(grid.columns, divided_up(layout.count, grid.rows)), most_columns);

    std::vector<ChipCell> cells;
    cells.reserve(static_cast<std::size_t>(layout.count));
    for (std::int64_t i = 0; i < layout.count; ++i) {
        if (i >= grid.columns * grid.rows) {
            cells.push_back(chip_room(image, layout));
            continue;
        }
        const auto x = separate_part(layout.margin_px, width, grid.columns, i % grid.columns, layout.size_px);
        const auto y = separate_part(layout.margin_px, height, grid.rows, i / grid.columns, layout.size_px);
        cells.push_back({x.whole, y.whole, x.middle, y.middle});
    }
    return cells;
}

}  // namespace tilewright::inline v0_1
