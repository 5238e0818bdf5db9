// SPDX-License-Identifier: Apache-2.0
#include "tilewright/layout/pieces.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>

#include "layout/rules.h"
#include "layout/spread.h"
#include "tilewright/core/error.h"

namespace tilewright::inline v0_1 {
namespace {

// A regular grid is worth pieces this much longer than the best irregular layout's: people expect rows and columns.
constexpr double regular_grid_bonus = 1.34;

// `count` rows of `columns` pieces each that share `height_px` rows of pixels as equally as those allow.
struct Band {
    std::int64_t count = 0;
    std::int64_t columns = 0;
    std::int64_t height_px = 0;
};

// The rows of a layout: count % rows of them hold one piece more than the others and are taller in proportion.
struct Rows {
    Band fuller;
    Band others;
};

Rows rows_of(Size image, std::int64_t count, std::int64_t rows) {
    const auto columns = count / rows;
    const auto fuller = count % rows;
    if (fuller == 0) return {{}, {rows, columns, image.height_px}};
    const double share = static_cast<double>(fuller) * static_cast<double>(columns + 1) / static_cast<double>(count);
    // However thin the rows are, each keeps a row of pixels.
    const auto height =
        std::clamp(std::llround(static_cast<double>(image.height_px) * share), static_cast<long long>(fuller),
                   static_cast<long long>(image.height_px - (rows - fuller)));
    return {{fuller, columns + 1, height}, {rows - fuller, columns, image.height_px - height}};
}

// How far the pieces are from equal squares: 1 if they are. Measured in whole pixels, where pieces are small.
class Unevenness {
public:
    void add(const Band& band, std::int64_t width_px) {
        if (band.count == 0) return;
        const std::int64_t narrow_px = width_px / band.columns;
        const std::int64_t wide_px = (width_px - 1) / band.columns + 1;
        const std::int64_t low_px = band.height_px / band.count;
        const std::int64_t high_px = (band.height_px - 1) / band.count + 1;
        const auto narrow = static_cast<double>(narrow_px);
        const auto wide = static_cast<double>(wide_px);
        const auto low = static_cast<double>(low_px);
        const auto high = static_cast<double>(high_px);
        elongation_ = std::max({elongation_, wide / low, high / narrow});
        smallest_ = std::min(smallest_, narrow * low);
        largest_ = std::max(largest_, wide * high);
    }
    double score() const { return elongation_ * std::sqrt(largest_ / smallest_); }

private:
    double elongation_ = 1;
    double smallest_ = std::numeric_limits<double>::infinity();
    double largest_ = 0;
};

Rows best_rows(Size image, std::int64_t count) {
    Rows best;
    double best_score = std::numeric_limits<double>::infinity();
    for (std::int64_t rows = 1; rows <= std::min(count, image.height_px); ++rows) {
        const bool regular = count % rows == 0;
        const auto most_columns = count / rows + (regular ? 0 : 1);
        if (most_columns > image.width_px) continue;
        const auto candidate = rows_of(image, count, rows);
        Unevenness unevenness;
        unevenness.add(candidate.fuller, image.width_px);
        unevenness.add(candidate.others, image.width_px);
        const double score = unevenness.score() / (regular ? regular_grid_bonus : 1.0);
        if (score < best_score) {
            best_score = score;
            best = candidate;
        }
    }
    return best;
}

}  // namespace

std::int64_t count_windows(Size image, const PiecesLayout& layout) {
    require_pixels(image);
    // Compared by division: width x height may not fit 64 bits.
    if (layout.count < 1 || (layout.count - 1) / image.width_px >= image.height_px) {
        std::int64_t pixels = 0;
        const bool fits = !__builtin_mul_overflow(image.width_px, image.height_px, &pixels);
        throw Error(ErrorCode::invalid_argument, "cannot cut " + text(image) + " into " + std::to_string(layout.count) +
                                                     " pieces: the number of pieces must be at least 1 and at most " +
                                                     (fits ? std::to_string(pixels) + ", one a pixel" : "one a pixel"));
    }
    return layout.count;
}

std::vector<Window> make_windows(Size image, const PiecesLayout& layout) {
    auto windows = reserved_windows(count_windows(image, layout));
    const auto rows = best_rows(image, layout.count);
    std::int64_t above = 0;
    for (const auto& band : {rows.fuller, rows.others}) {
        for (std::int64_t row = 0; row < band.count; ++row) {
            const auto top = above + boundary(band.height_px, row, band.count);
            const auto bottom = above + boundary(band.height_px, row + 1, band.count);
            for (std::int64_t column = 0; column < band.columns; ++column) {
                const auto left = boundary(image.width_px, column, band.columns);
                const auto right = boundary(image.width_px, column + 1, band.columns);
                windows.push_back({left, top, right - left, bottom - top});
            }
        }
        above += band.height_px;
    }
    return windows;
}

std::vector<Window> pieces(Size image, std::int64_t count) {
    return make_windows(image, PiecesLayout{count});
}

}  // namespace tilewright::inline v0_1
