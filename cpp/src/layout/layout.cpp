// SPDX-License-Identifier: Apache-2.0
#include "tilewright/layout/layout.h"

#include <algorithm>
#include <limits>
#include <string>

#include "layout/rules.h"
#include "tilewright/core/error.h"

namespace tilewright::inline v0_1 {
namespace {

// An end past what 64 bits hold lies past every image too.
std::int64_t end_of(std::int64_t begin, std::int64_t length) noexcept {
    std::int64_t end = 0;
    return __builtin_add_overflow(begin, length, &end) ? std::numeric_limits<std::int64_t>::max() : end;
}

}  // namespace

std::vector<Window> windows(Size image, const Layout& layout) {
    return std::visit([&](const auto& chosen) { return make_windows(image, chosen); }, layout);
}

std::int64_t window_count(Size image, const Layout& layout) {
    return std::visit([&](const auto& chosen) { return count_windows(image, chosen); }, layout);
}

Window clipped(const Window& window, Size image) noexcept {
    if (window.width_px <= 0 || window.height_px <= 0) return {};
    const auto left = std::max<std::int64_t>(0, window.x_px);
    const auto top = std::max<std::int64_t>(0, window.y_px);
    const auto right = std::min(image.width_px, end_of(window.x_px, window.width_px));
    const auto bottom = std::min(image.height_px, end_of(window.y_px, window.height_px));
    if (left >= right || top >= bottom) return {};
    return {left, top, right - left, bottom - top};
}

std::string_view name(EdgePolicy edge) noexcept {
    switch (edge) {
        case EdgePolicy::partial: return "partial";
        case EdgePolicy::shift: return "shift";
        case EdgePolicy::pad: return "pad";
    }
    return "partial";
}

std::string_view name(StripDirection direction) noexcept {
    switch (direction) {
        case StripDirection::horizontal: return "horizontal";
        case StripDirection::vertical: return "vertical";
    }
    return "horizontal";
}

EdgePolicy parse_edge_policy(std::string_view text) {
    for (const auto edge : {EdgePolicy::partial, EdgePolicy::shift, EdgePolicy::pad}) {
        if (text == name(edge)) return edge;
    }
    throw Error(ErrorCode::invalid_argument,
                "no edge policy \"" + std::string(text) + "\"; choose partial, shift or pad");
}

StripDirection parse_strip_direction(std::string_view text) {
    for (const auto direction : {StripDirection::horizontal, StripDirection::vertical}) {
        if (text == name(direction)) return direction;
    }
    throw Error(ErrorCode::invalid_argument,
                "no strip direction \"" + std::string(text) + "\"; choose horizontal or vertical");
}

}  // namespace tilewright::inline v0_1
