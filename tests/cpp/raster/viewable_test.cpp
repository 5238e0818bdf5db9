// SPDX-License-Identifier: Apache-2.0
#include "tilewright/raster/viewable.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <complex>
#include <cstring>
#include <limits>
#include <utility>
#include <vector>

namespace tilewright {
namespace {

template <typename T>
Image image_of(const std::vector<T>& samples, int bands, PixelType type) {
    Image image({static_cast<std::int64_t>(samples.size()) / bands, 1}, bands, type);
    std::memcpy(image.data(), samples.data(), samples.size() * sizeof(T));
    return image;
}

std::vector<int> shown(const Image& samples) {
    const auto picture = viewable(samples.view());
    EXPECT_EQ(picture.type(), PixelType::uint8);
    std::vector<int> values;
    for (std::size_t i = 0; i < picture.size_bytes(); ++i) values.push_back(std::to_integer<int>(picture.data()[i]));
    return values;
}

template <typename T>
std::vector<T> ramp(T last) {
    std::vector<T> values(1001);
    for (std::size_t i = 0; i < values.size(); ++i) values[i] = static_cast<T>(last * static_cast<double>(i) / 1000);
    return values;
}

void expect_stretched(const std::vector<int>& values) {
    EXPECT_TRUE(std::is_sorted(values.begin(), values.end()));
    EXPECT_EQ(values[0], 0);
    EXPECT_EQ(values[20], 0);  // the 2nd percentile
    EXPECT_EQ(values[500], 127);
    EXPECT_EQ(values[980], 255);
    EXPECT_EQ(values[1000], 255);
}

TEST(Viewable, EightBitPicturesStayAsTheyAre) {
    EXPECT_EQ(shown(image_of<std::uint8_t>({0, 7, 9, 255}, 1, PixelType::uint8)), (std::vector{0, 7, 9, 255}));
}

TEST(Viewable, BitsBecomeBlackAndWhite) {
    EXPECT_EQ(shown(image_of<std::uint8_t>({0, 1, 1, 0}, 1, PixelType::uint8)), (std::vector{0, 255, 255, 0}));
}

TEST(Viewable, OtherTypesAreStretchedNeverWrapped) {
    expect_stretched(shown(image_of(ramp<std::uint16_t>(60000), 1, PixelType::uint16)));
    expect_stretched(shown(image_of(ramp<std::int32_t>(2000000000), 1, PixelType::int32)));
    expect_stretched(shown(image_of(ramp<double>(1e300), 1, PixelType::float64)));
}

TEST(Viewable, ComplexSamplesShowByMagnitude) {
    std::vector<std::complex<float>> samples;
    for (const float value : ramp<float>(500)) samples.emplace_back(0.F, -value);
    expect_stretched(shown(image_of(samples, 1, PixelType::complex_float32)));
}

TEST(Viewable, WhatIsNotFiniteIsBlackAndStretchesNothing) {
    auto samples = ramp<float>(1);
    samples.push_back(std::numeric_limits<float>::infinity());
    samples.push_back(std::numeric_limits<float>::quiet_NaN());
    auto values = shown(image_of(samples, 1, PixelType::float32));
    EXPECT_EQ(values[1001], 0);
    EXPECT_EQ(values[1002], 0);
    values.resize(1001);
    expect_stretched(values);
}

TEST(Viewable, FlatAndEmptyImagesDoNotDivideByZero) {
    EXPECT_EQ(shown(image_of<std::uint16_t>({9, 9, 9}, 1, PixelType::uint16)), (std::vector{0, 0, 0}));
    const auto nan = std::numeric_limits<double>::quiet_NaN();
    EXPECT_EQ(shown(image_of<double>({nan, nan}, 1, PixelType::float64)), (std::vector{0, 0}));
}

TEST(Viewable, ShowsTheFirstThreeBandsOrTheFirst) {
    EXPECT_EQ(shown(image_of<std::uint8_t>({1, 2, 3, 4, 5, 6, 7, 8}, 4, PixelType::uint8)),
              (std::vector{1, 2, 3, 5, 6, 7}));
    EXPECT_EQ(shown(image_of<std::uint8_t>({1, 2, 3, 4}, 2, PixelType::uint8)), (std::vector{1, 3}));
}

}  // namespace
}  // namespace tilewright
