// SPDX-License-Identifier: Apache-2.0
#include "tilewright/codec/inflate.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "codec/random_bytes.h"
#include "tilewright/codec/deflate.h"
#include "tilewright/core/error.h"

namespace tilewright {
namespace {

using Bytes = std::vector<std::byte>;

Bytes inflated(std::span<const std::byte> stream, std::size_t room) {
    Bytes out(room);
    out.resize(Inflater().inflate(stream, out));
    return out;
}

// Gives the stream `piece` bytes at a time, and takes the data `piece` bytes at a time.
Bytes inflated_by_pieces(std::span<const std::byte> stream, std::size_t piece) {
    StreamInflater inflater([&stream, piece] {
        const auto next = stream.first(std::min(piece, stream.size()));
        stream = stream.subspan(next.size());
        return next;
    });
    Bytes out;
    Bytes part(piece);
    for (std::size_t got = piece; got == piece;) {
        got = inflater.read(part);
        out.insert(out.end(), part.begin(), part.begin() + static_cast<std::ptrdiff_t>(got));
    }
    return out;
}

template <class Action>
bool is_found_corrupt(const Action& action) {
    try {
        action();
    } catch (const Error& error) {
        return error.code() == ErrorCode::corrupt;
    }
    return false;
}

TEST(Inflating, GivesBackWhatWasDeflated) {
    std::mt19937 random(1);
    Deflater deflater(Compression::balanced);
    for (const auto texture : all_textures) {
        for (const std::size_t length : {0U, 1U, 1000U, 200000U}) {
            const auto data = random_bytes(random, length, texture);
            const auto stream = deflater.compress_stream(data);
            ASSERT_EQ(inflated(stream, length), data);
            ASSERT_EQ(inflated(stream, length + 7), data) << "a stream may be shorter than the room";
            for (const std::size_t piece : {13U, 4096U, 1000000U}) ASSERT_EQ(inflated_by_pieces(stream, piece), data);
        }
    }
}

TEST(Inflating, WhatIsTooMuchIsCheckedAndDropped) {
    std::mt19937 random(2);
    const auto data = random_bytes(random, 300000, Texture::smooth);
    auto stream = Deflater(Compression::fast).compress_stream(data);
    for (const std::size_t room : {std::size_t{0}, std::size_t{1}, data.size() - 1}) {
        EXPECT_EQ(inflated(stream, room), Bytes(data.begin(), data.begin() + static_cast<std::ptrdiff_t>(room)));
    }
    stream.back() ^= std::byte{1};
    EXPECT_TRUE(is_found_corrupt([&] { inflated(stream, 1000); }));
    StreamInflater inflater([&, given = false]() mutable {
        return std::exchange(given, true) ? std::span<const std::byte>() : std::span<const std::byte>(stream);
    });
    Bytes begin(1000);
    EXPECT_EQ(inflater.read(begin), 1000U);
    EXPECT_TRUE(is_found_corrupt([&] { inflater.finish(); }));
}

TEST(Inflating, BytesBehindTheStreamAreIgnored) {
    std::mt19937 random(3);
    const auto data = random_bytes(random, 5000, Texture::mixed);
    auto stream = Deflater(Compression::fast).compress_stream(data);
    stream.resize(stream.size() + 100, std::byte{0xA5});
    EXPECT_EQ(inflated(stream, data.size()), data);
    EXPECT_EQ(inflated_by_pieces(stream, 77), data);
}

TEST(Inflating, EveryAlteredByteAndEveryMissingEndIsFound) {
    std::mt19937 random(4);
    for (const auto texture : all_textures) {
        const auto data = random_bytes(random, 700, texture);
        const auto stream = Deflater(Compression::small).compress_stream(data);
        for (std::size_t i = 0; i < stream.size(); ++i) {
            auto altered = stream;
            altered[i] ^= static_cast<std::byte>(1U << (random() % 8));
            // Bits that fill up a byte may change: then, and only then, the data are the same.
            const auto found_or_same = [&](const auto& inflate) {
                Bytes got;
                return is_found_corrupt([&] { got = inflate(); }) || got == data;
            };
            ASSERT_TRUE(found_or_same([&] { return inflated(altered, data.size()); })) << i;
            ASSERT_TRUE(found_or_same([&] { return inflated_by_pieces(altered, 64); })) << i;
            const auto begin = std::span(stream).first(i);
            ASSERT_TRUE(is_found_corrupt([&] { inflated(begin, data.size()); })) << i;
            ASSERT_TRUE(is_found_corrupt([&] { inflated_by_pieces(begin, 64); })) << i;
        }
    }
}

}  // namespace
}  // namespace tilewright
