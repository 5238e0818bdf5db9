// SPDX-License-Identifier: Apache-2.0
#include "tilewright/codec/hash.h"

#include <gtest/gtest.h>

#include <random>
#include <string_view>

#include "codec/random_bytes.h"
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
