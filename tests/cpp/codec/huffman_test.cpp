// SPDX-License-Identifier: Apache-2.0
#include "codec/huffman.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <queue>
#include <random>
#include <vector>

namespace tilewright {
namespace {

using Counts = std::vector<std::uint32_t>;
using Lengths = std::vector<std::uint8_t>;

Lengths lengths_of(const Counts& counts, int longest) {
    Lengths lengths(counts.size(), 99);
    huffman_lengths(counts, longest, lengths);
    return lengths;
}

// The share of all codes that these take, in 2^15ths.
std::uint32_t taken(const Lengths& lengths) {
    std::uint32_t sum = 0;
    for (const auto length : lengths) sum += length == 0 ? 0 : 1U << (15U - length);
    return sum;
}

std::uint64_t bits(const Counts& counts, const Lengths& lengths) {
    std::uint64_t sum = 0;
    for (std::size_t i = 0; i < counts.size(); ++i) sum += std::uint64_t{counts[i]} * lengths[i];
    return sum;
}

// What Huffman's own algorithm needs: the sum of all sums that it makes.
std::uint64_t least_bits(const Counts& counts) {
    std::priority_queue<std::uint64_t, std::vector<std::uint64_t>, std::greater<>> sums;
    for (const auto count : counts) {
        if (count != 0) sums.push(count);
    }
    std::uint64_t all = 0;
    while (sums.size() > 1) {
        auto sum = sums.top();
        sums.pop();
        sum += sums.top();
        sums.pop();
        sums.push(sum);
        all += sum;
    }
    return all;
}

Counts random_counts(std::mt19937& random, std::size_t symbols) {
    Counts counts(symbols);
    const auto steepness = random() % 20;
    for (auto& count : counts)
        count = random() % 3 == 0 ? 0 : static_cast<std::uint32_t>(random() >> random() % (1 + steepness) >> 8U);
    counts.front() = counts.back() = 1;  // at least two
    return counts;
}

TEST(Huffman, CodesAreCompleteAndNoneIsLongerThanAllowed) {
    std::mt19937 random(1);
    for (int round = 0; round < 3000; ++round) {
        const auto counts = random_counts(random, 2 + random() % (most_huffman_symbols - 1));
        const int least = counts.size() <= 128 ? 7 : 9;
        const int longest = least + static_cast<int>(random() % static_cast<unsigned>(16 - least));
        const auto lengths = lengths_of(counts, longest);
        ASSERT_EQ(taken(lengths), 1U << 15U) << "round " << round;
        for (std::size_t i = 0; i < counts.size(); ++i) {
            ASSERT_EQ(counts[i] == 0, lengths[i] == 0);
            ASSERT_LE(lengths[i], longest);
        }
    }
}

TEST(Huffman, CodesAreAsShortAsTheyCanBe) {
    std::mt19937 random(2);
    for (int round = 0; round < 1000; ++round) {
        Counts counts(2 + random() % 255);
        for (auto& count : counts)
            count = static_cast<std::uint32_t>(100 + random() % 300);  // too even for codes of more than 15 bits
        ASSERT_EQ(bits(counts, lengths_of(counts, 15)), least_bits(counts)) << "round " << round;
    }
}

TEST(Huffman, TheLimitCostsLittle) {
    Counts counts(256);
    for (std::size_t i = 0; i < counts.size(); ++i) counts[i] = i < 30 ? 1U << i : 1;
    const auto limited = bits(counts, lengths_of(counts, 12));
    EXPECT_GT(limited, least_bits(counts));
    EXPECT_LT(limited, least_bits(counts) * 107 / 100);
}

TEST(Huffman, ALoneSymbolSharesTheCode) {
    EXPECT_EQ(lengths_of({0, 0, 5}, 7), (Lengths{1, 0, 1}));
    EXPECT_EQ(lengths_of({5, 0, 0}, 7), (Lengths{1, 1, 0}));
    EXPECT_EQ(lengths_of({0, 0, 0}, 7), (Lengths{1, 1, 0}));
}

// RFC 1951, section 3.2.2: ABCDEFGH with lengths 3, 3, 3, 3, 3, 2, 4, 4.
TEST(Huffman, CodesAreThoseOfTheSpecification) {
    const Lengths lengths{3, 3, 3, 3, 3, 2, 4, 4};
    std::vector<std::uint16_t> codes(lengths.size());
    huffman_codes(lengths, codes);
    // 010 011 100 101 110 00 1110 1111, first bit least significant.
    EXPECT_EQ(codes, (std::vector<std::uint16_t>{0b010, 0b110, 0b001, 0b101, 0b011, 0b00, 0b0111, 0b1111}));
}

}  // namespace
}  // namespace tilewright
