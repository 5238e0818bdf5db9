// SPDX-License-Identifier: Apache-2.0
#include "layout/spread.h"

#include <new>
#include <stdexcept>

#include "tilewright/core/error.h"

namespace tilewright::inline v0_1 {

std::vector<Window> reserved_windows(std::int64_t count) {
    const auto refuse = [&] {
        return Error(ErrorCode::resource,
                     "a list of " + std::to_string(count) + " windows does not fit in memory; ask for fewer");
    };
    std::vector<Window> windows;
    try {
        windows.reserve(static_cast<std::size_t>(count));
    } catch (const std::bad_alloc&) {
        throw refuse();
    } catch (const std::length_error&) {
        throw refuse();
    }
    return windows;
}

void require_pixels(Size image) {
    if (image.width_px >= 1 && image.height_px >= 1) return;
    throw Error(ErrorCode::invalid_argument, "an image of " + text(image) + " has no pixels and cannot be cut");
}

std::string text(Size size) {
    return std::to_string(size.width_px) + " x " + std::to_string(size.height_px) + " px";
}

}  // namespace tilewright::inline v0_1
