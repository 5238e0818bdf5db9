// SPDX-License-Identifier: Apache-2.0
// Colours, transparency and stretching: what each kind of source looks like.
#include <cpl_conv.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <utility>

#include "thumbnail/pictures.h"

namespace tilewright {
namespace {

using Thumbnails = RasterFolder;

constexpr double not_a_number = std::numeric_limits<double>::quiet_NaN();

Pixel middle_of(const Image& picture) {
    return pixel_at(picture, picture.size().width_px / 2, picture.size().height_px / 2);
}

TEST_F(Thumbnails, AverageOverTheAreaOfEachPixel) {
    // A grid of black and white, one pixel each, is grey from afar.
    const auto grid = image_by<std::uint8_t>({800, 600}, 1, PixelType::uint8,
                                             [](auto x, auto y, int) { return (x + y) % 2 == 0 ? 0 : 255; });
    write_tiff(path("a.tif"), grid);
    const auto picture = make_thumbnail(path("a.tif"));
    EXPECT_EQ(picture.size(), (Size{100, 75}));
    for (std::int64_t y = 0; y < 75; ++y) {
        for (std::int64_t x = 0; x < 100; ++x) EXPECT_NEAR(pixel_at(picture, x, y)[0], 128, 2);
    }
}

TEST_F(Thumbnails, AreTheSameWhateverTheBlocks) {
    const auto image = made_image({700, 500}, 3, PixelType::uint8);
    write_tiff(path("strips.tif"), image, {"BLOCKYSIZE=7"});
    write_tiff(path("one.tif"), image, {"BLOCKYSIZE=500"});
    write_tiff(path("tiles.tif"), image, {"TILED=YES", "BLOCKXSIZE=64", "BLOCKYSIZE=48", "COMPRESS=LZW"});
    write_tiff(path("planes.tif"), image, {"INTERLEAVE=BAND", "COMPRESS=DEFLATE"});
    const auto expected = make_thumbnail(path("strips.tif"));
    for (const auto* other : {"one.tif", "tiles.tif", "planes.tif"}) {
        EXPECT_TRUE(same_samples(make_thumbnail(path(other)).view(), expected.view())) << other;
    }
}

TEST_F(Thumbnails, OfSmallImagesAreTheImages) {
    const auto image = made_image({50, 40}, 3, PixelType::uint8);
    write_tiff(path("a.tif"), image);
    EXPECT_TRUE(same_samples(make_thumbnail(path("a.tif")).view(), image.view()));
}

TEST_F(Thumbnails, OfSixteenBitsAndFloatsAreStretchedNeverWrapped) {
    const auto ramp = [](double last) {
        return [last](std::int64_t x, std::int64_t, int) { return last * static_cast<double>(x) / 399; };
    };
    write_tiff(path("16.tif"), image_by<std::uint16_t>({400, 300}, 1, PixelType::uint16, ramp(4000)));
    write_tiff(path("s16.tif"), image_by<std::int16_t>({400, 300}, 1, PixelType::int16, ramp(-30000)));
    write_tiff(path("32.tif"), image_by<float>({400, 300}, 1, PixelType::float32, ramp(0.3)));
    write_tiff(path("64.tif"), image_by<double>({400, 300}, 1, PixelType::float64, ramp(1e200)));
    for (const auto* name : {"16.tif", "s16.tif", "32.tif", "64.tif"}) {
        const auto picture = make_thumbnail(path(name));
        ASSERT_EQ(picture.bands(), 1) << name;
        const bool falling = std::string(name) == "s16.tif";
        EXPECT_EQ(pixel_at(picture, falling ? 99 : 0, 30)[0], 0) << name;
        EXPECT_EQ(pixel_at(picture, falling ? 0 : 99, 30)[0], 255) << name;
        EXPECT_NEAR(middle_of(picture)[0], 128, 3) << name;
        for (std::int64_t x = 1; x < 100; ++x) {
            const int step = pixel_at(picture, x, 30)[0] - pixel_at(picture, x - 1, 30)[0];
            EXPECT_GE(falling ? -step : step, 0) << name << " at " << x;
        }
    }
}

TEST_F(Thumbnails, TakeNaNAndNodataForTransparentAndLeaveThemOutOfTheStretch) {
    const auto image = image_by<float>({400, 400}, 1, PixelType::float32, [](auto x, auto y, int) {
        if (x >= 300) return not_a_number;
        return y >= 300 ? -9999.0 : static_cast<double>(x);
    });
    {
        const auto dataset = create_with_gdal(path("a.tif"), image);
        GDALSetRasterNoDataValue(GDALGetRasterBand(dataset.get(), 1), -9999);
    }
    const auto picture = make_thumbnail(path("a.tif"));
    ASSERT_EQ(picture.bands(), 2);
    EXPECT_EQ(pixel_at(picture, 90, 10)[1], 0);
    EXPECT_EQ(pixel_at(picture, 10, 90)[1], 0);
    EXPECT_EQ(pixel_at(picture, 10, 10)[1], 255);
    EXPECT_NEAR(pixel_at(picture, 37, 10)[0], 128, 4);
    EXPECT_EQ(pixel_at(on_white(picture.view()), 90, 90), (Pixel{255}));
}

TEST_F(Thumbnails, MixColoursByTheirAlpha) {
    // Columns of red that cannot be seen between columns of blue that can.
    const auto image = image_by<std::uint8_t>({400, 400}, 4, PixelType::uint8, [](auto x, auto, int band) {
        const bool clear = x % 4 < 2;
        return (band == 0 && clear) || (band == 2 && !clear) || (band == 3 && !clear) ? 255 : 0;
    });
    write_tiff(path("a.tif"), image, {"PHOTOMETRIC=RGB", "ALPHA=YES"});
    const auto picture = make_thumbnail(path("a.tif"));
    EXPECT_TRUE(is_near(middle_of(picture), {0, 0, 255, 128}, 1));
    EXPECT_TRUE(is_near(middle_of(on_white(picture.view())), {127, 127, 255}, 1));
}

TEST_F(Thumbnails, RespectMasks) {
    {
        const auto dataset = create_with_gdal(
            path("a.tif"), image_by<std::uint8_t>({300, 300}, 3, PixelType::uint8, [](auto, auto, int) { return 90; }));
        CPLSetThreadLocalConfigOption("GDAL_TIFF_INTERNAL_MASK", "YES");
        ASSERT_EQ(GDALCreateDatasetMaskBand(dataset.get(), GMF_PER_DATASET), CE_None);
        CPLSetThreadLocalConfigOption("GDAL_TIFF_INTERNAL_MASK", nullptr);
        std::vector<std::uint8_t> mask(300UL * 300, 255);
        std::fill_n(mask.begin(), 300 * 150, std::uint8_t{0});
        ASSERT_EQ(GDALRasterIO(GDALGetMaskBand(GDALGetRasterBand(dataset.get(), 1)), GF_Write, 0, 0, 300, 300,
                               mask.data(), 300, 300, GDT_Byte, 0, 0),
                  CE_None);
    }
    const auto picture = make_thumbnail(path("a.tif"));
    EXPECT_EQ(pixel_at(picture, 50, 20), (Pixel{0, 0, 0, 0}));
    EXPECT_EQ(pixel_at(picture, 50, 80), (Pixel{90, 90, 90, 255}));
}

TEST_F(Thumbnails, OfPalettesHaveItsColoursAndItsAlpha) {
    {
        const auto image =
            image_by<std::uint8_t>({200, 200}, 1, PixelType::uint8, [](auto x, auto, int) { return x < 100 ? 3 : 7; });
        const auto dataset = create_with_gdal(path("a.tif"), image);
        GDALColorTableH table = GDALCreateColorTable(GPI_RGB);
        const GDALColorEntry orange{255, 128, 0, 255};
        const GDALColorEntry clear{0, 0, 0, 0};
        GDALSetColorEntry(table, 3, &orange);
        GDALSetColorEntry(table, 7, &clear);
        GDALSetRasterColorTable(GDALGetRasterBand(dataset.get(), 1), table);
        GDALDestroyColorTable(table);
    }
    copy_with_gdal(path("a.tif"), path("a.png"), "PNG");
    const auto opaque = make_thumbnail(path("a.tif"));
    EXPECT_TRUE(is_near(pixel_at(opaque, 10, 50), {255, 128, 0}, 0));
    const auto picture = make_thumbnail(path("a.png"));
    ASSERT_GE(picture.bands(), 3);
    EXPECT_TRUE(is_near(Pixel{pixel_at(picture, 10, 50)[0], pixel_at(picture, 10, 50)[1], pixel_at(picture, 10, 50)[2]},
                        {255, 128, 0}, 0));
}

TEST_F(Thumbnails, OfCmykAreRgb) {
    const auto image = image_by<std::uint8_t>({200, 200}, 4, PixelType::uint8, [](auto x, auto, int band) {
        return band == 3 ? (x < 100 ? 0 : 255) : (band == 0 ? 255 : 0);  // cyan, then black
    });
    write_tiff(path("a.tif"), image, {"PHOTOMETRIC=CMYK"});
    const auto picture = make_thumbnail(path("a.tif"));
    EXPECT_EQ(pixel_at(picture, 10, 50), (Pixel{0, 255, 255}));
    EXPECT_EQ(pixel_at(picture, 90, 50), (Pixel{0, 0, 0}));
}

TEST_F(Thumbnails, OfFewBitsUseAllShades) {
    const auto bits =
        image_by<std::uint8_t>({200, 200}, 1, PixelType::uint8, [](auto x, auto, int) { return x < 100 ? 0 : 1; });
    write_tiff(path("1.tif"), bits, {"NBITS=1"});
    write_tiff(path("1w.tif"), bits, {"NBITS=1", "PHOTOMETRIC=MINISWHITE"});
    const auto nibbles =
        image_by<std::uint8_t>({200, 200}, 1, PixelType::uint8, [](auto x, auto, int) { return x < 100 ? 0 : 15; });
    write_tiff(path("4.tif"), nibbles, {"NBITS=4"});
    const auto bytes =
        image_by<std::uint8_t>({200, 200}, 1, PixelType::uint8, [](auto x, auto, int) { return x < 100 ? 0 : 255; });
    write_tiff(path("8w.tif"), bytes, {"PHOTOMETRIC=MINISWHITE"});
    const auto shades = [&](const char* name) {
        const auto picture = make_thumbnail(path(name));
        return std::pair(pixel_at(picture, 10, 50)[0], pixel_at(picture, 90, 50)[0]);
    };
    EXPECT_EQ(shades("1.tif"), (std::pair{0, 255}));
    EXPECT_EQ(shades("1w.tif"), (std::pair{255, 0}));
    EXPECT_EQ(shades("4.tif"), (std::pair{0, 255}));
    EXPECT_EQ(shades("8w.tif"), (std::pair{255, 0}));
}

TEST_F(Thumbnails, ShowRedGreenAndBlueWhereverTheyStand) {
    {
        const auto image = image_by<std::uint8_t>({200, 200}, 4, PixelType::uint8,
                                                  [](auto, auto, int band) { return 50 * (band + 1); });
        const auto dataset = create_with_gdal(path("a.tif"), image, {"PHOTOMETRIC=MINISBLACK", "ALPHA=NO"});
        const std::array colors{GCI_Undefined, GCI_BlueBand, GCI_GreenBand, GCI_RedBand};
        for (int band = 0; band < 4; ++band) {
            GDALSetRasterColorInterpretation(GDALGetRasterBand(dataset.get(), band + 1),
                                             colors[static_cast<std::size_t>(band)]);
        }
    }
    EXPECT_EQ(middle_of(make_thumbnail(path("a.tif"))), (Pixel{200, 150, 100}));
}

TEST_F(Thumbnails, RefuseWhatIsNoImageOrDamaged) {
    write_text(path("a.jpg"), "no image");
    EXPECT_EQ(code_thrown_by([&] { make_thumbnail(path("a.jpg")); }), ErrorCode::corrupt);
    EXPECT_EQ(code_thrown_by([&] { make_thumbnail(path("missing.jpg")); }), ErrorCode::not_found);
    const auto whole = encode_picture(made_image({640, 480}, 3, PixelType::uint8).view(), PictureFormat::jpeg, 90);
    write_text(path("cut.jpg"), whole.substr(0, whole.size() / 2));
    std::string message;
    EXPECT_EQ(code_thrown_by([&] { make_thumbnail(path("cut.jpg")); }, &message), ErrorCode::corrupt);
    EXPECT_NE(message.find("Premature end"), std::string::npos) << message;
    write_text(path("head.jpg"), whole.substr(0, 100));
    EXPECT_EQ(code_thrown_by([&] { make_thumbnail(path("head.jpg")); }), ErrorCode::corrupt);
}

TEST_F(Thumbnails, RefuseWhatIsLargerThanAllowed) {
    write_text(path("a.jpg"),
               encode_picture(made_image({640, 480}, 3, PixelType::uint8).view(), PictureFormat::jpeg, 90));
    ThumbnailOptions options;
    options.open.max_raw_bytes = 1000;
    EXPECT_EQ(code_thrown_by([&] { make_thumbnail(path("a.jpg"), options); }), ErrorCode::unsupported);
    options.size = {0, 10};
    EXPECT_EQ(code_thrown_by([&] { make_thumbnail(path("a.jpg"), options); }), ErrorCode::invalid_argument);
}

TEST_F(Thumbnails, StopWhenAsked) {
    write_tiff(path("a.tif"), made_image({640, 480}, 3, PixelType::uint8));
    std::stop_source stop;
    stop.request_stop();
    RunContext context;
    context.stop = stop.get_token();
    EXPECT_EQ(code_thrown_by([&] { make_thumbnail(path("a.tif"), {}, context); }), ErrorCode::cancelled);
}

}  // namespace
}  // namespace tilewright
