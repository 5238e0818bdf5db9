// SPDX-License-Identifier: Apache-2.0
#include "composite/select.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <limits>
#include <random>
#include <utility>
#include <vector>

namespace tilewright {
namespace {

constexpr std::array<std::size_t, 10> dataset_counts{1, 2, 3, 4, 5, 40, 216, 255, 256, 1000};

// Keys in [low, low + 2^bits), many of them equal, some dropped; lanes of which none counts among them.
template <class Key>
std::vector<Key> random_keys(std::size_t datasets, Key low, unsigned bits, std::mt19937& random) {
    std::vector<Key> keys(datasets * lanes, dropped_key<Key>);
    for (std::size_t i = 0; i < lanes; ++i) {
        const auto share_dropped = i % 8 == 7 ? 100 : random() % 90;
        const auto narrow = random() % 2 == 0 ? 3U : bits;
        for (std::size_t n = 0; n < datasets; ++n) {
            if (random() % 100 < share_dropped) continue;
            const auto offset = random() & ((std::uint64_t{1} << std::min(narrow, bits)) - 1);
            keys[n * lanes + i] = static_cast<Key>(low + static_cast<std::int64_t>(offset));
        }
    }
    return keys;
}

template <class Key>
void expect_same_as_plain(Key low, unsigned bits) {
    std::mt19937 random(bits);
    for (const auto datasets : dataset_counts) {
        const auto rows = random_keys<Key>(datasets, low, bits, random);
        const Keys<Key> keys{rows.data(), datasets, low, bits};
        std::array<std::uint16_t, lanes> counts{};
        for (std::size_t i = 0; i < rows.size(); ++i) {
            if (rows[i] != dropped_key<Key>) ++counts[i % lanes];
        }
        std::array<std::uint16_t, lanes> places{};
        for (std::size_t i = 0; i < lanes; ++i) {
            places[i] = counts[i] == 0 ? std::uint16_t{0} : static_cast<std::uint16_t>(random() % counts[i]);
        }
        std::array<Key, lanes> found{};
        std::array<Key, lanes> plain_found{};
        std::array<std::uint16_t, lanes> less{};
        std::array<std::uint16_t, lanes> plain_less{};
        select_keys(keys, places.data(), found.data(), less.data());
        select_keys_scalar(keys, places.data(), plain_found.data(), plain_less.data());
        std::array<std::uint16_t, lanes> n{};
        for (std::size_t i = 0; i < lanes; ++i) {
            if (counts[i] == 0) continue;
            ASSERT_EQ(found[i], plain_found[i]) << datasets << " datasets, lane " << i;
            ASSERT_EQ(less[i], plain_less[i]) << datasets << " datasets, lane " << i;
            n[i] = static_cast<std::uint16_t>(places[i] - less[i]);
        }
        std::array<std::uint16_t, lanes> chosen{};
        std::array<std::uint16_t, lanes> plain_chosen{};
        find_datasets(keys, found.data(), n.data(), chosen.data());
        find_datasets_scalar(keys, found.data(), n.data(), plain_chosen.data());
        for (std::size_t i = 0; i < lanes; ++i) {
            if (counts[i] == 0) continue;
            ASSERT_EQ(chosen[i], plain_chosen[i]) << datasets << " datasets, lane " << i;
            // The n-th of equal keys in the order of the datasets: what a stable sort puts there.
            std::vector<std::pair<Key, std::size_t>> sorted;
            for (std::size_t dataset = 0; dataset < datasets; ++dataset) {
                sorted.emplace_back(rows[dataset * lanes + i], dataset);
            }
            std::sort(sorted.begin(), sorted.end());
            ASSERT_EQ(chosen[i], sorted[places[i]].second);
        }
    }
}

TEST(SelectKeys, OfSumsOfBytes) {
    expect_same_as_plain<std::int16_t>(0, 10);
}
TEST(SelectKeys, OfAllWords) {
    expect_same_as_plain<std::int16_t>(std::numeric_limits<std::int16_t>::min(), 16);
}
TEST(SelectKeys, OfSumsOfWords) {
    expect_same_as_plain<std::int32_t>(-3 * 32768, 18);
}
TEST(SelectKeys, OfFloats) {
    expect_same_as_plain<std::int32_t>(std::numeric_limits<std::int32_t>::min(), 32);
}

TEST(SumRgb, IsTheSameInPlainCode) {
    std::mt19937 random(7);
    const std::vector<DropBytes> drops{{0, 255}, {0, -1}, {-1, 255}, {-1, -1}, {7, 7}, {0, 255}, {255, 0}};
    for (const std::size_t groups : {1U, 2U, 5U, 16U}) {
        std::vector<std::vector<std::uint8_t>> pixels(drops.size(), std::vector<std::uint8_t>(3 * lanes * groups));
        std::vector<std::vector<std::uint8_t>> masks(drops.size(), std::vector<std::uint8_t>(lanes * groups));
        std::vector<const std::uint8_t*> datasets;
        std::vector<const std::uint8_t*> shown;
        for (std::size_t n = 0; n < drops.size(); ++n) {
            for (auto& sample : pixels[n]) {
                const auto kind = random() % 8;
                sample = static_cast<std::uint8_t>(kind == 0 ? 0 : kind == 1 ? 255 : kind == 2 ? 7 : random());
            }
            for (auto& value : masks[n]) value = random() % 4 == 0 ? 0 : 255;
            datasets.push_back(pixels[n].data());
            shown.push_back(n % 2 == 0 ? masks[n].data() : nullptr);
        }
        RgbSamples samples;
        samples.datasets = datasets.data();
        samples.dropped = drops.data();
        samples.count = drops.size();
        samples.groups = groups;
        for (const auto* const* of_masks : {shown.data(), static_cast<const std::uint8_t**>(nullptr)}) {
            samples.masks = of_masks;
            std::vector<std::int16_t> keys(drops.size() * lanes * groups);
            auto plain_keys = keys;
            std::vector<std::uint16_t> counts(lanes * groups, 3);
            auto plain_counts = counts;
            sum_rgb(samples, keys.data(), counts.data());
            sum_rgb_scalar(samples, plain_keys.data(), plain_counts.data());
            ASSERT_EQ(keys, plain_keys);
            ASSERT_EQ(counts, plain_counts);
        }
    }
}

}  // namespace
}  // namespace tilewright
