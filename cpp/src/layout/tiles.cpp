// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "layout/rules.h"
#include "layout/spread.h"
#include "tilewright/core/error.h"

namespace tilewright::inline v0_1 {
namespace {

// No raster library addresses longer sides; below it no sum of positions and sides overflows.
constexpr std::int64_t longest_tile_px = (std::int64_t{1} << 31) - 1;

// Where tiles of one side `tile` lie along an axis of `length` pixels, `step` apart.
struct Axis {
    std::int64_t length;
    std::int64_t tile;
    std::int64_t step;
    EdgePolicy edge;

    // As few as reach the end: none lies wholly under the overlap of the one before.
    std::int64_t count() const noexcept { return length <= tile ? 1 : (length - tile - 1) / step + 2; }

    std::int64_t begin(std::int64_t i) const noexcept {
        const auto at = i * step;
        return edge == EdgePolicy::shift ? std::min(at, std::max<std::int64_t>(0, length - tile)) : at;
    }
    std::int64_t size(std::int64_t i) const noexcept {
        return edge == EdgePolicy::pad ? tile : std::min(tile, length - begin(i));
    }
};

Axis columns_of(Size image, const TilesLayout& layout) {
    return {image.width_px, layout.width_px, layout.width_px - layout.overlap_px, layout.edge};
}

Axis rows_of(Size image, const TilesLayout& layout) {
    return {image.height_px, layout.height_px, layout.height_px - layout.overlap_px, layout.edge};
}

}  // namespace

std::int64_t count_windows(Size image, const TilesLayout& layout) {
    require_pixels(image);
    const auto tile = text(Size{layout.width_px, layout.height_px});
    const auto shortest = std::min(layout.width_px, layout.height_px);
    if (shortest < 1 || std::max(layout.width_px, layout.height_px) > longest_tile_px) {
        throw Error(ErrorCode::invalid_argument, "cannot cut tiles of " + tile + ": each side must be 1 to " +
                                                     std::to_string(longest_tile_px) + " px");
    }
    if (layout.overlap_px < 0 || layout.overlap_px >= shortest) {
        throw Error(ErrorCode::invalid_argument, "tiles of " + tile + " cannot overlap by " +
                                                     std::to_string(layout.overlap_px) + " px: choose 0 to " +
                                                     std::to_string(shortest - 1));
    }
    std::int64_t count = 0;
    if (__builtin_mul_overflow(columns_of(image, layout).count(), rows_of(image, layout).count(), &count)) {
        throw Error(ErrorCode::invalid_argument, "too many tiles of " + tile + " in " + text(image));
    }
    return count;
}

std::vector<Window> make_windows(Size image, const TilesLayout& layout) {
    auto windows = reserved_windows(count_windows(image, layout));
    const auto columns = columns_of(image, layout);
    const auto rows = rows_of(image, layout);
    const auto column_count = columns.count();
    const auto row_count = rows.count();
    for (std::int64_t row = 0; row < row_count; ++row) {
        for (std::int64_t column = 0; column < column_count; ++column) {
            windows.push_back({columns.begin(column), rows.begin(row), columns.size(column), rows.size(row)});
        }
    }
    return windows;
}

}  // namespace tilewright::inline v0_1
