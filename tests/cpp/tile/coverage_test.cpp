// SPDX-License-Identifier: Apache-2.0
#include "tile/coverage.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <optional>
#include <random>
#include <vector>

#include "tilewright/layout/layout.h"

namespace tilewright {
namespace {

// The truth by counting.
std::optional<std::int64_t> hole_by_counting(Size image, const std::vector<Window>& windows) {
    for (std::int64_t y = 0; y < image.height_px; ++y) {
        for (std::int64_t x = 0; x < image.width_px; ++x) {
            bool covered = false;
            for (const auto& w : windows) {
                covered = covered || (x >= w.x_px && x < w.x_end() && y >= w.y_px && y < w.y_end());
            }
            if (!covered) return y;
        }
    }
    return {};
}

TEST(Coverage, FindsTheFirstRowWithAHole) {
    std::mt19937 random(7);
    const auto below = [&](std::int64_t end) { return static_cast<std::int64_t>(random()) % end; };
    int whole = 0;
    for (int round = 0; round < 3000; ++round) {
        const Size image{1 + below(9), 1 + below(9)};
        std::vector<Window> windows;
        for (auto count = below(14); count > 0; --count) {
            windows.push_back({below(image.width_px), below(image.height_px), 1 + below(9), 1 + below(9)});
        }
        const auto expected = hole_by_counting(image, windows);
        ASSERT_EQ(first_uncovered_row(image, windows), expected);
        whole += expected ? 0 : 1;
    }
    EXPECT_GT(whole, 100);
}

TEST(Coverage, EveryLayoutIsWholeAndMissesEachOfItsWindows) {
    const Size image{101, 67};
    for (const Layout& layout : {Layout{PiecesLayout{13}}, Layout{GridLayout{3, 4}},
                                 Layout{TilesLayout{32, 20, 0, EdgePolicy::pad}}, Layout{StripsLayout{5}}}) {
        auto all = windows(image, layout);
        EXPECT_EQ(first_uncovered_row(image, all), std::nullopt);
        const auto missing = all.back();
        all.pop_back();
        EXPECT_EQ(first_uncovered_row(image, all), missing.y_px);
    }
}

TEST(Coverage, CostsLittleWhateverTheSizeOrTheOverlap) {
    constexpr std::int64_t side = 2'000'000'000;
    std::vector<Window> stairs;
    for (std::int64_t i = 0; i < 50'000; ++i) stairs.push_back({i, i, side - i, side - i});
    EXPECT_EQ(first_uncovered_row({side, side}, stairs), std::nullopt);
    stairs.front().width_px = 1;
    EXPECT_EQ(first_uncovered_row({side, side}, stairs), 0);
}

}  // namespace
}  // namespace tilewright
