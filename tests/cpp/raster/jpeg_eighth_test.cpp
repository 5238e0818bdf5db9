// SPDX-License-Identifier: Apache-2.0
// Eighths decoded quickly are those that libjpeg decodes, up to rounding, and where it finds damage so do we.
#include "raster/jpeg_eighth.h"

#include <gtest/gtest.h>

#include <cstdio>
// libjpeg's header needs <cstdio> before it.
#include <jpeglib.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <random>
#include <string>
#include <vector>

#include "raster/huffman_bits.h"
#include "tilewright/core/error.h"

namespace tilewright {
namespace {

using Bytes = std::vector<std::byte>;

struct Kind {
    const char* name = "";
    int bands = 3;
    J_COLOR_SPACE stored = JCS_YCbCr;
    int across = 1;  // samples of the first band for each of the others
    int down = 1;
    int quality = 90;
    unsigned restart_interval = 0;
    bool progressive = false;
};

// Smooth with noise upon it, so that blocks end early and late and codes are short and long.
Bytes samples_of(Size size, int bands, unsigned seed, int noise) {
    std::mt19937 random(seed);
    Bytes samples;
    for (std::int64_t y = 0; y < size.height_px; ++y) {
        for (std::int64_t x = 0; x < size.width_px; ++x) {
            for (int band = 0; band < bands; ++band) {
                const auto wave = 128 + 90 * std::sin(static_cast<double>(x + std::int64_t{3} * band) / 23) +
                                  40 * std::cos(static_cast<double>(y * (band + 1)) / 31);
                const auto grain = static_cast<int>(random() % static_cast<unsigned>(2 * noise + 1)) - noise;
                samples.push_back(static_cast<std::byte>(std::clamp(static_cast<int>(wave) + grain, 0, 255)));
            }
        }
    }
    return samples;
}

Bytes encoded(const Kind& kind, Size size, unsigned seed, int noise) {
    auto samples = samples_of(size, kind.bands, seed, noise);
    jpeg_compress_struct info{};
    jpeg_error_mgr errors{};
    info.err = jpeg_std_error(&errors);
    jpeg_create_compress(&info);
    unsigned char* bytes = nullptr;
    unsigned long count = 0;
    jpeg_mem_dest(&info, &bytes, &count);
    info.image_width = static_cast<JDIMENSION>(size.width_px);
    info.image_height = static_cast<JDIMENSION>(size.height_px);
    info.input_components = kind.bands;
    info.in_color_space = kind.bands == 1 ? JCS_GRAYSCALE : JCS_RGB;
    jpeg_set_defaults(&info);
    jpeg_set_colorspace(&info, kind.stored);
    jpeg_set_quality(&info, kind.quality, TRUE);
    info.comp_info[0].h_samp_factor = kind.across;
    info.comp_info[0].v_samp_factor = kind.down;
    info.restart_interval = kind.restart_interval;
    if (kind.progressive) jpeg_simple_progression(&info);
    jpeg_start_compress(&info, TRUE);
    while (info.next_scanline < info.image_height) {
        auto* row = reinterpret_cast<JSAMPLE*>(samples.data()) + static_cast<std::size_t>(info.next_scanline) *
                                                                     static_cast<std::size_t>(size.width_px) *
                                                                     static_cast<std::size_t>(kind.bands);
        jpeg_write_scanlines(&info, &row, 1);
    }
    jpeg_finish_compress(&info);
    const auto* begin = reinterpret_cast<const std::byte*>(bytes);
    Bytes result(begin, begin + count);
    jpeg_destroy_compress(&info);
    std::free(bytes);
    return result;
}

// Hands the bytes out a few at a time.
JpegBytes slowly(const Bytes& bytes, std::size_t most) {
    return [&bytes, most, at = std::size_t{0}](std::span<std::byte> into) mutable {
        const auto count = std::min({into.size(), most, bytes.size() - at});
        std::copy_n(bytes.begin() + static_cast<std::ptrdiff_t>(at), count, into.begin());
        at += count;
        return count;
    };
}

Bytes eighth(JpegDecoder& decoder, const Bytes& bytes, JpegDecoder::Eighths eighths, std::size_t most = 1 << 20) {
    decoder.open(slowly(bytes, most));
    const auto size = decoder.start(8, eighths);
    const auto row_bytes = static_cast<std::size_t>(size.width_px) * static_cast<std::size_t>(decoder.bands());
    Bytes picture(row_bytes * static_cast<std::size_t>(size.height_px));
    for (std::size_t y = 0; y < static_cast<std::size_t>(size.height_px); ++y) {
        decoder.read_row(picture.data() + y * row_bytes);
    }
    return picture;
}

int greatest_difference(const Bytes& a, const Bytes& b) {
    EXPECT_EQ(a.size(), b.size());
    int greatest = 0;
    for (std::size_t i = 0; i < std::min(a.size(), b.size()); ++i) {
        greatest = std::max(greatest, std::abs(std::to_integer<int>(a[i]) - std::to_integer<int>(b[i])));
    }
    return greatest;
}

constexpr Kind kinds[] = {{"gray", 1, JCS_GRAYSCALE},
                          {"gray of odd sampling", 1, JCS_GRAYSCALE, 2, 2},
                          {"4:4:4", 3, JCS_YCbCr},
                          {"4:2:0", 3, JCS_YCbCr, 2, 2},
                          {"4:2:2", 3, JCS_YCbCr, 2, 1},
                          {"4:4:0", 3, JCS_YCbCr, 1, 2},
                          {"4:1:1", 3, JCS_YCbCr, 4, 1},
                          {"RGB", 3, JCS_RGB},
                          {"4:2:0, restarts", 3, JCS_YCbCr, 2, 2, 85, 7},
                          {"4:4:4, a restart each", 3, JCS_YCbCr, 1, 1, 75, 1},
                          {"coarse", 3, JCS_YCbCr, 2, 2, 10},
                          {"fine", 3, JCS_YCbCr, 2, 2, 100},
                          {"progressive", 3, JCS_YCbCr, 2, 2, 90, 0, true}};

TEST(JpegEighth, IsWhatLibjpegDecodes) {
    JpegDecoder decoder("a.jpg");
    for (const auto& kind : kinds) {
        for (const Size size : {Size{1, 1}, {8, 8}, {17, 9}, {203, 150}, {640, 33}}) {
            for (const int noise : {0, 12, 120}) {
                const auto bytes = encoded(kind, size, 7, noise);
                const auto expected = eighth(decoder, bytes, JpegDecoder::Eighths::carefully);
                for (const std::size_t most : {std::size_t{1} << 20, std::size_t{300}, std::size_t{1}}) {
                    const auto found = eighth(decoder, bytes, JpegDecoder::Eighths::quickly, most);
                    EXPECT_LE(greatest_difference(found, expected), 2)
                        << kind.name << ", " << size.width_px << " x " << size.height_px << ", noise " << noise;
                }
            }
        }
    }
}

TEST(JpegEighth, CoarseColorsAreThoseOfTheirBlocks) {
    JpegDecoder decoder("a.jpg");
    for (const auto& kind : kinds) {
        const auto bytes = encoded(kind, {640, 480}, 7, 3);
        const auto expected = eighth(decoder, bytes, JpegDecoder::Eighths::carefully);
        const auto found = eighth(decoder, bytes, JpegDecoder::Eighths::coarsely);
        // The picture is smooth: so are its colours.
        EXPECT_LE(greatest_difference(found, expected), kind.quality < 50 ? 60 : 30) << kind.name;
        double sum = 0;
        for (std::size_t i = 0; i < found.size(); ++i) {
            sum += std::to_integer<int>(found[i]) - std::to_integer<int>(expected[i]);
        }
        EXPECT_LT(std::abs(sum / static_cast<double>(found.size())), 0.5) << kind.name;
    }
}

TEST(JpegEighth, GoesPastManyMegabytes) {
    JpegDecoder decoder("a.jpg");
    const auto bytes = encoded({"", 3, JCS_YCbCr, 2, 2, 98}, {1600, 1200}, 3, 60);
    EXPECT_GT(bytes.size(), std::size_t{1} << 20);
    EXPECT_LE(greatest_difference(eighth(decoder, bytes, JpegDecoder::Eighths::quickly),
                                  eighth(decoder, bytes, JpegDecoder::Eighths::carefully)),
              2);
}

// Whether it says that something is wrong.
bool is_refused(JpegDecoder& decoder, const Bytes& bytes, JpegDecoder::Eighths eighths) {
    try {
        eighth(decoder, bytes, eighths);
        return false;
    } catch (const OddJpeg&) {
        return true;
    } catch (const Error&) {
        return true;
    }
}

TEST(JpegEighth, WhatIsCutOffIsOdd) {
    JpegDecoder decoder("a.jpg");
    for (const unsigned restarts : {0U, 3U}) {
        const auto whole = encoded({"", 3, JCS_YCbCr, 2, 2, 90, restarts}, {400, 300}, 5, 20);
        for (const std::size_t kept : {whole.size() / 2, whole.size() * 9 / 10, whole.size() - 40}) {
            const Bytes part(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(kept));
            EXPECT_TRUE(is_refused(decoder, part, JpegDecoder::Eighths::quickly)) << kept;
            EXPECT_TRUE(is_refused(decoder, part, JpegDecoder::Eighths::carefully)) << kept;
        }
    }
}

// What a damaged bit does to the pixels is for libjpeg to say; here nothing may be read or written where it must not.
TEST(JpegEighth, SurvivesDamageAnywhere) {
    JpegDecoder decoder("a.jpg");
    std::mt19937 random(11);
    for (const auto& kind : kinds) {
        const auto whole = encoded(kind, {160, 120}, 5, 30);
        for (int round = 0; round < 60; ++round) {
            auto bytes = whole;
            for (unsigned i = 0; i <= random() % 4; ++i) {
                bytes[random() % bytes.size()] = static_cast<std::byte>(random());
            }
            is_refused(decoder, bytes, JpegDecoder::Eighths::quickly);
        }
    }
}

TEST(JpegEighth, DamageThatLibjpegSeesIsNotPassedOver) {
    JpegDecoder decoder("a.jpg");
    std::mt19937 random(13);
    const auto whole = encoded({"", 3, JCS_YCbCr, 2, 2, 90, 5}, {320, 240}, 5, 30);
    int seen = 0;
    for (int round = 0; round < 300; ++round) {
        auto bytes = whole;
        // Behind the header, before the end.
        bytes[700 + random() % (bytes.size() - 800)] = static_cast<std::byte>(random());
        if (!is_refused(decoder, bytes, JpegDecoder::Eighths::carefully)) continue;
        ++seen;
        EXPECT_TRUE(is_refused(decoder, bytes, JpegDecoder::Eighths::quickly)) << round;
    }
    EXPECT_GT(seen, 20);
}

}  // namespace
}  // namespace tilewright
