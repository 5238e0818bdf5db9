// SPDX-License-Identifier: Apache-2.0
#include "layout/chip_room.h"

#include <algorithm>
#include <cstdlib>
#include <iterator>
#include <tuple>

namespace tilewright::inline v0_1 {
namespace {

bool lies_before(const Window& a, const Window& b) noexcept {
    return std::tie(a.y_px, a.x_px) < std::tie(b.y_px, b.x_px);
}

}  // namespace

ChipRoom::Taken::const_iterator ChipRoom::first_reaching(std::int64_t y_px) const {
    return std::upper_bound(taken_.begin(), taken_.end(), y_px,
                            [](std::int64_t y, const Window& window) { return y < window.y_end(); });
}

bool ChipRoom::is_free(const Window& window) const {
    for (auto other = first_reaching(window.y_px); other != taken_.end() && other->y_px < window.y_end(); ++other) {
        if (other->x_px < window.x_end() && window.x_px < other->x_end()) return false;
    }
    return true;
}

ChipRoom::ChipRoom(Size image, const ChipLayout& layout)
    : size_px_(layout.size_px), corners_(chip_room(image, layout)) {
    count_row(corners_.y.first, 1);
    count_row(corners_.y.last, 1);
}

void ChipRoom::take(const Window& window) {
    taken_.insert(std::upper_bound(taken_.begin(), taken_.end(), window, lies_before), window);
    count_row(window.y_end(), 1);
    count_row(window.y_px - size_px_, 1);
}

void ChipRoom::give_back(const Window& window) {
    const auto at = std::lower_bound(taken_.begin(), taken_.end(), window, lies_before);
    if (at == taken_.end() || *at != window) return;
    taken_.erase(at);
    count_row(window.y_end(), -1);
    count_row(window.y_px - size_px_, -1);
}

void ChipRoom::count_row(std::int64_t y_px, int by) {
    if (y_px < corners_.y.first || y_px > corners_.y.last) return;
    const auto row = rows_.try_emplace(y_px, 0).first;
    row->second += by;
    if (row->second == 0) rows_.erase(row);
}

std::optional<Window> ChipRoom::nearest_in_row(std::int64_t x_px, std::int64_t y_px) const {
    std::vector<std::int64_t> beside;
    for (auto other = first_reaching(y_px); other != taken_.end() && other->y_px < y_px + size_px_; ++other) {
        beside.push_back(other->x_px);
    }
    std::sort(beside.begin(), beside.end());
    std::optional<Window> nearest;
    auto free_from = corners_.x.first;
    const auto consider = [&](std::int64_t free_to) {
        if (free_from > free_to) return;
        const auto x = std::clamp(x_px, free_from, free_to);
        if (!nearest || std::abs(x - x_px) < std::abs(nearest->x_px - x_px)) nearest = window(x, y_px);
    };
    for (const auto x : beside) {
        consider(std::min(x - size_px_, corners_.x.last));
        free_from = std::max(free_from, x + size_px_);
    }
    consider(corners_.x.last);
    return nearest;
}

std::optional<Window> ChipRoom::nearest_free(std::int64_t x_px, std::int64_t y_px) const {
    const auto distance = [&](const Window& window) {
        return std::abs(window.x_px - x_px) + std::abs(window.y_px - y_px);
    };
    auto nearest = nearest_in_row(x_px, y_px);
    const auto try_row = [&](std::int64_t y) {
        const auto window = nearest_in_row(x_px, y);
        if (window && (!nearest || distance(*window) < distance(*nearest))) nearest = window;
    };
    // A free place can be moved up until it meets a chip or the margin; so if there is one, there is one in these rows.
    auto below = rows_.upper_bound(y_px);
    auto above = std::make_reverse_iterator(rows_.lower_bound(y_px));
    while (below != rows_.end() || above != rows_.rend()) {
        const bool go_up =
            below == rows_.end() || (above != rows_.rend() && y_px - above->first <= below->first - y_px);
        const auto y = go_up ? (above++)->first : (below++)->first;
        if (nearest && std::abs(y - y_px) >= distance(*nearest)) break;
        try_row(y);
    }
    return nearest;
}

}  // namespace tilewright::inline v0_1
