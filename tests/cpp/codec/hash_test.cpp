// SPDX-License-Identifier: Apache-2.0
#include "tilewright/codec/hash.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <string_view>

#include "codec/random_bytes.h"
#include "codec/sha256_lanes.h"
#include "tilewright/core/error.h"

namespace tilewright {
namespace {

std::span<const std::byte> bytes_of(std::string_view text) {
    return std::as_bytes(std::span(text));
}

// As `xxh128sum` and `sha256sum` print them, which must stay so for as long as manifests are read.
TEST(PixelHash, IsTheKnownOne) {
    PixelHash hash;
    EXPECT_EQ(hash.hex(), "99aa06d3014798d86001c324468d497f");
    hash.update(bytes_of("tilewright"));
    EXPECT_EQ(hash.hex(), "f36fc683e25cd4b5f5e0a0c63469c4df");
}

TEST(Sha256, IsTheKnownOne) {
    EXPECT_EQ(Sha256().hex(), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    Sha256 hash;
    hash.update(bytes_of("abc"));
    EXPECT_EQ(hash.hex(), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

TEST(Sha256, RefusesToGoOnAfterItsEnd) {
    Sha256 hash;
    hash.hex();
    EXPECT_THROW(hash.update(bytes_of("abc")), Error);
    EXPECT_THROW(hash.hex(), Error);
}

template <class Hash>
void expect_pieces_do_not_matter() {
    std::mt19937 random(1);
    for (int round = 0; round < 100; ++round) {
        const auto data = random_bytes(random, random() % 5000, Texture::noise);
        Hash whole;
        whole.update(data);
        Hash pieces;
        for (std::span<const std::byte> rest = data; !rest.empty();) {
            const auto piece = rest.first(1 + random() % rest.size());
            pieces.update(piece);
            rest = rest.subspan(piece.size());
        }
        Hash moved = std::move(pieces);
        ASSERT_EQ(moved.hex(), whole.hex()) << data.size();
    }
}

TEST(PixelHash, PiecesDoNotMatter) {
    expect_pieces_do_not_matter<PixelHash>();
}

TEST(Sha256, PiecesDoNotMatter) {
    expect_pieces_do_not_matter<Sha256>();
}

// A reader that hands out `message` as it is asked to.
MessageReader reader_of(const std::vector<std::byte>& message) {
    return [rest = std::span<const std::byte>(message)](std::span<std::byte> into) mutable {
        const auto count = std::min(rest.size(), into.size());
        std::copy_n(rest.begin(), count, into.begin());
        rest = rest.subspan(count);
        return count;
    };
}

void expect_each_as_alone(const std::vector<std::vector<std::byte>>& messages) {
    std::vector<std::string> expected;
    for (const auto& message : messages) {
        Sha256 hash;
        hash.update(message);
        expected.push_back(hash.hex());
    }
    const auto readers = [&] {
        std::vector<MessageReader> out;
        out.reserve(messages.size());
        for (const auto& message : messages) out.push_back(reader_of(message));
        return out;
    };
    EXPECT_EQ(sha256_of(readers()), expected);
    EXPECT_EQ(sha256_in_lanes(readers()), expected);
}

TEST(Sha256Of, GivesEachMessageItsOwnHash) {
    std::mt19937 random(1);
    for (std::size_t count = 0; count < 30; ++count) {
        std::vector<std::vector<std::byte>> messages;
        for (std::size_t i = 0; i < count; ++i) {
            // Some end within the first part, some need several; all lie at every place in company of others.
            const std::size_t most = i % 3 == 0 ? 100'000 : 200;
            messages.push_back(random_bytes(random, random() % most, Texture::noise));
        }
        expect_each_as_alone(messages);
    }
}

// Where the padding begins another block, and where a message ends with the part that was read.
TEST(Sha256Of, PadsEachLength) {
    std::mt19937 random(1);
    std::vector<std::vector<std::byte>> messages;
    for (std::size_t size = 0; size <= 130; ++size) messages.push_back(random_bytes(random, size, Texture::noise));
    constexpr std::size_t part = 16384;
    for (std::size_t size = part - 70; size <= part + 70; ++size) {
        messages.push_back(random_bytes(random, size, Texture::noise));
        messages.push_back(random_bytes(random, 2 * size, Texture::noise));
    }
    expect_each_as_alone(messages);
}

TEST(Sha256Of, EndsWithWhatAReaderThrows) {
    const std::vector<std::byte> good(100'000);
    std::vector<MessageReader> readers(sha256_lanes, reader_of(good));
    readers[3] = [](std::span<std::byte>) -> std::size_t { throw Error(ErrorCode::io, "the disk is gone"); };
    EXPECT_THROW(sha256_of(readers), Error);
}

TEST(PixelHash, MayBeReadOnTheWay) {
    PixelHash read_often;
    PixelHash read_once;
    for (const auto* text : {"one", "two", "three"}) {
        read_often.update(bytes_of(text));
        read_often.hex();
        read_once.update(bytes_of(text));
    }
    EXPECT_EQ(read_often.hex(), read_once.hex());
}

}  // namespace
}  // namespace tilewright
