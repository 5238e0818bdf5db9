// SPDX-License-Identifier: Apache-2.0
#include "thumbnail/area_average.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <random>

#include "thumbnail/pictures.h"

namespace tilewright {
namespace {

// The same by its definition, pixel by pixel.
double mean_of(const ImageView& image, Size to, std::int64_t x, std::int64_t y, int band) {
    const double across = static_cast<double>(image.size.width_px) / static_cast<double>(to.width_px);
    const double down = static_cast<double>(image.size.height_px) / static_cast<double>(to.height_px);
    const auto covered = [](double begin, double end, std::int64_t pixel) {
        return std::max(0.0,
                        std::min(end, static_cast<double>(pixel + 1)) - std::max(begin, static_cast<double>(pixel)));
    };
    double sum = 0;
    for (std::int64_t row = 0; row < image.size.height_px; ++row) {
        const auto height = covered(static_cast<double>(y) * down, static_cast<double>(y + 1) * down, row);
        for (std::int64_t column = 0; column < image.size.width_px; ++column) {
            const auto width = covered(static_cast<double>(x) * across, static_cast<double>(x + 1) * across, column);
            sum += height * width * std::to_integer<int>(image.row(row)[column * image.pixel_stride_bytes + band]);
        }
    }
    return sum / (across * down);
}

TEST(AreaAverage, IsTheMeanOfTheAreaOfEachPixel) {
    std::mt19937 random(1);
    const std::pair<Size, Size> sizes[] = {{{37, 29}, {20, 23}}, {{64, 48}, {32, 16}}, {{50, 7}, {49, 1}},
                                           {{9, 9}, {9, 4}},     {{3, 200}, {1, 150}}, {{1, 1}, {1, 1}}};
    for (int bands = 1; bands <= 4; ++bands) {
        for (const auto& [from, to] : sizes) {
            const auto image =
                image_by<std::uint8_t>(from, bands, PixelType::uint8, [&](auto, auto, int) { return random() % 256; });
            const auto found = area_average(image, to);
            ASSERT_EQ(found.size(), to);
            ASSERT_EQ(found.bands(), bands);
            for (std::int64_t y = 0; y < to.height_px; ++y) {
                for (std::int64_t x = 0; x < to.width_px; ++x) {
                    for (int band = 0; band < bands; ++band) {
                        const auto mean = mean_of(image.view(), to, x, y, band);
                        EXPECT_NEAR(std::to_integer<int>(found.view().row(y)[x * bands + band]), mean, 0.51);
                    }
                }
            }
        }
    }
}

TEST(AreaAverage, KeepsBlackAndWhite) {
    for (const int shade : {0, 255}) {
        const auto image =
            image_by<std::uint8_t>({1000, 700}, 3, PixelType::uint8, [&](auto, auto, int) { return shade; });
        const auto found = area_average(image, {512, 359});
        EXPECT_TRUE(std::all_of(found.data(), found.data() + found.size_bytes(),
                                [&](std::byte value) { return value == static_cast<std::byte>(shade); }));
    }
}

}  // namespace
}  // namespace tilewright
