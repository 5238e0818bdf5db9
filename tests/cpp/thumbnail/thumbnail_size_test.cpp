// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "tilewright/core/error.h"
#include "tilewright/thumbnail/thumbnail.h"

namespace tilewright {
namespace {

TEST(ThumbnailSize, FillsTheBoxKeepsProportionsAndNeverEnlarges) {
    std::mt19937 random(1);
    std::uniform_int_distribution<std::int64_t> side(1, 5000);
    for (int i = 0; i < 10'000; ++i) {
        const Size image{side(random), side(random)};
        const Size box{1 + side(random) / 10, 1 + side(random) / 10};
        const auto size = thumbnail_size(image, box);
        ASSERT_GE(size.width_px, 1);
        ASSERT_GE(size.height_px, 1);
        ASSERT_LE(size.width_px, std::min(image.width_px, box.width_px));
        ASSERT_LE(size.height_px, std::min(image.height_px, box.height_px));
        if (image.width_px <= box.width_px && image.height_px <= box.height_px) {
            ASSERT_EQ(size, image);
            continue;
        }
        ASSERT_TRUE(size.width_px == box.width_px || size.height_px == box.height_px);
        const auto width = static_cast<double>(image.width_px);
        const auto height = static_cast<double>(image.height_px);
        const double scale =
            std::min(static_cast<double>(box.width_px) / width, static_cast<double>(box.height_px) / height);
        ASSERT_LE(std::abs(static_cast<double>(size.width_px) - width * scale), 1);
        ASSERT_LE(std::abs(static_cast<double>(size.height_px) - height * scale), 1);
    }
}

TEST(ThumbnailSize, IsThatOfPillow) {
    const Size box{100, 100};
    EXPECT_EQ(thumbnail_size({400, 300}, box), (Size{100, 75}));
    EXPECT_EQ(thumbnail_size({101, 100}, box), (Size{100, 99}));
    EXPECT_EQ(thumbnail_size({333, 1000}, box), (Size{33, 100}));
    EXPECT_EQ(thumbnail_size({1000, 3}, box), (Size{100, 1}));
    EXPECT_EQ(thumbnail_size({1, 500}, box), (Size{1, 100}));
    EXPECT_EQ(thumbnail_size({50, 40}, box), (Size{50, 40}));
}

TEST(ThumbnailSize, RefusesEmptySides) {
    EXPECT_THROW(thumbnail_size({0, 5}, {100, 100}), Error);
    EXPECT_THROW(thumbnail_size({5, 5}, {100, 0}), Error);
    EXPECT_THROW(thumbnail_size({5, 5}, {-1, 100}), Error);
}

TEST(ThumbnailName, KeepsTheExtensionsOfPicturesAndPutsPngBehindOthers) {
    EXPECT_EQ(thumbnail_name("a.JPG"), "a.JPG");
    EXPECT_EQ(thumbnail_name("a.b.webp"), "a.b.webp");
    EXPECT_EQ(thumbnail_name("a.jp2"), "a.jp2.png");
    EXPECT_EQ(thumbnail_name("plain"), "plain.png");
}

}  // namespace
}  // namespace tilewright
