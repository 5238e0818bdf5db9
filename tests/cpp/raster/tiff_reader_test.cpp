// SPDX-License-Identifier: Apache-2.0
#include "raster/tiff_reader.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <fstream>
#include <memory>
#include <random>
#include <thread>
#include <vector>

#include "raster/gdal_reader.h"
#include "raster/made_raster.h"
#include "raster/tiff_handle.h"
#include "tilewright/codec/deflate.h"

namespace tilewright {
namespace {

class TiffReading : public RasterFolder {
protected:
    std::unique_ptr<RasterReader> open_fast(const std::string& name) {
        auto raster = inspect(path(name), {});
        return read_with_libtiff(raster);
    }

    // Damages a block's beginning. Further on, ZSTD can decode anything to something.
    void damage(const std::string& name, std::uint32_t block) {
        const auto offset = TiffHandle({path(name), "GTiff"}, TiffHandle::Access::read).place_of(block).first;
        std::fstream file(path(name), std::ios::in | std::ios::out | std::ios::binary);
        file.seekp(static_cast<std::streamoff>(offset));
        for (int i = 0; i < 32; ++i) file.put('\xFF');
    }

    // Alters one bit, `part` of the way through a block.
    void alter(const std::string& name, std::uint32_t block, double part) {
        const auto [offset, bytes] = TiffHandle({path(name), "GTiff"}, TiffHandle::Access::read).place_of(block);
        const auto at =
            static_cast<std::streamoff>(offset) + static_cast<std::streamoff>(part * static_cast<double>(bytes - 1));
        std::fstream file(path(name), std::ios::in | std::ios::out | std::ios::binary);
        file.seekg(at);
        const auto byte = static_cast<char>(file.get() ^ 0x10);
        file.seekp(at);
        file.put(byte);
    }
};

TEST_F(TiffReading, EveryTypeAndCodecAndArrangementAgreesWithWhatWasWritten) {
    const std::vector<std::string> codecs{"NONE", "LZW", "DEFLATE", "PACKBITS", "ZSTD", "LZMA"};
    const std::vector<std::vector<std::string>> arrangements{
        {},
        {"INTERLEAVE=BAND"},
        {"BLOCKYSIZE=7", "ENDIANNESS=BIG"},
        {"TILED=YES", "BLOCKXSIZE=32", "BLOCKYSIZE=16"},
        {"TILED=YES", "BLOCKXSIZE=16", "BLOCKYSIZE=32", "INTERLEAVE=BAND", "ENDIANNESS=BIG", "BIGTIFF=YES"},
    };
    std::mt19937 random(11);
    for (int t = 0; t <= static_cast<int>(PixelType::float64); ++t) {
        const auto type = static_cast<PixelType>(t);
        const auto image = made_image({61, 43}, 3, type);
        for (const auto& codec : codecs) {
            for (std::size_t a = 0; a < arrangements.size(); ++a) {
                auto options = arrangements[a];
                options.push_back("COMPRESS=" + codec);
                if (type == PixelType::int8) options.emplace_back("PIXELTYPE=SIGNEDBYTE");
                const bool predicts = codec == "LZW" || codec == "DEFLATE" || codec == "ZSTD";
                // libtiff writes predictor 3 wrongly in the other byte order.
                const bool big_endian = a == 2 || a == 4;
                if (predicts && a % 2 == 0) {
                    options.emplace_back(is_floating(type) && !big_endian ? "PREDICTOR=3" : "PREDICTOR=2");
                }
                write_tiff(path("a.tif"), image, options);
                const auto reader = open_fast("a.tif");
                ASSERT_NE(reader, nullptr) << name(type) << ' ' << codec << ' ' << a;
                ASSERT_TRUE(same_samples(read_all(*reader).view(), image.view()))
                    << name(type) << ' ' << codec << ' ' << a;
                for (int round = 0; round < 4; ++round) {
                    Window window;
                    window.x_px = static_cast<std::int64_t>(random() % 61);
                    window.y_px = static_cast<std::int64_t>(random() % 43);
                    window.width_px = 1 + static_cast<std::int64_t>(random()) % (61 - window.x_px);
                    window.height_px = 1 + static_cast<std::int64_t>(random()) % (43 - window.y_px);
                    ASSERT_TRUE(same_samples(read_window(*reader, window).view(), image.view().crop(window)));
                }
            }
        }
    }
}

TEST_F(TiffReading, FillsBandsOneAfterTheOther) {
    const auto image = made_image({61, 43}, 3, PixelType::uint16);
    for (const char* interleave : {"INTERLEAVE=BAND", "INTERLEAVE=PIXEL"}) {
        write_tiff(path("a.tif"), image, {"COMPRESS=LZW", interleave});
        std::vector<std::byte> planes(image.size_bytes());
        const MutableImageView view{planes.data(),           image.size(), 3, PixelType::uint16, 122, 2,
                                    std::ptrdiff_t{122} * 43};
        open_fast("a.tif")->read({0, 0, 61, 43}, view);
        EXPECT_TRUE(same_samples(view, image.view())) << interleave;
    }
}

TEST_F(TiffReading, OddOnesAreLeftToGdal) {
    write_tiff(path("bits.tif"), made_image({40, 30}, 1, PixelType::uint8), {"NBITS=4"});
    EXPECT_EQ(open_fast("bits.tif"), nullptr);
    write_tiff(path("jpeg.tif"), made_image({40, 30}, 3, PixelType::uint8), {"COMPRESS=JPEG", "PHOTOMETRIC=YCBCR"});
    EXPECT_EQ(open_fast("jpeg.tif"), nullptr);
    write_tiff(path("complex.tif"), made_image({40, 30}, 1, PixelType::complex_float32));
    EXPECT_EQ(open_fast("complex.tif"), nullptr);
    write_tiff(path("white.tif"), made_image({40, 30}, 1, PixelType::uint8), {"PHOTOMETRIC=MINISWHITE"});
    EXPECT_EQ(open_fast("white.tif"), nullptr);
}

TEST_F(TiffReading, OneStripWithoutEndIsReadByRowsInLittleMemory) {
    for (const char* interleave : {"INTERLEAVE=PIXEL", "INTERLEAVE=BAND"}) {
        const auto tall = std::string(interleave) == "INTERLEAVE=BAND" ? made_image({4200, 4100}, 2, PixelType::uint8)
                                                                       : made_image({3100, 2000}, 3, PixelType::uint8);
        const auto size = tall.size();
        write_tiff(path("a.tif"), tall,
                   {"COMPRESS=DEFLATE", "ZLEVEL=1", interleave, "BLOCKYSIZE=" + std::to_string(size.height_px)});
        const auto reader = open_fast("a.tif");
        ASSERT_NE(reader, nullptr);
        EXPECT_EQ(reader->row_step_px(), 1);
        EXPECT_LT(reader->working_bytes(), 4 << 20);
        // Forwards, backwards, and a part of rows.
        for (const Window& window : {Window{0, 0, size.width_px, 300}, Window{0, 300, size.width_px, 300},
                                     Window{5, 100, 77, 50}, Window{0, size.height_px - 9, size.width_px, 9}}) {
            ASSERT_TRUE(same_samples(read_window(*reader, window).view(), tall.view().crop(window))) << interleave;
        }
    }
}

TEST_F(TiffReading, UncompressedFileOfOneStripIsReadInPieces) {
    const auto image = made_image({500, 400}, 3, PixelType::uint16);
    write_tiff(path("a.tif"), image, {"BLOCKYSIZE=400"});
    const auto reader = open_fast("a.tif");
    ASSERT_NE(reader, nullptr);
    EXPECT_LT(reader->row_step_px(), 10);
    EXPECT_TRUE(same_samples(read_all(*reader).view(), image.view()));
}

TEST_F(TiffReading, DamagedBlockIsNamedAndOthersCanBeRead) {
    const auto image = made_image({256, 256}, 3, PixelType::uint8);
    for (const char* codec : {"LZW", "DEFLATE", "ZSTD", "LZMA"}) {
        write_tiff(path("a.tif"), image, {std::string("COMPRESS=") + codec, "BLOCKYSIZE=64"});
        damage("a.tif", 2);
        const auto reader = open_fast("a.tif");
        ASSERT_NE(reader, nullptr);
        std::string message;
        EXPECT_EQ(code_thrown_by([&] { read_all(*reader); }, &message), ErrorCode::corrupt) << codec;
        EXPECT_NE(message.find("a.tif"), std::string::npos) << message;
        EXPECT_NE(message.find("strip 2"), std::string::npos) << message;
        // It stays damaged, and the rest stays whole.
        EXPECT_EQ(code_thrown_by([&] { read_window(*reader, {7, 130, 5, 5}); }), ErrorCode::corrupt) << codec;
        const Window rest{0, 192, 256, 64};
        EXPECT_TRUE(same_samples(read_window(*reader, rest).view(), image.view().crop(rest))) << codec;
    }
}

// Most of these alterations decode to samples without any complaint; the checksum alone tells.
TEST_F(TiffReading, OneAlteredBitAnywhereInADeflateBlockIsFound) {
    const auto image = made_image({256, 256}, 3, PixelType::float32);
    for (const char* predictor : {"PREDICTOR=1", "PREDICTOR=2", "PREDICTOR=3"}) {
        for (const bool tiled : {false, true}) {
            for (const double part : {0.1, 0.25, 0.5, 0.75, 0.9, 1.0}) {
                std::vector<std::string> options{"COMPRESS=DEFLATE", predictor, "BLOCKYSIZE=64"};
                if (tiled) options.insert(options.end(), {"TILED=YES", "BLOCKXSIZE=256"});
                write_tiff(path("a.tif"), image, options);
                alter("a.tif", 2, part);
                const auto reader = open_fast("a.tif");
                ASSERT_NE(reader, nullptr);
                std::string message;
                ASSERT_EQ(code_thrown_by([&] { read_all(*reader); }, &message), ErrorCode::corrupt)
                    << predictor << ' ' << part;
                EXPECT_NE(message.find("a.tif"), std::string::npos) << message;
                EXPECT_NE(message.find(tiled ? "tile 2" : "strip 2"), std::string::npos) << message;
                // The part of a block that lies before the damage is no better known.
                ASSERT_EQ(code_thrown_by([&] { read_window(*reader, {7, 130, 5, 5}); }), ErrorCode::corrupt);
                const Window rest{0, 192, 256, 64};
                ASSERT_TRUE(same_samples(read_window(*reader, rest).view(), image.view().crop(rest)));
            }
        }
    }
}

TEST_F(TiffReading, OneAlteredBitInAStripWithoutEndIsFoundAtItsEnd) {
    const auto image = made_image({3100, 2000}, 3, PixelType::uint8);
    for (const double part : {0.5, 1.0}) {
        write_tiff(path("a.tif"), image, {"COMPRESS=DEFLATE", "ZLEVEL=1", "BLOCKYSIZE=2000"});
        alter("a.tif", 0, part);
        const auto reader = open_fast("a.tif");
        ASSERT_NE(reader, nullptr);
        std::string message;
        EXPECT_EQ(code_thrown_by([&] { read_all(*reader); }, &message), ErrorCode::corrupt) << part;
        EXPECT_NE(message.find("a.tif"), std::string::npos) << message;
        EXPECT_NE(message.find("strip 0"), std::string::npos) << message;
    }
}

TEST_F(TiffReading, DeflateBlocksMayHoldMoreThanIsSeenButNotLess) {
    // The last strip of 30 rows holds 64, as some programs write it, then too few.
    const auto image = made_image({40, 94}, 1, PixelType::uint16);
    const auto row_bytes = std::size_t{80};
    for (const int stored_rows : {64, 100, 30, 29}) {
        write_tiff(path("a.tif"), image, {"COMPRESS=DEFLATE", "BLOCKYSIZE=64"});
        std::vector<std::byte> rows(static_cast<std::size_t>(stored_rows) * row_bytes, std::byte{9});
        const auto seen = std::min<std::size_t>(rows.size(), 30 * row_bytes);
        std::memcpy(rows.data(), image.view().crop({0, 64, 40, 30}).data, seen);
        auto strip = Deflater(Compression::fast).compress_stream(rows);
        {
            const std::unique_ptr<TIFF, void (*)(TIFF*)> tiff(TIFFOpen(path("a.tif").c_str(), "r+"), TIFFClose);
            ASSERT_EQ(TIFFWriteRawStrip(tiff.get(), 1, strip.data(), static_cast<tmsize_t>(strip.size())),
                      static_cast<tmsize_t>(strip.size()));
        }
        const auto reader = open_fast("a.tif");
        ASSERT_NE(reader, nullptr);
        if (stored_rows < 30) {
            EXPECT_EQ(code_thrown_by([&] { read_all(*reader); }), ErrorCode::corrupt);
        } else {
            EXPECT_TRUE(same_samples(read_all(*reader).view(), image.view())) << stored_rows;
        }
    }
}

TEST_F(TiffReading, BitsFromTheLeastSignificantOnAreReadToo) {
    const auto image = made_image({61, 43}, 3, PixelType::uint16);
    const auto strip = Deflater(Compression::fast).compress_stream({image.view().data, image.size_bytes()});
    {
        const std::unique_ptr<TIFF, void (*)(TIFF*)> tiff(TIFFOpen(path("a.tif").c_str(), "w"), TIFFClose);
        TIFFSetField(tiff.get(), TIFFTAG_IMAGEWIDTH, 61);
        TIFFSetField(tiff.get(), TIFFTAG_IMAGELENGTH, 43);
        TIFFSetField(tiff.get(), TIFFTAG_ROWSPERSTRIP, 43);
        TIFFSetField(tiff.get(), TIFFTAG_SAMPLESPERPIXEL, 3);
        TIFFSetField(tiff.get(), TIFFTAG_BITSPERSAMPLE, 16);
        TIFFSetField(tiff.get(), TIFFTAG_PLANARCONFIG, PLANARCONFIG_CONTIG);
        TIFFSetField(tiff.get(), TIFFTAG_PHOTOMETRIC, PHOTOMETRIC_RGB);
        TIFFSetField(tiff.get(), TIFFTAG_COMPRESSION, COMPRESSION_ADOBE_DEFLATE);
        TIFFSetField(tiff.get(), TIFFTAG_FILLORDER, FILLORDER_LSB2MSB);
        auto reversed = strip;
        TIFFReverseBits(reinterpret_cast<std::uint8_t*>(reversed.data()), static_cast<tmsize_t>(reversed.size()));
        TIFFWriteRawStrip(tiff.get(), 0, reversed.data(), static_cast<tmsize_t>(reversed.size()));
    }
    const auto reader = open_fast("a.tif");
    ASSERT_NE(reader, nullptr);
    EXPECT_TRUE(same_samples(read_all(*reader).view(), image.view()));
    EXPECT_TRUE(same_samples(read_all(*read_with_gdal(inspect(path("a.tif"), {}))).view(), image.view()));
}

TEST_F(TiffReading, HolesAreFilledAsGdalFillsThem) {
    for (const char* interleave : {"INTERLEAVE=PIXEL", "INTERLEAVE=BAND"}) {
        const std::vector<std::pair<PixelType, double>> cases{
            {PixelType::uint8, 7}, {PixelType::uint8, 300}, {PixelType::int16, -9999}, {PixelType::float32, NAN}};
        for (const auto& [type, nodata] : cases) {
            std::vector<const char*> options{"SPARSE_OK=TRUE", "TILED=YES", "COMPRESS=LZW", interleave, nullptr};
            {
                const GdalDataset dataset(GDALCreate(GDALGetDriverByName("GTiff"), path("a.tif").c_str(), 600, 500, 2,
                                                     gdal_type(type), const_cast<char**>(options.data())));
                GDALSetRasterNoDataValue(GDALGetRasterBand(dataset.get(), 1), nodata);
            }
            const auto fast = open_fast("a.tif");
            ASSERT_NE(fast, nullptr);
            const auto slow = read_with_gdal(inspect(path("a.tif"), {}));
            EXPECT_TRUE(same_samples(read_all(*fast).view(), read_all(*slow).view())) << name(type) << nodata;
        }
    }
}

TEST_F(TiffReading, ThreadsShareAReader) {
    const auto image = made_image({512, 512}, 3, PixelType::uint8);
    write_tiff(path("a.tif"), image, {"COMPRESS=LZW", "PREDICTOR=2", "BLOCKYSIZE=16"});
    const auto reader = open_fast("a.tif");
    std::vector<int> wrong(4, 0);
    std::vector<std::thread> threads;
    for (std::size_t t = 0; t < wrong.size(); ++t) {
        threads.emplace_back([&, t] {
            for (int round = 0; round < 16; ++round) {
                const Window window{0, static_cast<std::int64_t>((t + static_cast<std::size_t>(4 * round)) % 32) * 16,
                                    512, 16};
                if (!same_samples(read_window(*reader, window).view(), image.view().crop(window))) ++wrong[t];
            }
        });
    }
    for (auto& thread : threads) thread.join();
    EXPECT_EQ(wrong, std::vector<int>(4, 0));
}

}  // namespace
}  // namespace tilewright
