// SPDX-License-Identifier: Apache-2.0
#include "thumbnail/orient.h"

#include <cstring>
#include <utility>

namespace tilewright::inline v0_1 {
namespace {

// EXIF's numbers name where the first row and column of the samples belong; so, for a pixel of the result, whether its
// row and column are swapped before they are looked up, and which are then counted from the far end.
struct Turn {
    bool swapped;
    bool from_right;
    bool from_bottom;
};
constexpr Turn turns[] = {{false, false, false}, {false, true, false}, {false, true, true}, {false, false, true},
                          {true, false, false},  {true, false, true},  {true, true, true},  {true, true, false}};

}  // namespace

bool is_turned(int orientation) noexcept {
    return orientation >= 5;
}

Size upright_size(Size size, int orientation) noexcept {
    return is_turned(orientation) ? Size{size.height_px, size.width_px} : size;
}

Window stored_window(const Window& upright, Size size, int orientation) noexcept {
    const auto turn = turns[orientation - 1];
    auto stored = upright;
    if (turn.swapped) stored = {upright.y_px, upright.x_px, upright.height_px, upright.width_px};
    if (turn.from_right) stored.x_px = size.width_px - stored.x_end();
    if (turn.from_bottom) stored.y_px = size.height_px - stored.y_end();
    return stored;
}

Image upright(Image picture, int orientation) {
    if (orientation == 1) return picture;
    const auto turn = turns[orientation - 1];
    const auto from = std::as_const(picture).view();
    Image result(upright_size(picture.size(), orientation), picture.bands(), picture.type());
    auto* out = result.data();
    for (std::int64_t y = 0; y < result.size().height_px; ++y) {
        for (std::int64_t x = 0; x < result.size().width_px; ++x, out += from.pixel_bytes()) {
            auto column = turn.swapped ? y : x;
            auto row = turn.swapped ? x : y;
            if (turn.from_right) column = from.size.width_px - 1 - column;
            if (turn.from_bottom) row = from.size.height_px - 1 - row;
            std::memcpy(out, from.row(row) + column * from.pixel_stride_bytes, from.pixel_bytes());
        }
    }
    return result;
}

}  // namespace tilewright::inline v0_1
