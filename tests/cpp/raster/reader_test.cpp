// SPDX-License-Identifier: Apache-2.0
#include <cpl_conv.h>
#include <gtest/gtest.h>

#include <array>
#include <random>
#include <thread>
#include <vector>

#include "raster/made_raster.h"
#include "tilewright/raster/raster_reader.h"

namespace tilewright {
namespace {

class Reader : public RasterFolder {};

Window random_window(std::mt19937& random, Size size) {
    const auto part = [&](std::int64_t side) {
        const auto begin = static_cast<std::int64_t>(random() % static_cast<unsigned>(side));
        return std::pair{begin, 1 + static_cast<std::int64_t>(random() % static_cast<unsigned>(side - begin))};
    };
    const auto [x, width] = part(size.width_px);
    const auto [y, height] = part(size.height_px);
    return {x, y, width, height};
}

TEST_F(Reader, EveryTypeComesBackInEveryWindow) {
    std::mt19937 random(3);
    for (int t = 0; t <= static_cast<int>(PixelType::complex_float64); ++t) {
        const auto type = static_cast<PixelType>(t);
        const auto image = made_image({67, 45}, 3, type);
        const auto file = path(std::string(name(type)) + ".tif");
        std::vector<std::string> options{"TILED=YES", "BLOCKXSIZE=16", "BLOCKYSIZE=32"};
        if (type == PixelType::int8) options.emplace_back("PIXELTYPE=SIGNEDBYTE");
        write_tiff(file, image, options);
        const auto reader = open_raster(file);
        ASSERT_EQ(reader->info().type, type) << name(type);
        for (int round = 0; round < 20; ++round) {
            const auto window = random_window(random, image.size());
            ASSERT_TRUE(same_samples(read_window(*reader, window).view(), image.view().crop(window))) << name(type);
        }
    }
}

TEST_F(Reader, FillsViewsOfAnyStride) {
    const auto image = made_image({30, 20}, 3, PixelType::uint16);
    write_tiff(path("a.tif"), image);
    const auto reader = open_raster(path("a.tif"));
    const Window window{3, 4, 20, 10};
    const auto wanted = image.view().crop(window);

    // Band after band, with a gap after each row.
    std::vector<std::byte> planar(std::size_t{3} * 10 * 64, std::byte{0xEE});
    const MutableImageView planar_view{planar.data(), {20, 10}, 3, PixelType::uint16, 64, 2, 640};
    reader->read(window, planar_view);
    EXPECT_TRUE(same_samples(planar_view, wanted));
    EXPECT_EQ(planar[40], std::byte{0xEE});  // the gap is untouched

    // Upside down, in pixels of four samples of which the last is the caller's.
    std::vector<std::byte> flipped(std::size_t{10} * 20 * 8, std::byte{0xEE});
    const MutableImageView flipped_view{
        flipped.data() + std::ptrdiff_t{9} * 160, {20, 10}, 3, PixelType::uint16, -160, 8, 2};
    reader->read(window, flipped_view);
    EXPECT_TRUE(same_samples(flipped_view, wanted));
    EXPECT_EQ(flipped[6], std::byte{0xEE});
}

TEST_F(Reader, ServesManyThreadsAtOnce) {
    const auto image = made_image({256, 192}, 3, PixelType::uint8);
    write_tiff(path("a.tif"), image, {"COMPRESS=DEFLATE", "TILED=YES", "BLOCKXSIZE=64", "BLOCKYSIZE=64"});
    copy_with_gdal(path("a.tif"), path("a.png"), "PNG");
    for (const char* file : {"a.tif", "a.png"}) {
        const auto reader = open_raster(path(file));
        std::vector<int> wrong(4, 0);
        std::vector<std::thread> threads;
        for (std::size_t t = 0; t < wrong.size(); ++t) {
            threads.emplace_back([&, t] {
                std::mt19937 random(static_cast<unsigned>(t));
                for (int round = 0; round < 25; ++round) {
                    const auto window = random_window(random, image.size());
                    if (!same_samples(read_window(*reader, window).view(), image.view().crop(window))) ++wrong[t];
                    if (round % 5 == 4) reader->drop_decoded();  // whatever the others are at
                }
            });
        }
        for (auto& thread : threads) thread.join();
        EXPECT_EQ(wrong, std::vector<int>(4, 0)) << file;
    }
}

TEST_F(Reader, RefusesWindowsAndViewsThatDoNotFit) {
    const auto image = made_image({30, 20}, 1, PixelType::uint8);
    write_tiff(path("a.tif"), image);
    const auto reader = open_raster(path("a.tif"));
    Image into({10, 10}, 1, PixelType::uint8);
    const auto refused = [&](const Window& window, MutableImageView view) {
        return code_thrown_by([&] { reader->read(window, view); }) == ErrorCode::invalid_argument;
    };
    EXPECT_TRUE(refused({-1, 0, 10, 10}, into.view()));
    EXPECT_TRUE(refused({21, 0, 10, 10}, into.view()));
    EXPECT_TRUE(refused({0, INT64_MAX - 3, 10, 10}, into.view()));
    EXPECT_TRUE(refused({0, 0, 9, 10}, into.view()));
    Image wide({10, 10}, 1, PixelType::uint16);
    EXPECT_TRUE(refused({0, 0, 10, 10}, wide.view()));
    Image empty({0, 10}, 1, PixelType::uint8);
    reader->read({30, 0, 0, 10}, empty.view());  // nothing, at the very edge
}

TEST_F(Reader, MaskIsAll255WithoutOne) {
    write_tiff(path("a.tif"), made_image({5, 4}, 1, PixelType::uint8));
    Image mask({5, 4}, 1, PixelType::uint8);
    open_raster(path("a.tif"))->read_mask({0, 0, 5, 4}, mask.view());
    for (std::size_t i = 0; i < mask.size_bytes(); ++i) EXPECT_EQ(mask.data()[i], std::byte{255});
}

TEST_F(Reader, MaskBesideTheBands) {
    for (const bool inside : {true, false}) {
        const auto file = path(inside ? "inside.tif" : "beside.tif");
        CPLSetThreadLocalConfigOption("GDAL_TIFF_INTERNAL_MASK", inside ? "YES" : "NO");
        {
            const auto dataset = create_with_gdal(file, made_image({6, 4}, 3, PixelType::uint8));
            ASSERT_EQ(GDALCreateDatasetMaskBand(dataset.get(), GMF_PER_DATASET), CE_None);
            std::vector<unsigned char> mask(24, 255);
            mask[7] = 0;
            GDALRasterBandH band = GDALGetMaskBand(GDALGetRasterBand(dataset.get(), 1));
            ASSERT_EQ(GDALRasterIO(band, GF_Write, 0, 0, 6, 4, mask.data(), 6, 4, GDT_Byte, 0, 0), CE_None);
        }
        CPLSetThreadLocalConfigOption("GDAL_TIFF_INTERNAL_MASK", nullptr);
        const auto reader = open_raster(file);
        EXPECT_EQ(reader->info().mask, MaskKind::per_dataset) << file;
        EXPECT_EQ(reader->info().pages, 1);
        Image mask({2, 2}, 1, PixelType::uint8);
        reader->read_mask({1, 1, 2, 2}, mask.view());
        EXPECT_EQ(mask.data()[0], std::byte{0});
        EXPECT_EQ(mask.data()[1], std::byte{255});
        reader->drop_decoded();
        reader->read_mask({0, 1, 2, 2}, mask.view());
        EXPECT_EQ(mask.data()[0], std::byte{255});
        EXPECT_EQ(mask.data()[1], std::byte{0});
    }
}

TEST_F(Reader, HolesOfASparseFileAreNodata) {
    const std::array<const char*, 4> options{"SPARSE_OK=TRUE", "TILED=YES", "COMPRESS=DEFLATE", nullptr};
    {
        const GdalDataset dataset(GDALCreate(GDALGetDriverByName("GTiff"), path("a.tif").c_str(), 60000, 50000, 3,
                                             GDT_UInt16, const_cast<char**>(options.data())));
        for (int band = 1; band <= 3; ++band) GDALSetRasterNoDataValue(GDALGetRasterBand(dataset.get(), band), 7);
    }
    ASSERT_LT(std::filesystem::file_size(path("a.tif")), 1'000'000U);
    const auto reader = open_raster(path("a.tif"));
    const auto image = read_window(*reader, {59000, 49900, 1000, 100});
    const auto* samples = reinterpret_cast<const std::uint16_t*>(image.data());
    for (std::size_t i = 0; i < image.size_bytes() / 2; ++i) ASSERT_EQ(samples[i], 7);
}

TEST_F(Reader, PreviewIsSmallAndWhole) {
    const auto image = made_image({400, 100}, 3, PixelType::uint8);
    write_tiff(path("a.tif"), image);
    EXPECT_EQ(read_preview(path("a.tif"), 100).size(), (Size{100, 25}));
    EXPECT_TRUE(same_samples(read_preview(path("a.tif"), 1000).view(), image.view()));
    EXPECT_EQ(read_preview(path("a.tif"), 1).size(), (Size{1, 1}));
    EXPECT_EQ(code_thrown_by([&] { read_preview(path("a.tif"), 0); }), ErrorCode::invalid_argument);
}

TEST_F(Reader, PreviewTakesThePixelsThatGdalTakes) {
    const auto image = made_image({403, 301}, 3, PixelType::uint16);
    for (const char* layout : {"BLOCKYSIZE=1", "BLOCKYSIZE=7", "BLOCKYSIZE=301", "TILED=YES"}) {
        write_tiff(path("a.tif"), image, {layout, "COMPRESS=LZW"});
        const auto preview = read_preview(path("a.tif"), 40);
        ASSERT_EQ(preview.size(), (Size{40, 30}));
        Image expected(preview.size(), 3, PixelType::uint16);
        const auto into = expected.view();
        const GdalDataset dataset(GDALOpen(path("a.tif").c_str(), GA_ReadOnly));
        ASSERT_EQ(
            GDALDatasetRasterIO(dataset.get(), GF_Read, 0, 0, 403, 301, into.data, 40, 30, GDT_UInt16, 3, nullptr,
                                static_cast<int>(into.pixel_stride_bytes), static_cast<int>(into.row_stride_bytes),
                                static_cast<int>(into.band_stride_bytes)),
            CE_None);
        EXPECT_TRUE(same_samples(preview.view(), expected.view())) << layout;
    }
}

TEST_F(Reader, ViewInMemoryReadsLikeAFile) {
    const auto image = made_image({30, 20}, 3, PixelType::float32);
    RasterInfo info;
    info.size = image.size();
    info.bands = 3;
    info.type = PixelType::float32;
    info.band.resize(3);
    const auto reader = view_as_raster(image.view(), info);
    const Window window{5, 6, 7, 8};
    EXPECT_TRUE(same_samples(read_window(*reader, window).view(), image.view().crop(window)));
    info.bands = 1;
    EXPECT_EQ(code_thrown_by([&] { view_as_raster(image.view(), info); }), ErrorCode::invalid_argument);
}

}  // namespace
}  // namespace tilewright
