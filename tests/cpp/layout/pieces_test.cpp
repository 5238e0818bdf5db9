// SPDX-License-Identifier: Apache-2.0
#include "tilewright/layout/pieces.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <random>
#include <utility>
#include <vector>

#include "tilewright/core/error.h"

namespace tilewright {
namespace {

// How often each pixel is covered; the truth that every layout must meet.
std::vector<int> coverage(Size image, const std::vector<Window>& windows) {
    std::vector<int> covered(static_cast<std::size_t>(image.width_px * image.height_px), 0);
    for (const auto& w : windows) {
        for (auto y = w.y_px; y < w.y_end(); ++y) {
            for (auto x = w.x_px; x < w.x_end(); ++x) ++covered.at(static_cast<std::size_t>(y * image.width_px + x));
        }
    }
    return covered;
}

TEST(Pieces, CoverEveryPixelOnce) {
    std::mt19937 random(20);
    for (int round = 0; round < 2000; ++round) {
        const Size image{1 + static_cast<std::int64_t>(random() % 60), 1 + static_cast<std::int64_t>(random() % 60)};
        const auto count = 1 + static_cast<std::int64_t>(random() % (image.width_px * image.height_px));
        const auto windows = pieces(image, count);
        ASSERT_EQ(windows.size(), static_cast<std::size_t>(count));
        for (const int times : coverage(image, windows)) {
            ASSERT_EQ(times, 1) << count << " pieces of " << image.width_px << " x " << image.height_px;
        }
    }
}

TEST(Pieces, RegularGridWhereTheCountHasOne) {
    const auto windows = pieces({1920, 1080}, 8);
    EXPECT_EQ(windows.front(), (Window{0, 0, 480, 540}));
    EXPECT_EQ(windows.back(), (Window{1440, 540, 480, 540}));
}

TEST(Pieces, PrimeCountGivesNoRibbons) {
    for (const auto& w : pieces({800, 600}, 13)) {
        EXPECT_LE(2 * std::max(w.width_px, w.height_px), 3 * std::min(w.width_px, w.height_px));
    }
}

TEST(Pieces, RemaindersAreSpread) {
    for (const auto& w : pieces({1025, 1031}, 8)) {
        EXPECT_GE(w.area(), 1025 * 1031 / 8 - 1025);
        EXPECT_LE(w.area(), 1025 * 1031 / 8 + 1025);
    }
}

TEST(Pieces, RefuseWhatCannotBeCut) {
    for (const auto& [image, count] :
         {std::pair{Size{10, 10}, std::int64_t{101}}, {Size{10, 10}, 0}, {Size{0, 10}, 1}}) {
        try {
            pieces(image, count);
            FAIL() << "cut an impossible layout";
        } catch (const Error& error) {
            EXPECT_EQ(error.code(), ErrorCode::invalid_argument);
        }
    }
}

}  // namespace
}  // namespace tilewright
