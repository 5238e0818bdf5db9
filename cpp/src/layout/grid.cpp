// SPDX-License-Identifier: Apache-2.0
#include "layout/rules.h"
#include "layout/spread.h"
#include "tilewright/core/error.h"

namespace tilewright::inline v0_1 {

std::int64_t count_windows(Size image, const GridLayout& layout) {
    require_pixels(image);
    const auto refuse = [&](const char* reason) {
        return Error(ErrorCode::invalid_argument, "cannot cut " + text(image) + " into " + std::to_string(layout.rows) +
                                                      " rows x " + std::to_string(layout.columns) +
                                                      " columns: " + reason);
    };
    if (layout.rows < 1 || layout.columns < 1) throw refuse("each must be at least 1");
    if (layout.rows > image.height_px) throw refuse("the image has fewer rows of pixels");
    if (layout.columns > image.width_px) throw refuse("the image has fewer columns of pixels");
    std::int64_t count = 0;
    if (__builtin_mul_overflow(layout.rows, layout.columns, &count)) throw refuse("their product is out of range");
    return count;
}

std::vector<Window> make_windows(Size image, const GridLayout& layout) {
    auto windows = reserved_windows(count_windows(image, layout));
    for (std::int64_t row = 0; row < layout.rows; ++row) {
        const auto top = boundary(image.height_px, row, layout.rows);
        const auto bottom = boundary(image.height_px, row + 1, layout.rows);
        for (std::int64_t column = 0; column < layout.columns; ++column) {
            const auto left = boundary(image.width_px, column, layout.columns);
            const auto right = boundary(image.width_px, column + 1, layout.columns);
            windows.push_back({left, top, right - left, bottom - top});
        }
    }
    return windows;
}

}  // namespace tilewright::inline v0_1
