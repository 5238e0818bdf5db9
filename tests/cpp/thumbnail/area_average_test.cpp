// SPDX-License-Identifier: Apache-2.0
#include "thumbnail/area_average.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <random>
#include <utility>
#include <vector>

#include "thumbnail/area_sums.h"
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

// All of an image, in windows of that size.
Image averaged(const Image& image, Size to, Size parts) {
    AreaAverage average(image.size(), image.bands(), to);
    const auto [width, height] = image.size();
    for (std::int64_t y = 0; y < height; y += parts.height_px) {
        const auto lines = std::min(parts.height_px, height - y);
        for (std::int64_t x = 0; x < width; x += parts.width_px) {
            const Window window{x, y, std::min(parts.width_px, width - x), lines};
            average.add(window, image.view().crop(window));
        }
        average.finish_above(y + lines);
    }
    return average.take();
}

TEST(AreaAverage, IsTheMeanOfTheAreaOfEachPixel) {
    std::mt19937 random(1);
    const std::pair<Size, Size> sizes[] = {{{37, 29}, {20, 23}}, {{64, 48}, {32, 16}}, {{50, 7}, {49, 1}},
                                           {{9, 9}, {9, 4}},     {{3, 200}, {1, 150}}, {{1, 1}, {1, 1}}};
    for (int bands = 1; bands <= 4; ++bands) {
        for (const auto& [from, to] : sizes) {
            const auto image =
                image_by<std::uint8_t>(from, bands, PixelType::uint8, [&](auto, auto, int) { return random() % 256; });
            const auto part = [&] { return static_cast<std::int64_t>(1 + random() % 20); };
            const auto found = averaged(image, to, random() % 2 == 0 ? from : Size{part(), part()});
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

bool are_same(const std::vector<float>& a, const std::vector<float>& b) {
    return a.size() == b.size() && std::memcmp(a.data(), b.data(), a.size() * sizeof(float)) == 0;
}

TEST(AreaSums, OfRowsAreTheSameInPlainCode) {
    std::mt19937 random(2);
    for (const std::size_t count : {0U, 1U, 7U, 16U, 33U, 1000U}) {
        std::vector<std::uint8_t> row(count);
        for (auto& sample : row) sample = static_cast<std::uint8_t>(random());
        std::vector<float> vectors(count, 0.3F);
        auto plain = vectors;
        for (const float share : {1.0F, 0.37F, 1e-4F}) {
            add_row(row.data(), count, share, vectors.data());
            add_row_scalar(row.data(), count, share, plain.data());
            ASSERT_TRUE(are_same(vectors, plain));
        }
    }
}

TEST(AreaSums, OfPixelsAreTheSameInPlainCode) {
    std::mt19937 random(3);
    std::uniform_real_distribution<float> numbers(0, 255);
    const std::vector<float> shares{0.2F, 0.4F, 0.4F, 0.7F, 0.3F, 1.0F};
    const std::vector<PixelShares> pixels{{0, 3, shares.data()}, {2, 4, shares.data() + 3}, {4, 5, shares.data() + 5}};
    for (int bands = 1; bands <= 4; ++bands) {
        for (const auto& [begin, end] : {std::pair{0, 5}, {1, 5}, {0, 4}, {2, 3}}) {
            std::vector<float> row(static_cast<std::size_t>((end - begin) * bands) + sum_floats - 1);
            for (auto& sample : row) sample = numbers(random);
            std::vector<float> vectors(pixels.size() * sum_floats, 0.5F);
            auto plain = vectors;
            add_pixels(row.data(), begin, end, pixels, bands, vectors.data());
            add_pixels_scalar(row.data(), begin, end, pixels, bands, plain.data());
            for (std::size_t i = 0; i < plain.size(); ++i) {
                if (i % sum_floats < static_cast<std::size_t>(bands)) {
                    EXPECT_EQ(vectors[i], plain[i]);
                }
            }
        }
    }
}

TEST(AreaAverage, KeepsBlackAndWhite) {
    for (const int shade : {0, 255}) {
        const auto image =
            image_by<std::uint8_t>({1000, 700}, 3, PixelType::uint8, [&](auto, auto, int) { return shade; });
        const auto found = averaged(image, {512, 359}, {1000, 160});
        EXPECT_TRUE(std::all_of(found.data(), found.data() + found.size_bytes(),
                                [&](std::byte value) { return value == static_cast<std::byte>(shade); }));
    }
}

}  // namespace
}  // namespace tilewright
