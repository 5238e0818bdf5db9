// SPDX-License-Identifier: Apache-2.0
#include "tilewright/codec/tiff_predictor.h"

#include <gtest/gtest.h>
#include <tiffio.h>

#include <cstring>
#include <memory>
#include <vector>

#include "codec/random_bytes.h"
#include "codec/tiff_predictor_simd.h"
#include "tilewright/codec/deflate.h"
#include "tilewright/core/error.h"

namespace tilewright {
namespace {

using Bytes = std::vector<std::byte>;

// A TIFF in memory, for libtiff's client functions.
struct MemoryFile {
    Bytes bytes;
    std::size_t at = 0;
};

TIFF* open_tiff(MemoryFile& file, const char* mode) {
    return TIFFClientOpen(
        "memory", mode, &file,
        [](thandle_t handle, void* data, tmsize_t count) -> tmsize_t {
            auto& f = *static_cast<MemoryFile*>(handle);
            const auto n = std::min(static_cast<std::size_t>(count), f.bytes.size() - std::min(f.at, f.bytes.size()));
            if (n > 0) std::memcpy(data, f.bytes.data() + f.at, n);
            f.at += n;
            return static_cast<tmsize_t>(n);
        },
        [](thandle_t handle, void* data, tmsize_t count) -> tmsize_t {
            auto& f = *static_cast<MemoryFile*>(handle);
            f.bytes.resize(std::max(f.bytes.size(), f.at + static_cast<std::size_t>(count)));
            std::memcpy(f.bytes.data() + f.at, data, static_cast<std::size_t>(count));
            f.at += static_cast<std::size_t>(count);
            return count;
        },
        [](thandle_t handle, toff_t offset, int whence) -> toff_t {
            auto& f = *static_cast<MemoryFile*>(handle);
            const toff_t base = whence == SEEK_SET ? 0 : whence == SEEK_CUR ? f.at : f.bytes.size();
            return f.at = base + offset;
        },
        [](thandle_t) { return 0; },
        [](thandle_t handle) -> toff_t { return static_cast<MemoryFile*>(handle)->bytes.size(); },
        [](thandle_t, void**, toff_t*) { return 0; }, [](thandle_t, void*, toff_t) {});
}

struct CloseTiff {
    void operator()(TIFF* tiff) const { TIFFClose(tiff); }
};
using Tiff = std::unique_ptr<TIFF, CloseTiff>;

struct Kind {
    std::uint16_t predictor;
    std::uint16_t sample_format;
    std::size_t sample_bytes;
};

// Writes differenced rows as one raw DEFLATE strip and lets libtiff undo all of it.
Bytes decoded_by_libtiff(const Bytes& differenced, std::size_t width, std::size_t rows, std::size_t bands,
                         const Kind& kind) {
    MemoryFile file;
    const auto strip = Deflater(Compression::fast).compress_stream(differenced);
    {
        const Tiff tiff(open_tiff(file, "w"));
        TIFFSetField(tiff.get(), TIFFTAG_IMAGEWIDTH, static_cast<std::uint32_t>(width));
        TIFFSetField(tiff.get(), TIFFTAG_IMAGELENGTH, static_cast<std::uint32_t>(rows));
        TIFFSetField(tiff.get(), TIFFTAG_ROWSPERSTRIP, static_cast<std::uint32_t>(rows));
        TIFFSetField(tiff.get(), TIFFTAG_SAMPLESPERPIXEL, static_cast<std::uint16_t>(bands));
        TIFFSetField(tiff.get(), TIFFTAG_BITSPERSAMPLE, static_cast<std::uint16_t>(8 * kind.sample_bytes));
        TIFFSetField(tiff.get(), TIFFTAG_SAMPLEFORMAT, kind.sample_format);
        TIFFSetField(tiff.get(), TIFFTAG_PLANARCONFIG, PLANARCONFIG_CONTIG);
        TIFFSetField(tiff.get(), TIFFTAG_PHOTOMETRIC, PHOTOMETRIC_MINISBLACK);
        TIFFSetField(tiff.get(), TIFFTAG_COMPRESSION, COMPRESSION_ADOBE_DEFLATE);
        TIFFSetField(tiff.get(), TIFFTAG_PREDICTOR, kind.predictor);
        TIFFWriteRawStrip(tiff.get(), 0, const_cast<std::byte*>(strip.data()), static_cast<tmsize_t>(strip.size()));
    }
    file.at = 0;
    const Tiff tiff(open_tiff(file, "r"));
    Bytes out(differenced.size());
    if (!tiff || TIFFReadEncodedStrip(tiff.get(), 0, out.data(), static_cast<tmsize_t>(out.size())) !=
                     static_cast<tmsize_t>(out.size())) {
        return {};
    }
    return out;
}

TEST(TiffPredictor, IsUndoneByLibtiff) {
    std::mt19937 random(1);
    const Kind kinds[] = {
        {PREDICTOR_HORIZONTAL, SAMPLEFORMAT_UINT, 1},      {PREDICTOR_HORIZONTAL, SAMPLEFORMAT_INT, 2},
        {PREDICTOR_HORIZONTAL, SAMPLEFORMAT_UINT, 4},      {PREDICTOR_HORIZONTAL, SAMPLEFORMAT_UINT, 8},
        {PREDICTOR_FLOATINGPOINT, SAMPLEFORMAT_IEEEFP, 4}, {PREDICTOR_FLOATINGPOINT, SAMPLEFORMAT_IEEEFP, 8}};
    for (const auto& kind : kinds) {
        for (const std::size_t bands : {1U, 2U, 3U, 4U, 5U, 7U, 13U}) {
            for (const std::size_t width : {1U, 2U, 3U, 15U, 16U, 17U, 64U, 257U}) {
                constexpr std::size_t rows = 3;
                const auto row_bytes = width * bands * kind.sample_bytes;
                const auto image = random_bytes(random, rows * row_bytes, all_textures[random() % 3]);
                Bytes differenced = image;
                for (std::size_t y = 0; y < rows; ++y) {
                    auto* row = differenced.data() + y * row_bytes;
                    if (kind.predictor == PREDICTOR_HORIZONTAL) {
                        tiff_difference(row, width, bands, kind.sample_bytes);
                    } else {
                        tiff_float_difference(image.data() + y * row_bytes, width, bands, kind.sample_bytes, row);
                    }
                }
                ASSERT_TRUE(decoded_by_libtiff(differenced, width, rows, bands, kind) == image)
                    << "predictor " << kind.predictor << ", " << kind.sample_bytes << " bytes a sample, " << bands
                    << " bands, " << width << " px";
            }
        }
    }
}

TEST(TiffPredictor, SimdEqualsScalar) {
    std::mt19937 random(2);
    for (std::size_t count = 0; count < 400; ++count) {
        for (const std::size_t sample_bytes : {1U, 2U, 4U, 8U}) {
            const auto distance = 1 + random() % 20;
            // Not aligned to the samples, and one byte more that must stay.
            const auto bytes = random_bytes(random, 1 + count * sample_bytes + 1, Texture::noise);
            Bytes simd = bytes;
            Bytes scalar = bytes;
            difference_simd(simd.data() + 1, count, distance, sample_bytes);
            difference_scalar(scalar.data() + 1, count, distance, sample_bytes);
            ASSERT_TRUE(simd == scalar) << count << " samples of " << sample_bytes << " bytes, " << distance
                                        << " apart";
            if (sample_bytes < 4) continue;
            gather_bytes_simd(bytes.data() + 1, count, sample_bytes, simd.data());
            gather_bytes_scalar(bytes.data() + 1, count, sample_bytes, scalar.data());
            ASSERT_TRUE(simd == scalar) << count << " samples of " << sample_bytes << " bytes";
        }
    }
}

TEST(TiffPredictor, RefusesSamplesThatTiffCannotPredict) {
    Bytes row(30);
    Bytes out(30);
    for (const std::size_t sample_bytes : {0U, 3U, 16U}) {
        try {
            tiff_difference(row.data(), 1, 1, sample_bytes);
            FAIL() << "differenced samples of " << sample_bytes << " bytes";
        } catch (const Error& error) {
            EXPECT_EQ(error.code(), ErrorCode::unsupported);
        }
    }
    for (const std::size_t sample_bytes : {1U, 2U, 3U, 16U}) {
        try {
            tiff_float_difference(row.data(), 1, 1, sample_bytes, out.data());
            FAIL() << "differenced floats of " << sample_bytes << " bytes";
        } catch (const Error& error) {
            EXPECT_EQ(error.code(), ErrorCode::unsupported);
        }
    }
}

TEST(TiffPredictor, UndoingADifferenceGivesTheRowBack) {
    for (const std::size_t sample_bytes : {1U, 2U, 4U, 8U}) {
        for (std::size_t bands = 1; bands <= 9; ++bands) {
            for (const std::size_t width : {1U, 2U, 37U, 500U}) {
                Bytes row(width * bands * sample_bytes);
                std::uint32_t state = 1;
                for (auto& byte : row) byte = static_cast<std::byte>((state = state * 1664525U + 1013904223U) >> 24U);
                auto differenced = row;
                tiff_difference(differenced.data(), width, bands, sample_bytes);
                Bytes out(row.size());
                tiff_undo_difference(differenced.data(), width, bands, sample_bytes, out.data());
                EXPECT_EQ(out, row) << bands << " bands of " << sample_bytes << " bytes";
                Bytes scalar(row.size());
                accumulate_scalar(differenced.data(), 0, width * bands, bands, sample_bytes, scalar.data());
                EXPECT_EQ(scalar, row);
                if (sample_bytes < 4) continue;
                tiff_float_difference(row.data(), width, bands, sample_bytes, differenced.data());
                tiff_undo_float_difference(differenced.data(), width, bands, sample_bytes, out.data());
                EXPECT_EQ(out, row) << bands << " bands of floats of " << sample_bytes << " bytes";
            }
        }
    }
    EXPECT_THROW(tiff_undo_difference(nullptr, 0, 1, 3, nullptr), Error);
    EXPECT_THROW(tiff_undo_float_difference(nullptr, 0, 1, 2, nullptr), Error);
}

}  // namespace
}  // namespace tilewright
