// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <array>
#include <functional>
#include <map>
#include <random>
#include <string>
#include <vector>

#include "raster/decoded_by_others.h"
#include "raster/random_raster.h"
#include "scratch_folder.h"
#include "tilewright/core/error.h"
#include "tilewright/core/thread_pool.h"
#include "tilewright/raster/file_hash.h"
#include "tilewright/raster/raster_writer.h"
#include "tilewright/storage/file.h"

namespace tilewright {
namespace {

namespace fs = std::filesystem;

constexpr std::array compressions{Compression::fast, Compression::balanced, Compression::small};

std::size_t entries(const fs::path& folder) {
    return static_cast<std::size_t>(std::distance(fs::directory_iterator(folder), fs::directory_iterator{}));
}

// Rows in handfuls, as slices get them from a reader.
WrittenFile write_in_handfuls(const fs::path& path, ImageView image, const RasterInfo& info, Compression compression,
                              Executor& executor, std::int64_t handful) {
    std::int64_t size_bytes = 0;
    JobGroup jobs(executor, std::size_t{1} << 20);
    const auto writer = open_raster_writer(path, RasterFormat::png, info,
                                           {compression, [&](std::int64_t size) { size_bytes = size; }}, jobs);
    for (std::int64_t y = 0; y < info.size.height_px; y += handful) {
        writer->append(image.crop({0, y, info.size.width_px, std::min(handful, info.size.height_px - y)}));
    }
    jobs.wait();
    auto written = written_file(path);
    EXPECT_EQ(size_bytes, written.size_bytes);
    return written;
}

TEST(PngWriter, SamplesComeBackThroughLibpngAndGdal) {
    const ScratchFolder folder;
    std::mt19937 random(1);
    for (int round = 0; round < 60; ++round) {
        const Size size{1 + static_cast<std::int64_t>(random() % 300), 1 + static_cast<std::int64_t>(random() % 200)};
        const int bands = 1 + static_cast<int>(random() % 4);
        const auto info = plain_info(size, bands, random() % 2 == 0 ? PixelType::uint8 : PixelType::uint16);
        const auto image = random_image(info, random);
        const auto path = folder / "image.png";
        const auto written = write_raster(path, RasterFormat::png, image.view(), info, compressions.at(random() % 3));
        EXPECT_TRUE(same_samples(decode_with_libpng(path), image));
        const auto decoded = decode_with_gdal(path);
        EXPECT_TRUE(same_samples(decoded.image, image));
        EXPECT_EQ(decoded.driver, "PNG");
        EXPECT_EQ(written.path, path);
        EXPECT_EQ(written.size_bytes, static_cast<std::int64_t>(fs::file_size(path)));
        for (int band = 0; band < bands; ++band) {
            const auto i = static_cast<std::size_t>(band);
            EXPECT_EQ(decoded.color_interpretation[i], info.band[i].color_interpretation);
        }
    }
}

TEST(PngWriter, BytesDependNeitherOnThreadsNorOnHandfulsNorOnStrides) {
    const ScratchFolder folder;
    std::mt19937 random(2);
    ThreadPool pool(4);
    for (const auto compression : compressions) {
        const auto info = plain_info({700, 900}, 3, PixelType::uint16);
        const auto image = random_image(info, random);
        const auto path = folder / "image.png";
        const auto expected = write_raster(path, RasterFormat::png, image.view(), info, compression).sha256;
        EXPECT_TRUE(same_samples(decode_with_libpng(path), image));
        EXPECT_EQ(write_raster(path, RasterFormat::png, image.view(), info, compression, pool).sha256, expected);
        EXPECT_EQ(write_raster(path, RasterFormat::png, Planes(image).view(), info, compression).sha256, expected);
        for (const std::int64_t handful : {1, 7, 333}) {
            EXPECT_EQ(write_in_handfuls(path, image.view(), info, compression, pool, handful).sha256, expected);
            EXPECT_EQ(file_sha256(path), expected);
        }
    }
}

TEST(PngWriter, ManyWritersAtATime) {
    const ScratchFolder folder;
    std::mt19937 random(3);
    const auto info = plain_info({33, 40}, 3, PixelType::uint8);
    const auto image = random_image(info, random);
    ThreadPool pool(3);
    JobGroup jobs(pool, std::size_t{1} << 20);
    std::vector<std::unique_ptr<RasterWriter>> writers;
    writers.reserve(3000);
    for (int i = 0; i < 3000; ++i) {
        writers.push_back(
            open_raster_writer(folder / std::to_string(i), RasterFormat::png, info, {Compression::fast, {}}, jobs));
    }
    for (std::int64_t y = 0; y < info.size.height_px; ++y) {
        for (const auto& writer : writers) writer->append(image.view().crop({0, y, info.size.width_px, 1}));
    }
    jobs.wait();
    EXPECT_EQ(entries(folder.path()), 3000U);
    EXPECT_TRUE(same_samples(decode_with_libpng(folder / "2999"), image));
}

TEST(PngWriter, PaletteKeepsIndicesAndColors) {
    const ScratchFolder folder;
    std::mt19937 random(4);
    for (const std::size_t colors : {1U, 3U, 16U, 200U, 256U}) {
        auto info = plain_info({50, 41}, 1, PixelType::uint8);
        info.band[0].color_interpretation = "Palette";
        for (std::size_t i = 0; i < colors; ++i) {
            const auto shade = static_cast<std::int16_t>(i);
            info.band[0].color_table.push_back({shade, static_cast<std::int16_t>(255 - shade), 7,
                                                static_cast<std::int16_t>(i % 2 == 0 ? 255 : shade)});
        }
        // Indices past the table too: such files exist, and their samples must come back.
        const auto image = random_image(info, random);
        const auto path = folder / "palette.png";
        write_raster(path, RasterFormat::png, image.view(), info);
        EXPECT_TRUE(same_samples(decode_with_libpng(path), image));
        const auto decoded = decode_with_gdal(path);
        EXPECT_TRUE(same_samples(decoded.image, image));
        ASSERT_GE(decoded.color_table.size(), colors);
        for (std::size_t i = 0; i < colors; ++i) EXPECT_EQ(decoded.color_table[i], info.band[0].color_table[i]);
    }
}

TEST(PngWriter, SmallSamplesArePacked) {
    const ScratchFolder folder;
    std::mt19937 random(5);
    for (const int bits : {1, 2, 3, 4, 7}) {
        for (const bool palette : {false, true}) {
            for (const std::int64_t width : {1, 7, 8, 9, 65}) {
                auto info = plain_info({width, 23}, 1, PixelType::uint8);
                info.band[0].bits_per_sample = bits;
                if (palette) info.band[0].color_table = {{1, 2, 3, 255}, {4, 5, 6, 255}};
                const auto image = random_image(info, random);
                const auto path = folder / "small.png";
                write_raster(path, RasterFormat::png, image.view(), info);
                EXPECT_TRUE(same_samples(decode_with_libpng(path), image));
                const auto decoded = decode_with_gdal(path);
                EXPECT_TRUE(same_samples(decoded.image, image)) << bits << " bits, palette " << palette;
            }
        }
    }
}

TEST(PngWriter, RefusesSamplesAboveThePromisedBits) {
    const ScratchFolder folder;
    auto info = plain_info({4, 4}, 1, PixelType::uint8);
    info.band[0].bits_per_sample = 1;
    Image image(info.size, 1, PixelType::uint8);
    std::fill_n(image.data(), image.size_bytes(), std::byte{2});
    try {
        write_raster(folder / "x.png", RasterFormat::png, image.view(), info);
        FAIL() << "cut off bits";
    } catch (const Error& error) {
        EXPECT_EQ(error.code(), ErrorCode::invalid_argument);
    }
    EXPECT_EQ(entries(folder.path()), 0U);
}

TEST(PngWriter, NamesTheReasonOfARefusal) {
    const auto expect = [](const RasterInfo& info, const std::string& reason) {
        const auto refusal = png_refusal(info);
        ASSERT_TRUE(refusal.has_value()) << reason;
        EXPECT_NE(refusal->find(reason), std::string::npos) << *refusal;
    };
    for (const auto type : {PixelType::int8, PixelType::int16, PixelType::uint32, PixelType::float32,
                            PixelType::complex_float64, PixelType::int64}) {
        expect(plain_info({9, 9}, 1, type), std::string(name(type)));
    }
    expect(plain_info({9, 9}, 5, PixelType::uint8), "not 5");
    auto cmyk = plain_info({9, 9}, 4, PixelType::uint8);
    cmyk.band[3].color_interpretation = "Black";
    expect(cmyk, "Black");
    auto masked = plain_info({9, 9}, 3, PixelType::uint8);
    masked.mask = MaskKind::per_dataset;
    expect(masked, "mask");
    auto palette = plain_info({9, 9}, 1, PixelType::uint16);
    palette.band[0].color_table.resize(3);
    expect(palette, "uint16");
    palette = plain_info({9, 9}, 1, PixelType::uint8);
    palette.band[0].color_table.resize(257);
    expect(palette, "257");
    palette.band[0].color_table.assign(2, {256, 0, 0, 255});
    expect(palette, "0 to 255");
    expect(plain_info({1'000'001, 1}, 1, PixelType::uint8), "1,000,000");
    for (int bands = 1; bands <= 4; ++bands) {
        EXPECT_FALSE(png_refusal(plain_info({9, 9}, bands, PixelType::uint16)).has_value());
    }
}

TEST(PngWriter, RefusesWhatDoesNotFit) {
    const ScratchFolder folder;
    const auto code_of = [&](const RasterInfo& info, const std::function<void(RasterWriter&)>& call) {
        JobGroup jobs(serial_executor(), 1000);
        try {
            call(*open_raster_writer(folder / "x.png", RasterFormat::png, info, {}, jobs));
        } catch (const Error& error) {
            return error.code();
        }
        return ErrorCode::internal;
    };
    const auto info = plain_info({4, 4}, 3, PixelType::uint8);
    const Image five({4, 5}, 3, PixelType::uint8);
    const Image narrow({3, 4}, 3, PixelType::uint8);
    const Image wide({4, 4}, 3, PixelType::uint16);
    const Image mask({4, 4}, 1, PixelType::uint8);
    EXPECT_EQ(code_of(info, [&](auto& w) { w.append(five.view()); }), ErrorCode::invalid_argument);
    EXPECT_EQ(code_of(info, [&](auto& w) { w.append(narrow.view()); }), ErrorCode::invalid_argument);
    EXPECT_EQ(code_of(info, [&](auto& w) { w.append(wide.view()); }), ErrorCode::invalid_argument);
    EXPECT_EQ(code_of(info,
                      [&](auto& w) {
                          w.append(five.view().crop({0, 0, 4, 4}), mask.view());
                      }),
              ErrorCode::invalid_argument);
    EXPECT_EQ(code_of(plain_info({0, 4}, 1, PixelType::uint8), [](auto&) {}), ErrorCode::invalid_argument);
    EXPECT_EQ(code_of(plain_info({4, 4}, 1, PixelType::float32), [](auto&) {}), ErrorCode::unsupported);
    EXPECT_EQ(entries(folder.path()), 0U);
}

TEST(PngWriter, LeavesNothingOfARasterThatEndsEarly) {
    const ScratchFolder folder;
    const auto info = plain_info({2000, 2000}, 3, PixelType::uint8);
    std::mt19937 random(6);
    const auto image = random_image(info, random);
    {
        JobGroup jobs(serial_executor(), 1000);
        const auto writer = open_raster_writer(folder / "x.png", RasterFormat::png, info, {}, jobs);
        writer->append(image.view().crop({0, 0, 2000, 1999}));
        jobs.wait();
    }
    EXPECT_EQ(entries(folder.path()), 0U);
}

TEST(PngWriter, SaysThatTheFolderIsMissing) {
    const ScratchFolder folder;
    const auto info = plain_info({20, 20}, 3, PixelType::uint8);
    std::mt19937 random(7);
    try {
        write_raster(folder / "none/x.png", RasterFormat::png, random_image(info, random).view(), info);
        FAIL() << "wrote into nowhere";
    } catch (const Error& error) {
        EXPECT_EQ(error.code(), ErrorCode::not_found);
        EXPECT_NE(error.where().find("x.png"), std::string::npos);
    }
}

TEST(LosslessFormat, IsPngWhereItHoldsEveryBit) {
    const auto photograph = plain_info({20, 20}, 3, PixelType::uint8);
    const auto heights = plain_info({20, 20}, 1, PixelType::float32);
    EXPECT_EQ(lossless_format(photograph), RasterFormat::png);
    EXPECT_EQ(lossless_format(heights), RasterFormat::tiff);
    EXPECT_EQ(lossless_format(photograph, RasterFormat::tiff), RasterFormat::tiff);
    EXPECT_EQ(lossless_format(photograph, RasterFormat::png), RasterFormat::png);
    EXPECT_EQ(lossless_format(heights, RasterFormat::tiff), RasterFormat::tiff);
    try {
        lossless_format(heights, RasterFormat::png);
        FAIL() << "PNG holds no floats";
    } catch (const Error& error) {
        EXPECT_EQ(error.code(), ErrorCode::unsupported);
        EXPECT_TRUE(std::string(error.what()).starts_with(*png_refusal(heights))) << error.what();
    }
}

TEST(WorldFile, LiesBesideItsPng) {
    EXPECT_EQ(world_file_path("a/slice_0.png"), "a/slice_0.pgw");
    EXPECT_EQ(world_file_path("a/cap.old_01.png"), "a/cap.old_01.pgw");
}

TEST(WorldFile, PlacesTheCentreOfTheFirstPixel) {
    EXPECT_EQ(world_file_text({500000, 10, 0, 4600000, 0, -10}), "10\n0\n0\n-10\n500005\n4599995\n");
    EXPECT_EQ(world_file_text({0, 1e-7, 0, 0, 0, -1e-7}), "0.0000001\n0\n0\n-0.0000001\n0.00000005\n-0.00000005\n");
}

}  // namespace
}  // namespace tilewright
