// SPDX-License-Identifier: Apache-2.0
#include "tilewright/layout/chips.h"

#include <algorithm>
#include <cstddef>
#include <limits>

#include "layout/chip_cells.h"
#include "layout/chip_draws.h"
#include "layout/chip_room.h"
#include "layout/spread.h"
#include "tilewright/core/error.h"

namespace tilewright::inline v0_1 {
namespace {

constexpr std::int64_t most_chips = 1'000;
constexpr std::int64_t longest_side_px = std::numeric_limits<std::int32_t>::max();
constexpr std::size_t longest_prefix = 16;

// How often a chip is drawn again in its cell before the nearest free place is looked for.
constexpr int draws_for_room = 32;
// How many places of its cell are tried for a chip whose own is refused.
constexpr int places_for_test = 16;
constexpr int draws_for_test = 64;

// The chips of one round while they are placed.
struct Round {
    std::vector<ChipCell> cells;
    std::vector<ChipDraws> draws;
    std::vector<std::optional<Window>> windows;
    ChipRoom room;  // with the chips of this round and all earlier ones
    std::int64_t placed = 0;
};

struct Key {
    std::uint64_t seed;
    std::string_view prefix;
    std::string_view source;
};

std::optional<Window> place(const ChipCell& cell, ChipDraws& draws, const ChipRoom& room) {
    const auto x = draws.in(cell.middle_x);
    const auto y = draws.in(cell.middle_y);
    auto window = room.window(x, y);
    for (int draw = 0; draw < draws_for_room; ++draw) {
        if (room.is_free(window)) return window;
        const auto again_x = draws.in(cell.x);
        window = room.window(again_x, draws.in(cell.y));
    }
    if (room.is_free(window)) return window;
    return room.nearest_free(x, y);
}

Round place_all(std::vector<ChipCell> cells, const Key& key, const ChipRoom& room) {
    Round round{std::move(cells), {}, {}, room, 0};
    bool room_is_left = true;
    for (std::size_t i = 0; i < round.cells.size(); ++i) {
        round.draws.emplace_back(key.seed, key.prefix, key.source, static_cast<std::int64_t>(i));
        std::optional<Window> window;
        // Once there is no place for one chip there is none for any: room only shrinks.
        if (room_is_left) window = place(round.cells[i], round.draws[i], round.room);
        room_is_left = window.has_value();
        if (window) {
            round.room.take(*window);
            ++round.placed;
        }
        round.windows.push_back(window);
    }
    return round;
}

// Finds another place in the chip's cell that is free and passes the test.
std::optional<Window> place_again(const ChipCell& cell, ChipDraws& draws, const ChipRoom& room,
                                  const ChipTest& accept) {
    int tried = 0;
    for (int draw = 0; draw < draws_for_test && tried < places_for_test; ++draw) {
        const auto x = draws.in(cell.x);
        const auto window = room.window(x, draws.in(cell.y));
        if (!room.is_free(window)) continue;
        if (accept(window)) return window;
        ++tried;
    }
    return std::nullopt;
}

std::vector<PlacedChip> place_round(Size image, const ChipLayout& layout, const Key& key, ChipRoom& room,
                                    const ChipTest& accept) {
    auto round = place_all(loose_cells(image, layout), key, room);
    if (round.placed < layout.count) {
        auto separate = place_all(separate_cells(image, layout), key, room);
        if (separate.placed > round.placed) round = std::move(separate);
    }
    std::vector<PlacedChip> chips;
    chips.reserve(round.windows.size());
    for (std::size_t i = 0; i < round.windows.size(); ++i) {
        PlacedChip chip{static_cast<std::int64_t>(i), round.windows[i], round.windows[i] ? "" : "no_room"};
        if (chip.window && accept && !accept(*chip.window)) {
            round.room.give_back(*chip.window);
            chip.window = place_again(round.cells[i], round.draws[i], round.room, accept);
            if (chip.window) {
                round.room.take(*chip.window);
            } else {
                chip.reason = "nodata";
            }
        }
        chips.push_back(std::move(chip));
    }
    room = std::move(round.room);
    return chips;
}

bool fits(Size image, const ChipLayout& layout) noexcept {
    return layout.size_px + 2 * layout.margin_px <= std::min(image.width_px, image.height_px);
}

void require_range(std::int64_t value, std::int64_t least, std::int64_t most, const std::string& what) {
    if (value >= least && value <= most) return;
    throw Error(ErrorCode::invalid_argument, what + " must be " + std::to_string(least) + " to " +
                                                 std::to_string(most) + ", but is " + std::to_string(value));
}

}  // namespace

int chip_round(std::string_view prefix) noexcept {
    return prefix.size() == 1 && prefix[0] >= 'A' && prefix[0] <= 'Z' ? prefix[0] - 'A' : 0;
}

void check_chip_layout(const ChipLayout& layout, std::string_view prefix) {
    require_range(layout.count, 1, most_chips, "the number of chips");
    require_range(layout.size_px, 1, longest_side_px, "the side of a chip, px,");
    require_range(layout.margin_px, 0, longest_side_px, "the margin, px,");
    const auto is_plain = [](char c) {
        return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
    };
    if (prefix.empty() || prefix.size() > longest_prefix || !std::all_of(prefix.begin(), prefix.end(), is_plain)) {
        throw Error(ErrorCode::invalid_argument, "\"" + std::string(prefix) + "\" cannot be a prefix: give 1 to " +
                                                     std::to_string(longest_prefix) +
                                                     " letters, digits and hyphens, such as A");
    }
}

std::vector<PlacedChip> place_chips(Size image, const ChipLayout& layout, std::string_view prefix,
                                    std::string_view source, const ChipTest& accept) {
    check_chip_layout(layout, prefix);
    require_pixels(image);
    if (!fits(image, layout)) {
        std::vector<PlacedChip> none;
        for (std::int64_t i = 0; i < layout.count; ++i) none.push_back({i, std::nullopt, "image_too_small"});
        return none;
    }
    ChipRoom room(image, layout);
    const auto own = static_cast<char>('A' + chip_round(prefix));
    for (char earlier = 'A'; earlier < own; ++earlier) {
        place_round(image, layout, {layout.seed, {&earlier, 1}, source}, room, accept);
    }
    return place_round(image, layout, {layout.seed, prefix, source}, room, accept);
}

}  // namespace tilewright::inline v0_1
