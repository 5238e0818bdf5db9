// SPDX-License-Identifier: Apache-2.0
#include "tilewright/layout/layout.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <limits>
#include <random>
#include <vector>

#include "layout/coverage.h"
#include "tilewright/core/error.h"
#include "tilewright/layout/pieces.h"

namespace tilewright {
namespace {

std::int64_t pick(std::mt19937& random, std::int64_t least, std::int64_t most) {
    return std::uniform_int_distribution<std::int64_t>(least, most)(random);
}

Layout random_layout(std::mt19937& random, Size image) {
    switch (pick(random, 0, 3)) {
        case 0: return PiecesLayout{pick(random, 1, image.width_px * image.height_px)};
        case 1: return GridLayout{pick(random, 1, image.height_px), pick(random, 1, image.width_px)};
        case 2: {
            const auto width = pick(random, 1, 2 * image.width_px);
            const auto height = pick(random, 1, 2 * image.height_px);
            return TilesLayout{width, height, pick(random, 0, std::min(width, height) - 1),
                               static_cast<EdgePolicy>(pick(random, 0, 2))};
        }
        default: {
            const auto direction = static_cast<StripDirection>(pick(random, 0, 1));
            const auto length = direction == StripDirection::horizontal ? image.height_px : image.width_px;
            return StripsLayout{pick(random, 1, length), direction};
        }
    }
}

ErrorCode code_of(Size image, const Layout& layout) {
    ErrorCode from_windows = ErrorCode::internal;
    try {
        windows(image, layout);
        ADD_FAILURE() << "cut an impossible layout";
    } catch (const Error& error) {
        from_windows = error.code();
    }
    try {
        window_count(image, layout);
        ADD_FAILURE() << "counted an impossible layout";
    } catch (const Error& error) {
        EXPECT_EQ(error.code(), from_windows);
    }
    return from_windows;
}

TEST(Layout, CoversEveryPixelInRowMajorOrder) {
    std::mt19937 random(1);
    for (int round = 0; round < 6000; ++round) {
        const Size image{pick(random, 1, 40), pick(random, 1, 40)};
        const auto layout = random_layout(random, image);
        SCOPED_TRACE(testing::Message() << "layout " << layout.index() << ", round " << round);
        const auto* tiles = std::get_if<TilesLayout>(&layout);
        const bool overlaps = tiles && (tiles->overlap_px > 0 || tiles->edge == EdgePolicy::shift);

        const auto all = windows(image, layout);
        ASSERT_EQ(window_count(image, layout), static_cast<std::int64_t>(all.size()));
        ASSERT_TRUE(std::is_sorted(all.begin(), all.end(), [](const Window& a, const Window& b) {
            return a.y_px != b.y_px ? a.y_px < b.y_px : a.x_px < b.x_px;
        }));
        std::vector<Window> inside;
        for (const auto& w : all) {
            inside.push_back(clipped(w, image));
            ASSERT_GE(inside.back().area(), 1);
            const bool may_reach_past = tiles && tiles->edge == EdgePolicy::pad;
            ASSERT_TRUE(may_reach_past || inside.back() == w) << "reaches past the image";
        }
        for (const int times : coverage(image, inside)) {
            if (overlaps) {
                ASSERT_GE(times, 1);
            } else {
                ASSERT_EQ(times, 1);
            }
        }
    }
}

TEST(Layout, GridAndStripsDifferByOnePixelAtMost) {
    std::mt19937 random(2);
    for (int round = 0; round < 500; ++round) {
        const Size image{pick(random, 1, 5000), pick(random, 1, 5000)};
        for (const Layout& layout : {Layout{GridLayout{pick(random, 1, std::min<std::int64_t>(60, image.height_px)),
                                                       pick(random, 1, std::min<std::int64_t>(60, image.width_px))}},
                                     Layout{StripsLayout{pick(random, 1, image.height_px), StripDirection::horizontal}},
                                     Layout{StripsLayout{pick(random, 1, image.width_px), StripDirection::vertical}}}) {
            const auto all = windows(image, layout);
            const auto [narrow, wide] = std::minmax_element(
                all.begin(), all.end(), [](const auto& a, const auto& b) { return a.width_px < b.width_px; });
            ASSERT_LE(wide->width_px - narrow->width_px, 1);
            const auto [low, high] = std::minmax_element(
                all.begin(), all.end(), [](const auto& a, const auto& b) { return a.height_px < b.height_px; });
            ASSERT_LE(high->height_px - low->height_px, 1);
        }
    }
}

TEST(Layout, GridSpreadsTheRemainder) {
    const auto all = windows({10, 7}, GridLayout{2, 3});
    EXPECT_EQ(
        all, (std::vector<Window>{{0, 0, 3, 3}, {3, 0, 3, 3}, {6, 0, 4, 3}, {0, 3, 3, 4}, {3, 3, 3, 4}, {6, 3, 4, 4}}));
}

TEST(Layout, PiecesAreThePieces) {
    EXPECT_EQ(windows({800, 600}, PiecesLayout{13}), pieces({800, 600}, 13));
    EXPECT_EQ(windows({800, 600}, Layout{}), pieces({800, 600}, 8)) << "the default is 8 pieces";
}

TEST(Layout, StripsRunTheWholeWidthOrHeight) {
    EXPECT_EQ(windows({9, 5}, StripsLayout{2, StripDirection::horizontal}),
              (std::vector<Window>{{0, 0, 9, 2}, {0, 2, 9, 3}}));
    EXPECT_EQ(windows({9, 5}, StripsLayout{2, StripDirection::vertical}),
              (std::vector<Window>{{0, 0, 4, 5}, {4, 0, 5, 5}}));
}

TEST(Tiles, EdgePolicies) {
    const Size image{10, 4};
    EXPECT_EQ(windows(image, TilesLayout{4, 4, 0, EdgePolicy::partial}),
              (std::vector<Window>{{0, 0, 4, 4}, {4, 0, 4, 4}, {8, 0, 2, 4}}));
    EXPECT_EQ(windows(image, TilesLayout{4, 4, 0, EdgePolicy::shift}),
              (std::vector<Window>{{0, 0, 4, 4}, {4, 0, 4, 4}, {6, 0, 4, 4}}));
    EXPECT_EQ(windows(image, TilesLayout{4, 4, 0, EdgePolicy::pad}),
              (std::vector<Window>{{0, 0, 4, 4}, {4, 0, 4, 4}, {8, 0, 4, 4}}));
}

TEST(Tiles, OverlapIsSharedWithTheNeighbour) {
    EXPECT_EQ(windows({10, 4}, TilesLayout{4, 4, 1, EdgePolicy::partial}),
              (std::vector<Window>{{0, 0, 4, 4}, {3, 0, 4, 4}, {6, 0, 4, 4}}))
        << "a tile wholly under the overlap of the last would add nothing";
    EXPECT_EQ(windows({11, 4}, TilesLayout{4, 4, 1, EdgePolicy::partial}).back(), (Window{9, 0, 2, 4}));
    EXPECT_EQ(windows({11, 4}, TilesLayout{4, 4, 1, EdgePolicy::shift}).back(), (Window{7, 0, 4, 4}));
}

TEST(Tiles, LargestOverlapStillMovesOn) {
    for (const auto edge : {EdgePolicy::partial, EdgePolicy::shift, EdgePolicy::pad}) {
        const auto all = windows({20, 5}, TilesLayout{5, 5, 4, edge});
        ASSERT_EQ(all.size(), 16U);
        for (std::size_t i = 0; i < all.size(); ++i) {
            EXPECT_EQ(all[i], (Window{static_cast<std::int64_t>(i), 0, 5, 5}));
        }
    }
}

TEST(Tiles, AnImageSmallerThanTheTileIsOneTile) {
    for (const auto edge : {EdgePolicy::partial, EdgePolicy::shift}) {
        EXPECT_EQ(windows({7, 3}, TilesLayout{1024, 1024, 100, edge}), (std::vector<Window>{{0, 0, 7, 3}}));
    }
    EXPECT_EQ(windows({7, 3}, TilesLayout{1024, 512, 100, EdgePolicy::pad}), (std::vector<Window>{{0, 0, 1024, 512}}));
    EXPECT_EQ(windows({1500, 3}, TilesLayout{1024, 1024, 0, EdgePolicy::shift}),
              (std::vector<Window>{{0, 0, 1024, 3}, {476, 0, 1024, 3}}))
        << "smaller on one side only";
}

TEST(Layout, CountsWithoutMakingWindows) {
    const std::int64_t million = 1'000'000;
    EXPECT_EQ(window_count({million, million}, PiecesLayout{million * million}), million * million);
    EXPECT_EQ(window_count({million, million}, GridLayout{million, million}), million * million);
    EXPECT_EQ(window_count({million, million}, TilesLayout{1, 1, 0}), million * million);
    EXPECT_EQ(window_count({million, million}, StripsLayout{million}), million);
}

TEST(Layout, RefusesWhatCannotBe) {
    const Size image{10, 20};
    const auto most = std::numeric_limits<std::int64_t>::max();
    for (const Layout& layout : std::vector<Layout>{
             PiecesLayout{0},
             PiecesLayout{201},
             PiecesLayout{most},
             GridLayout{0, 1},
             GridLayout{1, -1},
             GridLayout{21, 1},
             GridLayout{1, 11},
             GridLayout{most, most},
             TilesLayout{0, 5},
             TilesLayout{5, -5},
             TilesLayout{most, 5},
             TilesLayout{5, 5, 5},
             TilesLayout{50, 5, 5},
             TilesLayout{5, 5, -1},
             StripsLayout{0},
             StripsLayout{21},
             StripsLayout{11, StripDirection::vertical},
         }) {
        EXPECT_EQ(code_of(image, layout), ErrorCode::invalid_argument) << "layout " << layout.index();
    }
    for (const Size& empty : {Size{0, 10}, Size{10, 0}, Size{-1, 10}}) {
        for (const Layout& layout :
             {Layout{PiecesLayout{1}}, Layout{GridLayout{1, 1}}, Layout{TilesLayout{}}, Layout{StripsLayout{1}}}) {
            EXPECT_EQ(code_of(empty, layout), ErrorCode::invalid_argument);
        }
    }
    EXPECT_EQ(code_of({std::int64_t{1} << 62, std::int64_t{1} << 62}, TilesLayout{1, 1}), ErrorCode::invalid_argument);
    EXPECT_EQ(code_of({std::int64_t{1} << 62, std::int64_t{1} << 62},
                      GridLayout{std::int64_t{1} << 62, std::int64_t{1} << 62}),
              ErrorCode::invalid_argument);
}

TEST(Layout, SaysWhyAndWhatWouldDo) {
    try {
        window_count({10, 20}, TilesLayout{8, 4, 4});
        FAIL();
    } catch (const Error& error) {
        EXPECT_STREQ(error.what(), "tiles of 8 x 4 px cannot overlap by 4 px: choose 0 to 3");
    }
}

TEST(Layout, HugeImagesDoNotOverflow) {
    const Size image{std::int64_t{1} << 62, 5};
    const auto strips = windows(image, StripsLayout{7, StripDirection::vertical});
    EXPECT_EQ(strips.back().x_end(), image.width_px);
    const auto grid = windows(image, GridLayout{5, 1000});
    EXPECT_EQ(grid.back().x_end(), image.width_px);
    EXPECT_EQ(grid.back().y_end(), 5);
}

TEST(Clipped, KeepsWhatLiesInTheImage) {
    const Size image{10, 5};
    EXPECT_EQ(clipped({8, 3, 4, 4}, image), (Window{8, 3, 2, 2}));
    EXPECT_EQ(clipped({-2, -1, 4, 4}, image), (Window{0, 0, 2, 3}));
    EXPECT_EQ(clipped({10, 0, 4, 4}, image), (Window{}));
    EXPECT_EQ(clipped({0, -4, 4, 4}, image), (Window{}));
    EXPECT_EQ(clipped({1, 1, 0, 4}, image), (Window{}));
    EXPECT_EQ(clipped({1, 1, -3, 4}, image), (Window{}));
    const auto most = std::numeric_limits<std::int64_t>::max();
    EXPECT_EQ(clipped({2, 2, most, most}, image), (Window{2, 2, 8, 3}));
    EXPECT_EQ(clipped({std::numeric_limits<std::int64_t>::min(), 0, most, 1}, image), (Window{}));
}

TEST(Layout, NamesAreReadBack) {
    for (const auto edge : {EdgePolicy::partial, EdgePolicy::shift, EdgePolicy::pad}) {
        EXPECT_EQ(parse_edge_policy(name(edge)), edge);
    }
    for (const auto direction : {StripDirection::horizontal, StripDirection::vertical}) {
        EXPECT_EQ(parse_strip_direction(name(direction)), direction);
    }
    EXPECT_THROW(parse_edge_policy("clip"), Error);
    EXPECT_THROW(parse_edge_policy(""), Error);
    EXPECT_THROW(parse_strip_direction("diagonal"), Error);
}

}  // namespace
}  // namespace tilewright
