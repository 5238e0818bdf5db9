// SPDX-License-Identifier: Apache-2.0
#include "composite/strip.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <numeric>
#include <random>
#include <vector>

namespace tilewright {
namespace {

// Samples of all datasets, and what the rules' definitions make of them, one pixel at a time.
template <class T>
struct Stack {
    Stack(std::size_t dataset_count, int band_count, std::size_t pixel_count, std::mt19937& random)
        : bands(static_cast<std::size_t>(band_count)), pixels(pixel_count) {
        for (std::size_t n = 0; n < dataset_count; ++n) {
            auto& samples = datasets.emplace_back(pixels * bands);
            for (auto& sample : samples) {
                const auto kind = random() % 16;
                if (kind == 0) {
                    sample = T{0};
                } else if (kind == 1) {
                    sample = T{127};
                } else if (kind < 8) {
                    sample = static_cast<T>(1 + random() % 3);  // so that many are equal
                } else if constexpr (std::is_floating_point_v<T>) {
                    sample = kind == 8 ? std::numeric_limits<T>::quiet_NaN()
                                       : static_cast<T>(static_cast<int>(random() % 2000) - 1000) / 7;
                } else {
                    sample = static_cast<T>(random());
                }
            }
            auto& mask = masks.emplace_back(pixels);
            for (auto& shown : mask) shown = random() % 6 == 0 ? 0 : 255;
        }
    }
    T at(std::size_t n, std::size_t pixel, std::size_t band) const { return datasets[n][pixel * bands + band]; }
    bool counts(std::size_t n, std::size_t pixel, const DroppedValues& dropped) const {
        if (masks[n][pixel] == 0) return false;
        for (std::size_t band = 0; band < bands; ++band) {
            const auto sample = static_cast<double>(at(n, pixel, band));
            if (std::isnan(sample) || sample == dropped.nodata || sample == dropped.saturation) return false;
        }
        return true;
    }
    std::vector<std::size_t> counting(std::size_t pixel, const DroppedValues& dropped) const {
        std::vector<std::size_t> numbers;
        for (std::size_t n = 0; n < datasets.size(); ++n) {
            if (counts(n, pixel, dropped)) numbers.push_back(n);
        }
        return numbers;
    }

    std::size_t bands;
    std::size_t pixels;
    std::vector<std::vector<T>> datasets;
    std::vector<std::vector<std::uint8_t>> masks;
};

template <class R>
struct Result {
    std::vector<R> samples;
    std::vector<std::uint16_t> counts;
    std::vector<std::uint16_t> chosen;
};

constexpr int untouched = 99;

template <class R, class T>
Result<R> compose(const Stack<T>& stack, const CompositeOptions& options, PixelType type,
                  const DroppedValues& dropped) {
    const auto bands = static_cast<std::size_t>(composite_bands(options.rule, static_cast<int>(stack.bands)));
    Result<R> result;
    result.samples.assign(stack.pixels * bands, R{untouched});
    result.counts.resize(stack.pixels);
    result.chosen.resize(stack.pixels);
    std::vector<const std::byte*> datasets;
    std::vector<const std::uint8_t*> masks;
    for (const auto& samples : stack.datasets) datasets.push_back(reinterpret_cast<const std::byte*>(samples.data()));
    for (const auto& mask : stack.masks) masks.push_back(mask.data());
    StripComposer composer(options, type, static_cast<int>(stack.bands),
                           std::vector<DroppedValues>(stack.datasets.size(), dropped));
    Strip strip;
    strip.datasets = datasets;
    strip.masks = masks;
    strip.pixels = stack.pixels;
    strip.result = reinterpret_cast<std::byte*>(result.samples.data());
    strip.counts = result.counts.data();
    strip.chosen = result.chosen.data();
    composer.compose(strip);
    return result;
}

template <class T>
PixelType type_of() {
    if constexpr (std::is_same_v<T, std::uint8_t>) return PixelType::uint8;
    if constexpr (std::is_same_v<T, std::uint16_t>) return PixelType::uint16;
    if constexpr (std::is_same_v<T, std::int16_t>) return PixelType::int16;
    return PixelType::float32;
}

template <class T>
class StripOf : public testing::Test {};
using Types = testing::Types<std::uint8_t, std::uint16_t, std::int16_t, float>;
TYPED_TEST_SUITE(StripOf, Types);

constexpr std::size_t stacks[][3] = {{1, 3, 70},   {2, 3, 64},   {5, 1, 33},  {16, 4, 200},
                                     {255, 3, 40}, {256, 2, 65}, {7, 64, 70}, {3, 3, 1}};

TYPED_TEST(StripOf, TheMiddleOfLuminanceIsAWholeSample) {
    std::mt19937 random(1);
    for (const auto& [datasets, bands_of_each, pixels] : stacks) {
        const auto bands = bands_of_each;  // Clang lets no lambda have a structured binding.
        const Stack<TypeParam> stack(datasets, static_cast<int>(bands), pixels, random);
        for (const DroppedValues& dropped : {DroppedValues{0, 127}, DroppedValues{}, DroppedValues{0, {}}}) {
            const auto result = compose<TypeParam>(stack, {}, type_of<TypeParam>(), dropped);
            for (std::size_t pixel = 0; pixel < pixels; ++pixel) {
                auto numbers = stack.counting(pixel, dropped);
                ASSERT_EQ(result.counts[pixel], numbers.size());
                if (numbers.empty()) {
                    EXPECT_EQ(result.chosen[pixel], no_dataset);
                    EXPECT_EQ(result.samples[pixel * bands], TypeParam{untouched});
                    continue;
                }
                const auto luminance = [&](std::size_t n) {
                    double sum = 0;
                    for (std::size_t band = 0; band < bands; ++band) {
                        sum += static_cast<double>(stack.at(n, pixel, band));
                    }
                    return static_cast<float>(sum);
                };
                std::stable_sort(numbers.begin(), numbers.end(),
                                 [&](std::size_t a, std::size_t b) { return luminance(a) < luminance(b); });
                const auto middle = numbers[numbers.size() / 2];
                ASSERT_EQ(result.chosen[pixel], middle);
                for (std::size_t band = 0; band < bands; ++band) {
                    ASSERT_EQ(result.samples[pixel * bands + band], stack.at(middle, pixel, band));
                }
            }
        }
    }
}

TYPED_TEST(StripOf, AQuantileIsAValueOfEachBand) {
    std::mt19937 random(2);
    CompositeOptions options;
    options.rule = CompositeRule::quantile;
    const DroppedValues dropped{0, 127};
    for (const auto& [datasets, bands, pixels] : stacks) {
        const Stack<TypeParam> stack(datasets, static_cast<int>(bands), pixels, random);
        for (const double quantile : {0.0, 0.25, 0.5, 0.9, 1.0}) {
            options.quantile = quantile;
            const auto result = compose<TypeParam>(stack, options, type_of<TypeParam>(), dropped);
            for (std::size_t pixel = 0; pixel < pixels; ++pixel) {
                const auto numbers = stack.counting(pixel, dropped);
                ASSERT_EQ(result.counts[pixel], numbers.size());
                for (std::size_t band = 0; band < bands && !numbers.empty(); ++band) {
                    std::vector<TypeParam> values;
                    values.reserve(numbers.size());
                    for (const auto n : numbers) values.push_back(stack.at(n, pixel, band));
                    std::sort(values.begin(), values.end());
                    const auto place = static_cast<std::size_t>(quantile * static_cast<double>(values.size()));
                    ASSERT_EQ(result.samples[pixel * bands + band], values[std::min(place, values.size() - 1)]);
                }
            }
        }
    }
}

TYPED_TEST(StripOf, MeansCountsMedoidsAndGeomediansAreOfWhatCounts) {
    std::mt19937 random(3);
    const DroppedValues dropped{0, 127};
    const Stack<TypeParam> stack(9, 3, 100, random);
    CompositeOptions options;
    options.rule = CompositeRule::mean;
    const auto means = compose<float>(stack, options, type_of<TypeParam>(), dropped);
    options.rule = CompositeRule::count;
    const auto counts = compose<std::uint16_t>(stack, options, type_of<TypeParam>(), dropped);
    options.rule = CompositeRule::medoid;
    const auto medoids = compose<TypeParam>(stack, options, type_of<TypeParam>(), dropped);
    options.rule = CompositeRule::geomedian;
    const auto geomedians = compose<float>(stack, options, type_of<TypeParam>(), dropped);
    for (std::size_t pixel = 0; pixel < stack.pixels; ++pixel) {
        const auto numbers = stack.counting(pixel, dropped);
        EXPECT_EQ(counts.samples[pixel], numbers.size());
        if (numbers.empty()) continue;
        const auto cost = [&](const auto* point) {
            double sum = 0;
            for (const auto n : numbers) {
                double square = 0;
                for (std::size_t band = 0; band < 3; ++band) {
                    const auto difference =
                        static_cast<double>(stack.at(n, pixel, band)) - static_cast<double>(point[band]);
                    square += difference * difference;
                }
                sum += std::sqrt(square);
            }
            return sum;
        };
        const auto chosen = medoids.chosen[pixel];
        EXPECT_TRUE(std::find(numbers.begin(), numbers.end(), chosen) != numbers.end());
        for (std::size_t band = 0; band < 3; ++band) {
            double sum = 0;
            for (const auto n : numbers) sum += static_cast<double>(stack.at(n, pixel, band));
            EXPECT_FLOAT_EQ(means.samples[pixel * 3 + band],
                            static_cast<float>(sum / static_cast<double>(numbers.size())));
            EXPECT_EQ(medoids.samples[pixel * 3 + band], stack.at(chosen, pixel, band));
        }
        const auto of_geomedian = cost(geomedians.samples.data() + pixel * 3);
        EXPECT_LE(of_geomedian, cost(medoids.samples.data() + pixel * 3) * (1 + 1e-4) + 1e-2);
        EXPECT_LE(of_geomedian, cost(means.samples.data() + pixel * 3) * (1 + 1e-4) + 1e-2);
    }
}

// The triplets that the original's documentation works with.
TEST(Strip, TakesTheUpperMedianOfAnEvenNumber) {
    Stack<std::uint8_t> stack = [] {
        std::mt19937 random(1);
        return Stack<std::uint8_t>(4, 3, 1, random);
    }();
    stack.datasets = {{10, 20, 30}, {30, 20, 10}, {1, 1, 1}, {100, 100, 100}};
    for (auto& mask : stack.masks) mask = {255};
    const auto result = compose<std::uint8_t>(stack, {}, PixelType::uint8, {0, 255});
    EXPECT_EQ(result.samples, (std::vector<std::uint8_t>{30, 20, 10}));
    EXPECT_EQ(result.chosen.front(), 1);
    EXPECT_EQ(result.counts.front(), 4);
}

}  // namespace
}  // namespace tilewright
