// SPDX-License-Identifier: Apache-2.0
#include "tilewright/codec/lzw.h"

#include <gtest/gtest.h>
#include <tiffio.h>

#include <cstring>
#include <random>
#include <string>
#include <vector>

#include "scratch_folder.h"
#include "tilewright/core/error.h"

namespace tilewright {
namespace {

using Bytes = std::vector<std::byte>;

// What libtiff makes of the bytes: one strip of one row.
Bytes encoded_by_libtiff(const Bytes& data) {
    const ScratchFolder folder;
    const auto path = folder / "lzw.tif";
    TIFF* tiff = TIFFOpen(path.c_str(), "w");
    TIFFSetField(tiff, TIFFTAG_IMAGEWIDTH, static_cast<std::uint32_t>(data.size()));
    TIFFSetField(tiff, TIFFTAG_IMAGELENGTH, 1);
    TIFFSetField(tiff, TIFFTAG_BITSPERSAMPLE, 8);
    TIFFSetField(tiff, TIFFTAG_SAMPLESPERPIXEL, 1);
    TIFFSetField(tiff, TIFFTAG_PHOTOMETRIC, PHOTOMETRIC_MINISBLACK);
    TIFFSetField(tiff, TIFFTAG_COMPRESSION, COMPRESSION_LZW);
    auto copy = data;
    TIFFWriteEncodedStrip(tiff, 0, copy.data(), static_cast<tmsize_t>(copy.size()));
    TIFFClose(tiff);
    tiff = TIFFOpen(path.c_str(), "r");
    Bytes encoded(static_cast<std::size_t>(TIFFRawStripSize(tiff, 0)));
    TIFFReadRawStrip(tiff, 0, encoded.data(), static_cast<tmsize_t>(encoded.size()));
    TIFFClose(tiff);
    return encoded;
}

Bytes sample(std::mt19937& random, std::size_t size) {
    Bytes data(size);
    const auto kind = random() % 4;
    const auto alphabet = 1 + random() % 256;
    for (std::size_t i = 0; i < size; ++i) {
        switch (kind) {
            case 0: data[i] = static_cast<std::byte>(random()); break;             // every code a literal
            case 1: data[i] = static_cast<std::byte>(random() % alphabet); break;  // strings of all lengths
            case 2: data[i] = std::byte{42}; break;                                // strings that reach into themselves
            default: data[i] = static_cast<std::byte>(i / 7 + random() % 2);
        }
    }
    return data;
}

TEST(Lzw, DecodesWhatLibtiffEncodes) {
    std::mt19937 random(5);
    LzwDecoder decoder;
    for (int round = 0; round < 300; ++round) {
        const auto data = sample(random, 1 + random() % (round % 10 == 0 ? 300'000 : 3'000));
        const auto encoded = encoded_by_libtiff(data);
        const auto decoded = decoder.decode(encoded, data.size());
        ASSERT_EQ(decoded.size(), data.size());
        ASSERT_EQ(std::memcmp(decoded.data(), data.data(), data.size()), 0) << "round " << round;
        // A caller may want less than there is.
        const auto part = decoder.decode(encoded, data.size() / 2);
        ASSERT_EQ(std::memcmp(part.data(), data.data(), data.size() / 2), 0) << "round " << round;
    }
}

TEST(Lzw, NeverGivesMoreThanThereIs) {
    std::mt19937 random(6);
    LzwDecoder decoder;
    for (int round = 0; round < 200; ++round) {
        const auto data = sample(random, 1 + random() % 3'000);
        auto encoded = encoded_by_libtiff(data);
        EXPECT_THROW(decoder.decode(encoded, data.size() + 1), Error);
        encoded.resize(encoded.size() / 2);
        try {
            decoder.decode(encoded, data.size());
            ADD_FAILURE() << "half the data were enough";
        } catch (const Error& error) {
            EXPECT_EQ(error.code(), ErrorCode::corrupt);
        }
    }
}

TEST(Lzw, DamagedDataGiveBytesOrAnErrorNothingElse) {
    std::mt19937 random(7);
    LzwDecoder decoder;
    for (int round = 0; round < 3000; ++round) {
        Bytes noise(random() % 200);
        for (auto& byte : noise) byte = static_cast<std::byte>(random());
        if (noise.size() > 1) {
            noise[0] = std::byte{0x80};  // a clear
            noise[1] &= std::byte{0x7f};
        }
        try {
            EXPECT_EQ(decoder.decode(noise, 500).size(), 500U);
        } catch (const Error& error) {
            EXPECT_EQ(error.code(), ErrorCode::corrupt);
        }
    }
}

TEST(Lzw, KnowsTheOldVariant) {
    const Bytes old{std::byte{0x00}, std::byte{0x01}};
    const Bytes usual{std::byte{0x80}, std::byte{0x00}};
    EXPECT_TRUE(LzwDecoder::is_old_variant(old));
    EXPECT_FALSE(LzwDecoder::is_old_variant(usual));
    EXPECT_FALSE(LzwDecoder::is_old_variant({}));
}

}  // namespace
}  // namespace tilewright
