// SPDX-License-Identifier: Apache-2.0
#include "tilewright/layout/chips.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <limits>
#include <random>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "layout/chip_draws.h"
#include "tilewright/core/error.h"

namespace tilewright {
namespace {

bool overlap(const Window& a, const Window& b) {
    return a.x_px < b.x_end() && b.x_px < a.x_end() && a.y_px < b.y_end() && b.y_px < a.y_end();
}

std::vector<Window> placed(const std::vector<PlacedChip>& chips) {
    std::vector<Window> windows;
    for (const auto& chip : chips) {
        if (chip.window) windows.push_back(*chip.window);
    }
    return windows;
}

// Whether one more chip would fit somewhere; by trying every place.
bool has_room(Size image, const ChipLayout& layout, const std::vector<Window>& taken) {
    for (auto y = layout.margin_px; y + layout.size_px + layout.margin_px <= image.height_px; ++y) {
        for (auto x = layout.margin_px; x + layout.size_px + layout.margin_px <= image.width_px; ++x) {
            const Window window{x, y, layout.size_px, layout.size_px};
            if (std::none_of(taken.begin(), taken.end(), [&](const Window& t) { return overlap(t, window); })) {
                return true;
            }
        }
    }
    return false;
}

std::int64_t number_from(std::mt19937& random, std::int64_t least, std::int64_t most) {
    return std::uniform_int_distribution<std::int64_t>(least, most)(random);
}

const std::vector<std::string> rounds{"A", "B", "C", "D"};

TEST(Chips, LieInsideTheMarginAndNeverOverlapInAndAcrossRounds) {
    std::mt19937 random(7);
    for (int turn = 0; turn < 1500; ++turn) {
        const Size image{number_from(random, 1, 90), number_from(random, 1, 90)};
        const ChipLayout layout{number_from(random, 1, 12), number_from(random, 1, 30), number_from(random, 0, 6),
                                random()};
        const std::string source = "tiles/" + std::to_string(turn) + ".tif";
        std::vector<Window> taken;
        for (const auto& prefix : rounds) {
            const auto chips = place_chips(image, layout, prefix, source);
            ASSERT_EQ(chips, place_chips(image, layout, prefix, source)) << "another time, another place";
            ASSERT_EQ(chips.size(), static_cast<std::size_t>(layout.count));
            for (std::size_t i = 0; i < chips.size(); ++i) {
                ASSERT_EQ(chips[i].index, static_cast<std::int64_t>(i));
                ASSERT_EQ(chips[i].window.has_value(), chips[i].reason.empty());
                if (!chips[i].window) continue;
                const auto& w = *chips[i].window;
                ASSERT_EQ(w.width_px, layout.size_px);
                ASSERT_EQ(w.height_px, layout.size_px);
                ASSERT_GE(std::min(w.x_px, w.y_px), layout.margin_px);
                ASSERT_LE(w.x_end() + layout.margin_px, image.width_px);
                ASSERT_LE(w.y_end() + layout.margin_px, image.height_px);
                for (const auto& other : taken) ASSERT_FALSE(overlap(w, other)) << prefix << i << " of " << source;
                taken.push_back(w);
            }
        }
    }
}

TEST(Chips, AreSkippedOnlyWhereNoRoomIsLeft) {
    std::mt19937 random(8);
    int skipped = 0;
    for (int turn = 0; turn < 400; ++turn) {
        const Size image{number_from(random, 8, 60), number_from(random, 8, 60)};
        const ChipLayout layout{number_from(random, 1, 8), number_from(random, 2, 20), number_from(random, 0, 3),
                                random()};
        std::vector<Window> taken;
        for (const auto& prefix : rounds) {
            const auto chips = place_chips(image, layout, prefix, "scene.tif");
            for (const auto& window : placed(chips)) taken.push_back(window);
            const auto without = std::count_if(chips.begin(), chips.end(), [](const auto& c) { return !c.window; });
            if (without == 0) continue;
            ++skipped;
            ASSERT_FALSE(has_room(image, layout, taken)) << "turn " << turn << ", round " << prefix;
        }
    }
    EXPECT_GT(skipped, 100) << "the sizes no longer reach the case";
}

TEST(Chips, FirstRoundPlacesAsManyAsFitSideBySide) {
    std::mt19937 random(9);
    for (int turn = 0; turn < 3000; ++turn) {
        const Size image{number_from(random, 1, 200), number_from(random, 1, 200)};
        const ChipLayout layout{number_from(random, 1, 40), number_from(random, 1, 60), number_from(random, 0, 10),
                                random()};
        const auto columns = std::max<std::int64_t>(0, image.width_px - 2 * layout.margin_px) / layout.size_px;
        const auto rows = std::max<std::int64_t>(0, image.height_px - 2 * layout.margin_px) / layout.size_px;
        const auto windows = placed(place_chips(image, layout, "A", "scene.tif"));
        ASSERT_EQ(static_cast<std::int64_t>(windows.size()), std::min(layout.count, columns * rows))
            << layout.count << " of " << layout.size_px << " in " << image.width_px << " x " << image.height_px;
    }
}

// The grid, the margin and the jitter of the tool that came before, where the image is large enough for it.
TEST(Chips, LieAroundTheMiddleOfTheirCells) {
    const Size image{11664, 8750};
    for (const std::int64_t count : {1, 2, 3, 4, 8, 9}) {
        const std::int64_t columns = count <= 2 ? count : (count <= 4 ? 2 : 3);
        const std::int64_t rows = count <= 2 ? 1 : (count + columns - 1) / columns;
        const auto cell_width = (image.width_px - 1024 - 20) / columns;
        const auto cell_height = (image.height_px - 1024 - 20) / rows;
        for (std::uint64_t seed = 0; seed < 50; ++seed) {
            for (const auto& chip : place_chips(image, {count, 1024, 10, seed}, "A", "cogs/cap-29792.tif")) {
                ASSERT_TRUE(chip.window);
                const auto x = 10 + (chip.index % columns) * cell_width + cell_width / 2;
                const auto y = 10 + (chip.index / columns) * cell_height + cell_height / 2;
                EXPECT_LE(std::abs(chip.window->x_px - x), cell_width / 4);
                EXPECT_LE(std::abs(chip.window->y_px - y), cell_height / 4);
            }
        }
    }
}

TEST(Chips, FourFitWhereTheOldToolLetThemOverlap) {
    for (const std::int64_t side : {4000, 3000, 2100, 2068}) {
        for (std::uint64_t seed = 0; seed < 200; ++seed) {
            const auto windows = placed(place_chips({side, side}, {4, 1024, 10, seed}, "A", "scene.tif"));
            ASSERT_EQ(windows.size(), 4U) << side;
        }
    }
}

TEST(Chips, ReachTheWholeRangeOfTheirCells) {
    std::set<std::int64_t> columns;
    for (std::uint64_t seed = 0; seed < 2000; ++seed) {
        columns.insert(place_chips({60, 30}, {1, 10, 2, seed}, "A", "scene.tif")[0].window->x_px);
    }
    // 46 places for the corner, drawn from the middle half: 2 + 23 -+ 11.
    EXPECT_EQ(columns.size(), 23U);
    EXPECT_EQ(*columns.begin(), 14);
    EXPECT_EQ(*columns.rbegin(), 36);
}

TEST(Chips, TooSmallAnImageHasThemAllSkipped) {
    for (const Size image : {Size{1043, 2000}, Size{2000, 1043}, Size{1, 1}}) {
        const auto chips = place_chips(image, {4, 1024, 10, 0}, "A", "small.tif");
        ASSERT_EQ(chips.size(), 4U);
        for (const auto& chip : chips) {
            EXPECT_FALSE(chip.window);
            EXPECT_EQ(chip.reason, "image_too_small");
        }
    }
    const auto one = place_chips({1044, 1044}, {4, 1024, 10, 0}, "A", "just.tif");
    EXPECT_EQ(one[0].window, (Window{10, 10, 1024, 1024}));
    EXPECT_EQ(one[1].reason, "no_room");
}

TEST(Chips, WhatTheTestRefusesIsDrawnAgainThenSkipped) {
    const Size image{400, 400};
    const ChipLayout layout{4, 40, 10, 3};
    const auto left_only = [](const Window& window) { return window.x_end() <= 200; };
    const auto chips = place_chips(image, layout, "A", "scene.tif", left_only);
    for (const auto& chip : chips) {
        // Cells of the right half begin at 170, so that few of their places or none will do.
        if (chip.window) {
            EXPECT_LE(chip.window->x_end(), 200);
        } else {
            EXPECT_EQ(chip.reason, "nodata");
        }
    }
    EXPECT_TRUE(chips[0].window && chips[2].window);
    const auto none = place_chips(image, layout, "A", "scene.tif", [](const Window&) { return false; });
    for (const auto& chip : none) EXPECT_EQ(chip.reason, "nodata");
}

TEST(Chips, OfLaterRoundsKeepClearOfThoseDrawnAgain) {
    std::mt19937 random(10);
    for (int turn = 0; turn < 300; ++turn) {
        const Size image{number_from(random, 40, 120), number_from(random, 40, 120)};
        const ChipLayout layout{number_from(random, 1, 6), number_from(random, 5, 20), 2, random()};
        const auto phase = random();
        const auto accept = [&](const Window& w) {
            return (static_cast<std::uint64_t>(w.x_px * 7 + w.y_px * 13) + phase) % 3 != 0;
        };
        std::vector<Window> taken;
        for (const auto& prefix : rounds) {
            for (const auto& window : placed(place_chips(image, layout, prefix, "scene.tif", accept))) {
                ASSERT_TRUE(accept(window));
                for (const auto& other : taken) ASSERT_FALSE(overlap(window, other));
                taken.push_back(window);
            }
        }
    }
}

TEST(Chips, OfOtherPrefixesAreARoundOfTheirOwn) {
    EXPECT_EQ(chip_round("A"), 0);
    EXPECT_EQ(chip_round("B"), 1);
    EXPECT_EQ(chip_round("Z"), 25);
    for (const char* prefix : {"a", "AB", "1", "test", "-"}) EXPECT_EQ(chip_round(prefix), 0) << prefix;
    const ChipLayout layout{4, 1024, 10, 0};
    EXPECT_NE(place_chips({8000, 8000}, layout, "A", "s.tif"), place_chips({8000, 8000}, layout, "test", "s.tif"));
    EXPECT_EQ(placed(place_chips({2100, 2100}, layout, "test", "s.tif")).size(), 4U);
    EXPECT_EQ(placed(place_chips({2100, 2100}, layout, "B", "s.tif")).size(), 0U) << "A has taken all there is";
}

TEST(Chips, SeedAndSourceMoveThem) {
    const ChipLayout layout{4, 1024, 10, 0};
    const auto chips = place_chips({8000, 8000}, layout, "A", "a/x.tif");
    EXPECT_NE(chips, place_chips({8000, 8000}, {4, 1024, 10, 1}, "A", "a/x.tif"));
    EXPECT_NE(chips, place_chips({8000, 8000}, layout, "A", "b/x.tif"));
    EXPECT_NE(chips, place_chips({8000, 8000}, layout, "B", "a/x.tif"));
}

TEST(Chips, ManyAreStillDisjoint) {
    const Size image{2000, 1500};
    std::vector<std::vector<char>> covered(1500, std::vector<char>(2000, 0));
    const auto chips = place_chips(image, {700, 48, 10, 0}, "A", "scene.tif");
    ASSERT_EQ(placed(chips).size(), 700U);
    for (const auto& window : placed(chips)) {
        for (auto y = window.y_px; y < window.y_end(); ++y) {
            for (auto x = window.x_px; x < window.x_end(); ++x) {
                ASSERT_EQ(covered[static_cast<std::size_t>(y)][static_cast<std::size_t>(x)]++, 0);
            }
        }
    }
}

TEST(Chips, ThePlacesOfTheLargestImagesDoNotOverflow) {
    const auto most = std::numeric_limits<std::int64_t>::max();
    for (const auto& window : placed(place_chips({most, most}, {9, 1024, 10, 0}, "B", "scene.tif"))) {
        EXPECT_GE(window.x_px, 10);
        EXPECT_LE(window.x_px, most - 1034);
    }
}

// Frozen: whoever labelled chips must find them again. A change here is a change of the format.
TEST(Chips, GoldenNumbers) {
    ChipDraws draws(0, "A", "cogs/cap-29792.tif", 0);
    EXPECT_EQ(draws.next(), 16859179310362404043U);
    EXPECT_EQ(draws.next(), 4328051221757782138U);
    EXPECT_EQ(draws.in({-3, 3}), 1);
}

using Corners = std::vector<std::pair<std::int64_t, std::int64_t>>;

Corners corners(Size image, const ChipLayout& layout, const std::string& prefix, const std::string& source) {
    Corners result;
    for (const auto& window : placed(place_chips(image, layout, prefix, source))) {
        result.emplace_back(window.x_px, window.y_px);
    }
    return result;
}

TEST(Chips, GoldenPlaces) {
    const Size scene{11664, 8750};
    EXPECT_EQ(corners(scene, {4, 1024, 10, 0}, "A", "cogs/cap-29792.tif"),
              (Corners{{3466, 2144}, {8668, 1429}, {2773, 5374}, {7583, 5090}}));
    EXPECT_EQ(corners(scene, {8, 1024, 10, 42}, "A", "a/b/cap 29845.tif"), (Corners{{1535, 1248},
                                                                                    {5226, 1396},
                                                                                    {9723, 882},
                                                                                    {1428, 4073},
                                                                                    {5661, 3782},
                                                                                    {8291, 3297},
                                                                                    {1717, 6848},
                                                                                    {5400, 6945}}));
    // Where chips had to give way: drawn again, moved, in separate cells.
    const ChipLayout layout{4, 1024, 10, 0};
    EXPECT_EQ(corners(scene, layout, "B", "cogs/cap-29792.tif"),
              (Corners{{2090, 1812}, {9095, 109}, {1884, 6421}, {7922, 7716}}));
    EXPECT_EQ(corners({4000, 4000}, layout, "B", "cogs/cap-29792.tif"), (Corners{{1120, 25}, {2069, 1320}, {96, 44}}));
    EXPECT_EQ(corners({5000, 5000}, layout, "C", "cogs/cap-29792.tif"),
              (Corners{{131, 545}, {3757, 1407}, {200, 2905}, {2330, 3881}}));
    EXPECT_EQ(corners({2100, 2090}, layout, "A", "cogs/cap-29792.tif"),
              (Corners{{18, 14}, {1058, 19}, {18, 1048}, {1062, 1049}}));
    EXPECT_EQ(corners({1400, 800}, {9, 256, 10, 0}, "A", "x.tif"), (Corners{{105, 12},
                                                                            {578, 13},
                                                                            {1062, 11},
                                                                            {144, 272},
                                                                            {612, 273},
                                                                            {1009, 272},
                                                                            {152, 533},
                                                                            {572, 532},
                                                                            {1046, 531}}));
}

TEST(Chips, RefuseWhatCanNeverWork) {
    const Size image{4000, 4000};
    const auto code = [&](const ChipLayout& layout, const std::string& prefix) {
        try {
            place_chips(image, layout, prefix, "scene.tif");
        } catch (const Error& error) {
            return error.code();
        }
        return ErrorCode::internal;
    };
    const auto huge = std::numeric_limits<std::int64_t>::max();
    for (const ChipLayout& layout :
         {ChipLayout{0, 1024, 10, 0}, ChipLayout{-1, 1024, 10, 0}, ChipLayout{1'001, 1024, 10, 0},
          ChipLayout{4, 0, 10, 0}, ChipLayout{4, huge, 10, 0}, ChipLayout{4, 1024, -1, 0},
          ChipLayout{4, 1024, huge, 0}}) {
        EXPECT_EQ(code(layout, "A"), ErrorCode::invalid_argument);
    }
    for (const char* prefix : {"", "A_", "a/b", "..", "12345678901234567", "\xc3\xa4"}) {
        EXPECT_EQ(code({}, prefix), ErrorCode::invalid_argument) << prefix;
    }
    EXPECT_THROW(place_chips({0, 4000}, {}, "A", "scene.tif"), Error);
}

}  // namespace
}  // namespace tilewright
