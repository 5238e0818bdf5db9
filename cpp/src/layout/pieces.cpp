// SPDX-License-Identifier: Apache-2.0
#include "tilewright/layout/pieces.h"

#include <algorithm>
#include <limits>
#include <string>

#include "tilewright/core/error.h"

namespace tilewright {
namespace {

// A regular grid is worth pieces this much longer than the best irregular layout's: people expect rows and columns.
constexpr double regular_grid_bonus = 1.34;

double elongation(double width, double height) {
    return std::max(width / height, height / width);
}

// The longest piece, as a ratio of its sides, when `count` pieces stand in `rows` rows: count % rows of the rows hold
// one piece more than the others and are taller in proportion, so there are two shapes at most.
double worst_elongation(Size image, std::int64_t count, std::int64_t rows) {
    const auto width = static_cast<double>(image.width_px);
    const auto height = static_cast<double>(image.height_px);
    const auto shape = [&](std::int64_t columns) {
        const auto c = static_cast<double>(columns);
        return elongation(width / c, height * c / static_cast<double>(count));
    };
    const auto columns = count / rows;
    return count % rows == 0 ? shape(columns) : std::max(shape(columns), shape(columns + 1));
}

std::int64_t best_row_count(Size image, std::int64_t count) {
    std::int64_t best = 0;
    double best_score = std::numeric_limits<double>::infinity();
    for (std::int64_t rows = 1; rows <= std::min(count, image.height_px); ++rows) {
        const bool regular = count % rows == 0;
        const auto most_columns = count / rows + (regular ? 0 : 1);
        if (most_columns > image.width_px) continue;
        const double score = worst_elongation(image, count, rows) / (regular ? regular_grid_bonus : 1.0);
        if (score < best_score) {
            best_score = score;
            best = rows;
        }
    }
    return best;
}

// Boundary `i` of `parts` equal parts of `length` pixels. Parts differ by at most one pixel.
std::int64_t boundary(std::int64_t length, std::int64_t i, std::int64_t parts) {
    return length * i / parts;
}

}  // namespace

std::vector<Window> pieces(Size image, std::int64_t count) {
    if (image.width_px < 1 || image.height_px < 1) {
        throw Error(ErrorCode::invalid_argument, "an image without pixels cannot be cut");
    }
    // Compared by division: width x height may not fit 64 bits.
    if (count < 1 || (count - 1) / image.width_px >= image.height_px) {
        throw Error(ErrorCode::invalid_argument, "cannot cut " + std::to_string(image.width_px) + " x " +
                                                     std::to_string(image.height_px) + " px into " +
                                                     std::to_string(count) + " pieces");
    }

    const auto rows = best_row_count(image, count);
    const auto fuller_rows = count % rows;
    // Heights follow the number of pieces in a row, unless rows are so thin that rounding could leave one empty.
    const bool proportional = image.height_px >= 2 * count / (count / rows);

    std::vector<Window> windows;
    windows.reserve(static_cast<std::size_t>(count));
    for (std::int64_t row = 0, placed = 0; row < rows; ++row) {
        const auto columns = count / rows + (row < fuller_rows ? 1 : 0);
        const auto top = proportional ? boundary(image.height_px, placed, count) : boundary(image.height_px, row, rows);
        placed += columns;
        const auto bottom =
            proportional ? boundary(image.height_px, placed, count) : boundary(image.height_px, row + 1, rows);
        for (std::int64_t column = 0; column < columns; ++column) {
            const auto left = boundary(image.width_px, column, columns);
            const auto right = boundary(image.width_px, column + 1, columns);
            windows.push_back({left, top, right - left, bottom - top});
        }
    }
    return windows;
}

}  // namespace tilewright
