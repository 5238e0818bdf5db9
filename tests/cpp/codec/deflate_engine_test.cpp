// SPDX-License-Identifier: Apache-2.0
#include "codec/deflate_engine.h"

#include <gtest/gtest.h>
#include <libdeflate.h>

#include <memory>
#include <random>
#include <string_view>

#include "codec/random_bytes.h"

namespace tilewright {
namespace {

using Bytes = std::vector<std::byte>;

Bytes compressed(DeflateEngine& engine, const Bytes& data) {
    Bytes out;
    engine.compress(data, true, out);
    return out;
}

bool inflates_to(const Bytes& deflated, const Bytes& data) {
    const std::unique_ptr<libdeflate_decompressor, void (*)(libdeflate_decompressor*)> decompressor(
        libdeflate_alloc_decompressor(), libdeflate_free_decompressor);
    Bytes out(data.size() + 1);
    std::size_t written = 0;
    const auto result = libdeflate_deflate_decompress(decompressor.get(), deflated.data(), deflated.size(), out.data(),
                                                      out.size(), &written);
    out.resize(written);
    return result == LIBDEFLATE_SUCCESS && out == data;
}

TEST(RunsEngine, WritesWhatDecodersRead) {
    std::mt19937 random(1);
    const auto engine = make_runs_engine();
    for (const auto texture : all_textures) {
        for (const std::size_t length : {0U, 1U, 2U, 17U, 1000U, 131069U, 131070U, 131071U, 400000U}) {
            const auto data = random_bytes(random, length, texture);
            EXPECT_TRUE(inflates_to(compressed(*engine, data), data))
                << length << " bytes, texture " << static_cast<int>(texture);
        }
    }
}

TEST(RunsEngine, KnowsTheSizeOfWhatItWouldWrite) {
    std::mt19937 random(4);
    const auto engine = make_runs_engine();
    for (const auto texture : all_textures) {
        for (const std::size_t length : {0U, 1U, 17U, 1000U, 65535U, 65536U, 131071U, 1048560U, 2500000U}) {
            const auto data = random_bytes(random, length, texture);
            EXPECT_EQ(engine->compressed_bytes(data), compressed(*engine, data).size())
                << length << " bytes, texture " << static_cast<int>(texture);
        }
    }
}

// Matches are 3 to 258 bytes long; what a run leaves over must be one too.
TEST(RunsEngine, RunsOfEveryLength) {
    const auto engine = make_runs_engine();
    for (std::size_t length = 1; length < 1100; ++length) {
        Bytes data{std::byte{1}, std::byte{2}, std::byte{3}};
        data.insert(data.end(), length, std::byte{3});
        data.push_back(std::byte{4});
        ASSERT_TRUE(inflates_to(compressed(*engine, data), data)) << length;
    }
}

// Rare bytes get the longest codes there are, here some next to each other.
TEST(RunsEngine, EightLongCodesInARow) {
    std::mt19937 random(2);
    Bytes data(100000);
    for (auto& byte : data) byte = static_cast<std::byte>(random() % 2);
    for (std::size_t i = 0; i < 256; ++i) data[50000 + i] = static_cast<std::byte>(i);
    const auto engine = make_runs_engine();
    EXPECT_TRUE(inflates_to(compressed(*engine, data), data));
}

// What a filter leaves of a photograph.
Bytes residuals(std::mt19937& random) {
    std::normal_distribution<double> residual(0, 4);
    Bytes data(1000000);
    for (auto& byte : data) byte = static_cast<std::byte>(static_cast<int>(residual(random)));
    return data;
}

TEST(RunsEngine, IsAsSmallAsALibraryOnResiduals) {
    std::mt19937 random(3);
    const auto data = residuals(random);
    const auto runs = compressed(*make_runs_engine(), data).size();
    EXPECT_LT(runs, compressed(*make_libdeflate_engine(1), data).size() * 101 / 100);
}

TEST(ChoosingEngine, LooksForMatchesWhereThereAreSome) {
    std::mt19937 random(4);
    Bytes data;
    while (data.size() < 1000000) {
        const std::string_view words[] = {"tile ", "slice ", "proof ", "nothing ", "lost "};
        for (const char c : words[random() % 5]) data.push_back(static_cast<std::byte>(c));
    }
    const auto fast = make_choosing_engine(make_igzip_engine(), 11);
    const auto deflated = compressed(*fast, data);
    EXPECT_TRUE(inflates_to(deflated, data));
    EXPECT_LT(deflated.size(), compressed(*make_runs_engine(), data).size() / 2);
}

TEST(ChoosingEngine, IsTheRunsEngineOnResiduals) {
    std::mt19937 random(5);
    const auto data = residuals(random);
    EXPECT_TRUE(compressed(*make_choosing_engine(make_igzip_engine(), 11), data) ==
                compressed(*make_runs_engine(), data));
}

}  // namespace
}  // namespace tilewright
