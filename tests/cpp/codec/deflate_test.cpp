// SPDX-License-Identifier: Apache-2.0
#include "tilewright/codec/deflate.h"

#include <gtest/gtest.h>
#include <isa-l/igzip_lib.h>
#include <libdeflate.h>
#include <zlib.h>

#include <algorithm>
#include <cstring>
#include <memory>
#include <string>

#include "codec/random_bytes.h"

namespace tilewright {
namespace {

using Bytes = std::vector<std::byte>;

std::string_view text(const Bytes& bytes) {
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

// Three decoders of other people; each also checks the Adler-32 and that nothing follows it.
Bytes inflate_with_zlib(const Bytes& stream, std::size_t size_bytes) {
    Bytes out(size_bytes + 1);
    uLongf written = out.size();
    uLong read = stream.size();
    if (uncompress2(reinterpret_cast<Bytef*>(out.data()), &written, reinterpret_cast<const Bytef*>(stream.data()),
                    &read) != Z_OK ||
        read != stream.size()) {
        return {std::byte{'z'}};
    }
    out.resize(written);
    return out;
}

Bytes inflate_with_libdeflate(const Bytes& stream, std::size_t size_bytes) {
    const std::unique_ptr<libdeflate_decompressor, void (*)(libdeflate_decompressor*)> decompressor(
        libdeflate_alloc_decompressor(), libdeflate_free_decompressor);
    Bytes out(size_bytes + 1);
    std::size_t read = 0;
    std::size_t written = 0;
    if (libdeflate_zlib_decompress_ex(decompressor.get(), stream.data(), stream.size(), out.data(), out.size(), &read,
                                      &written) != LIBDEFLATE_SUCCESS ||
        read != stream.size()) {
        return {std::byte{'l'}};
    }
    out.resize(written);
    return out;
}

Bytes inflate_with_isal(const Bytes& stream, std::size_t size_bytes) {
    const auto state = std::make_unique<inflate_state>();
    isal_inflate_init(state.get());
    state->crc_flag = ISAL_ZLIB;
    Bytes in = stream;
    Bytes out(size_bytes + 1);
    state->next_in = reinterpret_cast<std::uint8_t*>(in.data());
    state->avail_in = static_cast<std::uint32_t>(in.size());
    state->next_out = reinterpret_cast<std::uint8_t*>(out.data());
    state->avail_out = static_cast<std::uint32_t>(out.size());
    if (isal_inflate(state.get()) != ISAL_DECOMP_OK || state->block_state != ISAL_BLOCK_FINISH ||
        state->avail_in != 0) {
        return {std::byte{'i'}};
    }
    out.resize(state->total_out);
    return out;
}

void expect_inflates_to(const Bytes& stream, const Bytes& data) {
    ASSERT_TRUE(inflate_with_zlib(stream, data.size()) == data) << "zlib";
    ASSERT_TRUE(inflate_with_libdeflate(stream, data.size()) == data) << "libdeflate";
    ASSERT_TRUE(inflate_with_isal(stream, data.size()) == data) << "ISA-L";
}

// The stream of `data` parted before each of `cuts` (ascending), with a checksum combined from the parts'.
Bytes compress_parted(Deflater& deflater, const Bytes& data, const std::vector<std::size_t>& cuts) {
    Bytes stream = zlib_header();
    std::uint32_t checksum = tilewright::adler32({});
    std::size_t begin = 0;
    for (std::size_t i = 0; i <= cuts.size(); ++i) {
        const bool last = i == cuts.size();
        const auto end = last ? data.size() : cuts[i];
        const auto part = std::span(data).subspan(begin, end - begin);
        deflater.compress(part, last, stream);
        checksum = tilewright::adler32_combine(checksum, tilewright::adler32(part), part.size());
        begin = end;
    }
    const auto trailer = zlib_trailer(checksum);
    stream.insert(stream.end(), trailer.begin(), trailer.end());
    return stream;
}

std::vector<std::size_t> random_cuts(std::mt19937& random, std::size_t size_bytes, std::size_t count) {
    std::vector<std::size_t> cuts(count);
    for (auto& cut : cuts) cut = random() % (size_bytes + 1);
    std::sort(cuts.begin(), cuts.end());
    return cuts;
}

class DeflateOf : public testing::TestWithParam<Compression> {};

INSTANTIATE_TEST_SUITE_P(Every, DeflateOf,
                         testing::Values(Compression::fast, Compression::balanced, Compression::small),
                         [](const auto& test) { return std::string(name(test.param)); });

TEST_P(DeflateOf, PartsMakeAStreamThatEveryDecoderReads) {
    std::mt19937 random(1);
    Deflater deflater(GetParam());
    for (int round = 0; round < 60; ++round) {
        for (const auto texture : all_textures) {
            const auto data = random_bytes(random, random() % (round % 10 == 0 ? 600000 : 30000), texture);
            const auto cuts = random_cuts(random, data.size(), random() % 6);
            const auto stream = compress_parted(deflater, data, cuts);
            ASSERT_NO_FATAL_FAILURE(expect_inflates_to(stream, data))
                << data.size() << " bytes, texture " << static_cast<int>(texture) << ", " << cuts.size() << " cuts";
        }
    }
}

// A part's last block ends on each of the eight bits of a byte; the filling must fit each.
TEST_P(DeflateOf, EveryShortLengthCanBeFollowed) {
    std::mt19937 random(2);
    Deflater deflater(GetParam());
    for (const auto texture : all_textures) {
        for (std::size_t length = 0; length <= 300; ++length) {
            const auto data = random_bytes(random, 2 * length + 7, texture);
            ASSERT_NO_FATAL_FAILURE(expect_inflates_to(compress_parted(deflater, data, {length, 2 * length}), data))
                << "parts of " << length << " bytes, texture " << static_cast<int>(texture);
        }
    }
}

// Blocks hold up to a few hundred thousand bytes, and stored ones 65,535.
TEST_P(DeflateOf, PartsOfManyBlocksCanBeFollowed) {
    std::mt19937 random(3);
    Deflater deflater(GetParam());
    for (const auto texture : all_textures) {
        const auto data = random_bytes(random, std::size_t{3} << 20, texture);
        const auto stream = compress_parted(deflater, data, {(std::size_t{1} << 20) + 1, std::size_t{5} << 19});
        ASSERT_NO_FATAL_FAILURE(expect_inflates_to(stream, data)) << "texture " << static_cast<int>(texture);
    }
}

TEST_P(DeflateOf, BytesDependOnTheDataAndTheCutsAlone) {
    std::mt19937 random(4);
    Deflater used(GetParam());
    for (int round = 0; round < 20; ++round) {
        const auto data = random_bytes(random, 100000 + random() % 100000, all_textures[round % 5]);
        const auto cuts = random_cuts(random, data.size(), 3);
        Deflater fresh(GetParam());
        const auto stream = compress_parted(used, data, cuts);
        ASSERT_TRUE(stream == compress_parted(fresh, data, cuts));
        // Nor on what else stands in memory: the same bytes elsewhere, and more of them behind.
        Bytes moved(1, std::byte{7});
        moved.insert(moved.end(), data.begin(), data.end());
        moved.resize(moved.size() + 100, std::byte{9});
        Bytes again = zlib_header();
        std::size_t begin = 0;
        for (const auto cut : cuts) {
            used.compress(std::span(moved).subspan(1 + begin, cut - begin), false, again);
            begin = cut;
        }
        used.compress(std::span(moved).subspan(1 + begin, data.size() - begin), true, again);
        ASSERT_TRUE(text(stream).substr(0, again.size()) == text(again));
    }
}

TEST_P(DeflateOf, PartsCanBeMadeInAnyOrder) {
    std::mt19937 random(5);
    const auto data = random_bytes(random, 300000, Texture::mixed);
    Deflater one(GetParam());
    Deflater other(GetParam());
    Bytes second;
    other.compress(std::span(data).subspan(200000), true, second);
    Bytes first;
    other.compress(std::span(data).first(200000), false, first);
    Bytes stream = zlib_header();
    stream.insert(stream.end(), first.begin(), first.end());
    stream.insert(stream.end(), second.begin(), second.end());
    const auto trailer = zlib_trailer(tilewright::adler32(data));
    stream.insert(stream.end(), trailer.begin(), trailer.end());
    EXPECT_TRUE(stream == compress_parted(one, data, {200000}));
}

TEST_P(DeflateOf, AWholeStreamFromOnePart) {
    std::mt19937 random(6);
    Deflater deflater(GetParam());
    for (const std::size_t length : {0U, 1U, 2U, 1000U, 70000U}) {
        const auto data = random_bytes(random, length, Texture::smooth);
        const auto stream = deflater.compress_stream(data);
        ASSERT_NO_FATAL_FAILURE(expect_inflates_to(stream, data)) << length;
        ASSERT_TRUE(stream == compress_parted(deflater, data, {}));
    }
}

TEST_P(DeflateOf, AnEmptyPartAddsNothingBeforeTheEnd) {
    Deflater deflater(GetParam());
    Bytes out(3, std::byte{1});
    deflater.compress({}, false, out);
    EXPECT_EQ(out.size(), 3U);
}

TEST_P(DeflateOf, NoiseGrowsByLittle) {
    std::mt19937 random(7);
    Deflater deflater(GetParam());
    const auto data = random_bytes(random, part_bytes(GetParam()), Texture::noise);
    EXPECT_LE(compress_parted(deflater, data, {data.size() / 2}).size(), data.size() + data.size() / 1000);
}

TEST_P(DeflateOf, MovedDeflatersGoOn) {
    Deflater deflater(GetParam());
    Deflater moved = std::move(deflater);
    const Bytes data(1000, std::byte{5});
    EXPECT_NO_FATAL_FAILURE(expect_inflates_to(moved.compress_stream(data), data));
}

TEST(Checksums, AreTheKnownOnes) {
    constexpr std::string_view digits = "123456789";
    const auto bytes = std::as_bytes(std::span(digits));
    EXPECT_EQ(tilewright::adler32(bytes), 0x091e01deU);
    EXPECT_EQ(tilewright::crc32(0, bytes), 0xcbf43926U);
    EXPECT_EQ(tilewright::adler32({}), 1U);
    EXPECT_EQ(tilewright::crc32(0, {}), 0U);
}

TEST(Checksums, OfPartsMakeThatOfTheWhole) {
    std::mt19937 random(8);
    for (int round = 0; round < 200; ++round) {
        const auto data = random_bytes(random, random() % 100000, Texture::noise);
        const auto first = std::span(data).first(random() % (data.size() + 1));
        const auto second = std::span(data).subspan(first.size());
        EXPECT_EQ(tilewright::crc32(tilewright::crc32(0, first), second), tilewright::crc32(0, data));
        EXPECT_EQ(tilewright::adler32_combine(tilewright::adler32(first), tilewright::adler32(second), second.size()),
                  tilewright::adler32(data));
    }
}

}  // namespace
}  // namespace tilewright
