// SPDX-License-Identifier: Apache-2.0
#include "layout/rules.h"
#include "layout/spread.h"
#include "tilewright/core/error.h"

namespace tilewright::inline v0_1 {

std::int64_t count_windows(Size image, const StripsLayout& layout) {
    require_pixels(image);
    const bool horizontal = layout.direction == StripDirection::horizontal;
    const auto length = horizontal ? image.height_px : image.width_px;
    if (layout.count < 1 || layout.count > length) {
        throw Error(ErrorCode::invalid_argument, "cannot cut " + text(image) + " into " + std::to_string(layout.count) +
                                                     " " + std::string(name(layout.direction)) +
                                                     " strips: choose 1 to " + std::to_string(length));
    }
    return layout.count;
}

std::vector<Window> make_windows(Size image, const StripsLayout& layout) {
    auto windows = reserved_windows(count_windows(image, layout));
    for (std::int64_t i = 0; i < layout.count; ++i) {
        if (layout.direction == StripDirection::horizontal) {
            const auto top = boundary(image.height_px, i, layout.count);
            const auto bottom = boundary(image.height_px, i + 1, layout.count);
            windows.push_back({0, top, image.width_px, bottom - top});
        } else {
            const auto left = boundary(image.width_px, i, layout.count);
            const auto right = boundary(image.width_px, i + 1, layout.count);
            windows.push_back({left, 0, right - left, image.height_px});
        }
    }
    return windows;
}

}  // namespace tilewright::inline v0_1
