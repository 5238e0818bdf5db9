// SPDX-License-Identifier: Apache-2.0
#include "tilewright/layout/pieces.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <numeric>
#include <random>
#include <utility>
#include <vector>

#include "layout/coverage.h"
#include "tilewright/core/error.h"

namespace tilewright {
namespace {

double elongation(const Window& w) {
    return static_cast<double>(std::max(w.width_px, w.height_px)) /
           static_cast<double>(std::min(w.width_px, w.height_px));
}

// The law for images too large to paint: rows of windows that follow one another without gap or overlap.
void expect_exact_partition(Size image, const std::vector<Window>& windows) {
    std::int64_t x = 0;
    std::int64_t y = 0;
    for (const auto& w : windows) {
        ASSERT_GE(w.width_px, 1);
        ASSERT_GE(w.height_px, 1);
        ASSERT_EQ(w.x_px, x);
        ASSERT_EQ(w.y_px, y);
        x = w.x_end();
        if (x == image.width_px) {
            x = 0;
            y = w.y_end();
        }
    }
    ASSERT_EQ(x, 0);
    ASSERT_EQ(y, image.height_px);
}

TEST(Pieces, CoverEveryPixelOnce) {
    std::mt19937 random(20);
    for (int round = 0; round < 2000; ++round) {
        const Size image{1 + static_cast<std::int64_t>(random() % 60), 1 + static_cast<std::int64_t>(random() % 60)};
        const auto count =
            1 + static_cast<std::int64_t>(random() % static_cast<unsigned>(image.width_px * image.height_px));
        const auto windows = pieces(image, count);
        ASSERT_EQ(windows.size(), static_cast<std::size_t>(count));
        for (const int times : coverage(image, windows)) {
            ASSERT_EQ(times, 1) << count << " pieces of " << image.width_px << " x " << image.height_px;
        }
    }
}

TEST(Pieces, EveryCountOfEverySmallImage) {
    for (std::int64_t width = 1; width <= 12; ++width) {
        for (std::int64_t height = 1; height <= 12; ++height) {
            for (std::int64_t count = 1; count <= width * height; ++count) {
                SCOPED_TRACE(testing::Message() << count << " pieces of " << width << " x " << height);
                const auto windows = pieces({width, height}, count);
                ASSERT_EQ(windows.size(), static_cast<std::size_t>(count));
                ASSERT_NO_FATAL_FAILURE(expect_exact_partition({width, height}, windows));
            }
        }
    }
}

TEST(Pieces, EqualAndNearSquareAtEveryCount) {
    for (const auto& image : {Size{800, 600}, Size{600, 800}, Size{1024, 1024}, Size{4099, 3001}}) {
        for (std::int64_t count = 1; count <= 400; ++count) {
            SCOPED_TRACE(testing::Message() << count << " pieces of " << image.width_px << " x " << image.height_px);
            const auto windows = pieces(image, count);
            const auto mean = static_cast<double>(image.width_px * image.height_px) / static_cast<double>(count);
            const auto side = std::sqrt(mean);
            for (const auto& w : windows) {
                // Rounding to whole pixels moves each edge by less than one.
                ASSERT_NEAR(static_cast<double>(w.area()), mean, 3 * side + 4);
                ASSERT_LE(elongation(w), 3.01);  // three pieces of a square: nothing is better
            }
        }
    }
}

TEST(Pieces, NeverASliver) {
    std::mt19937 random(21);
    for (int round = 0; round < 800; ++round) {
        const Size image{1 + static_cast<std::int64_t>(random() % 3000), 1 + static_cast<std::int64_t>(random() % 40)};
        const auto count =
            1 + static_cast<std::int64_t>(random() % static_cast<unsigned>(image.width_px * image.height_px));
        const auto windows = pieces(image, count);
        const auto [smallest, largest] = std::minmax_element(
            windows.begin(), windows.end(), [](const auto& a, const auto& b) { return a.area() < b.area(); });
        // A piece may fall short of another by the whole pixels that its rows and columns are rounded by, no more.
        ASSERT_LE(largest->area(), 4 * smallest->area() + 2)
            << count << " pieces of " << image.width_px << " x " << image.height_px;
    }
}

TEST(Pieces, ExtremeShapes) {
    for (const auto& image : {Size{200'000, 1}, Size{1, 200'000}, Size{200'000, 3}, Size{3, 200'000}}) {
        const auto pixels = image.width_px * image.height_px;
        for (const auto count : {std::int64_t{1}, std::int64_t{2}, std::int64_t{7}, std::int64_t{1000}, pixels / 3 + 3,
                                 pixels / 2 + 1, pixels - 1, pixels}) {
            SCOPED_TRACE(testing::Message() << count << " pieces of " << image.width_px << " x " << image.height_px);
            const auto windows = pieces(image, count);
            ASSERT_EQ(windows.size(), static_cast<std::size_t>(count));
            ASSERT_NO_FATAL_FAILURE(expect_exact_partition(image, windows));
        }
    }
}

TEST(Pieces, NoOverflowOnHugeImages) {
    for (const auto& image : {Size{1'000'000, 1'000'000}, Size{2'147'483'647, 2'147'483'647},
                              Size{std::int64_t{1} << 62, 3}, Size{std::int64_t{1} << 40, std::int64_t{1} << 40}}) {
        for (const auto count : {std::int64_t{1}, std::int64_t{8}, std::int64_t{99'991}}) {
            if (image.height_px > 3'000'000'000 && count > 8) continue;
            const auto windows = pieces(image, count);
            ASSERT_EQ(windows.size(), static_cast<std::size_t>(count));
            ASSERT_NO_FATAL_FAILURE(expect_exact_partition(image, windows));
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

TEST(Pieces, FullerRowsGetMoreOfTheFewPixels) {
    // Five pieces of nine pixels: no row of one pixel may hold three pieces while one of two holds two.
    for (const auto& w : pieces({3, 3}, 5)) EXPECT_LE(w.area(), 2);
}

TEST(Pieces, RefuseWhatCannotBeCut) {
    for (const auto& [image, count] : {std::pair{Size{10, 10}, std::int64_t{101}},
                                       {Size{10, 10}, 0},
                                       {Size{10, 10}, -1},
                                       {Size{0, 10}, 1},
                                       {Size{10, -1}, 1}}) {
        try {
            pieces(image, count);
            FAIL() << "cut an impossible layout";
        } catch (const Error& error) {
            EXPECT_EQ(error.code(), ErrorCode::invalid_argument);
        }
    }
}

TEST(Pieces, ARefusalTellsHowManyThereCanBe) {
    const auto refusal = [](Size image, std::int64_t count) -> std::string {
        try {
            pieces(image, count);
        } catch (const Error& error) {
            return error.what();
        }
        return "none";
    };
    EXPECT_EQ(refusal({2, 2}, 5),
              "cannot cut 2 x 2 px into 5 pieces: the number of pieces must be at least 1 and at most 4, one a pixel");
    constexpr std::int64_t side = std::int64_t{1} << 32;  // as many pixels as no number here can tell
    EXPECT_EQ(refusal({side, side}, 0),
              "cannot cut 4294967296 x 4294967296 px into 0 pieces: the number of pieces "
              "must be at least 1 and at most one a pixel");
}

TEST(Pieces, MoreThanMemoryHoldsIsAnErrorNotAnAbort) {
    try {
        pieces({std::int64_t{1} << 31, std::int64_t{1} << 31}, std::int64_t{1} << 61);
        FAIL() << "listed 2^61 windows";
    } catch (const Error& error) {
        EXPECT_EQ(error.code(), ErrorCode::resource);
    }
}

}  // namespace
}  // namespace tilewright
