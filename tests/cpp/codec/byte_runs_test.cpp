// SPDX-License-Identifier: Apache-2.0
#include "codec/byte_runs.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <utility>
#include <vector>

namespace tilewright {
namespace {

using Runs = std::vector<std::pair<std::size_t, std::size_t>>;

Runs found(const std::vector<std::uint8_t>& data, std::size_t begin, std::size_t end) {
    std::vector<ByteRun> runs;
    find_byte_runs(data.data(), begin, end, runs);
    Runs out;
    for (const auto& run : runs) out.emplace_back(run.begin, run.length);
    return out;
}

Runs expected(const std::vector<std::uint8_t>& data, std::size_t begin, std::size_t end) {
    Runs out;
    for (auto at = std::max<std::size_t>(begin, 1); at < end;) {
        std::size_t length = 0;
        while (at + length < end && data[at + length] == data[at - 1]) ++length;
        if (length >= least_run) out.emplace_back(at, length);
        at += length + 1;
    }
    return out;
}

TEST(ByteRuns, AreFoundWhereverTheyLie) {
    std::mt19937 random(1);
    for (int round = 0; round < 3000; ++round) {
        std::vector<std::uint8_t> data(random() % 700);
        const auto often = 1 + random() % 60;
        for (std::size_t i = 1; i < data.size(); ++i) {
            data[i] = random() % often == 0 ? static_cast<std::uint8_t>(random()) : data[i - 1];
        }
        const auto begin = random() % (data.size() + 1);
        const auto end = begin + random() % (data.size() - begin + 1);
        ASSERT_EQ(found(data, begin, end), expected(data, begin, end)) << "round " << round;
    }
}

TEST(ByteRuns, OfEachLengthAtEachPlace) {
    for (std::size_t at = 1; at < 140; ++at) {
        for (std::size_t length = 1; length < 150; ++length) {
            std::vector<std::uint8_t> data(300);
            for (std::size_t i = 0; i < data.size(); ++i) data[i] = static_cast<std::uint8_t>(i % 2);
            std::fill_n(data.begin() + static_cast<std::ptrdiff_t>(at), length, data[at - 1]);
            ASSERT_EQ(found(data, 0, data.size()), expected(data, 0, data.size())) << at << ", " << length;
        }
    }
}

TEST(ByteRuns, NothingHoldsNone) {
    EXPECT_EQ(found({}, 0, 0), Runs());
    EXPECT_EQ(found({7}, 0, 1), Runs());
}

}  // namespace
}  // namespace tilewright
