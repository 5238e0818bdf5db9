// SPDX-License-Identifier: Apache-2.0
// Shrink on load: what is read instead of the whole image, and that it looks the same.
#include "tilewright/raster/reduced.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>
#include <utility>

#include "thumbnail/pictures.h"

namespace tilewright {
namespace {

using Reduced = RasterFolder;

Image photograph(Size size, int bands) {
    return image_by<std::uint8_t>(size, bands, PixelType::uint8, [](auto x, auto y, int band) {
        return 128 + 60 * std::sin(static_cast<double>(x) / (40 + 10 * band)) +
               50 * std::cos(static_cast<double>(x + 2 * y) / 90);
    });
}

double mean_difference(const Image& a, const Image& b) {
    EXPECT_EQ(a.size(), b.size());
    EXPECT_EQ(a.bands(), b.bands());
    double sum = 0;
    for (std::size_t i = 0; i < a.size_bytes(); ++i) {
        sum += std::abs(std::to_integer<int>(a.data()[i]) - std::to_integer<int>(b.data()[i]));
    }
    return sum / static_cast<double>(a.size_bytes());
}

auto at_least(Size size) {
    return [size](Size) { return size; };
}

TEST_F(Reduced, JpegsAreDecodedAtTheLeastScaleThatWillDo) {
    const Size full{1001, 757};
    const auto image = photograph(full, 3);
    write_text(path("a.jpg"), encode_picture(image.view(), PictureFormat::jpeg, 90));
    const std::pair<Size, Size> cases[] = {{{120, 90}, {126, 95}},  {{126, 95}, {126, 95}}, {{127, 95}, {251, 190}},
                                           {{400, 10}, {501, 379}}, {{502, 10}, full},      {full, full}};
    for (const auto& [least, expected] : cases) {
        const auto reduced = open_reduced(path("a.jpg"), at_least(least));
        EXPECT_EQ(reduced.full_size, full);
        EXPECT_EQ(reduced.reader->info().size, expected);
        // Rows may be asked for again.
        const auto first = read_window(*reduced.reader, {3, 2, 50, 5});
        const auto again = read_window(*reduced.reader, {3, 2, 50, 5});
        EXPECT_TRUE(same_samples(first.view(), again.view()));
    }
}

TEST_F(Reduced, JpegsInTiffsLookTheSameAtEveryScale) {
    const Size full{1000, 760};
    for (const int bands : {1, 3}) {
        const auto image = photograph(full, bands);
        write_tiff(path("plain.tif"), image);
        const std::string color = bands == 3 ? "PHOTOMETRIC=YCBCR" : "PHOTOMETRIC=MINISBLACK";
        write_tiff(path("strips.tif"), image, {"COMPRESS=JPEG", "JPEG_QUALITY=90", color, "BLOCKYSIZE=16"});
        write_tiff(path("tiles.tif"), image,
                   {"COMPRESS=JPEG", "JPEG_QUALITY=90", color, "TILED=YES", "BLOCKXSIZE=128", "BLOCKYSIZE=64"});
        write_tiff(path("rgb.tif"), image,
                   {"COMPRESS=JPEG", "JPEG_QUALITY=90", bands == 3 ? "PHOTOMETRIC=RGB" : color});
        for (const std::int64_t side : {60, 100, 200, 400}) {
            const ThumbnailOptions options{{side, side}, 75, {}};
            const auto expected = make_thumbnail(path("plain.tif"), options);
            for (const auto* name : {"strips.tif", "tiles.tif", "rgb.tif"}) {
                EXPECT_LT(mean_difference(make_thumbnail(path(name), options), expected), 2.0) << name << " " << side;
            }
        }
        EXPECT_EQ(open_reduced(path("tiles.tif"), at_least({120, 90})).reader->info().size, (Size{125, 95}));
        EXPECT_EQ(open_reduced(path("strips.tif"), at_least({500, 380})).reader->info().size, (Size{500, 380}));
    }
}

TEST_F(Reduced, OverviewsAreReadInPlaceOfTheImage) {
    {
        // The overviews are given other colours, so that they are known when they are seen.
        const auto dataset = create_with_gdal(
            path("a.tif"), image_by<std::uint8_t>({1024, 768}, 3, PixelType::uint8, [](auto, auto, int) { return 10; }),
            {"TILED=YES"});
        std::array<int, 2> levels{2, 4};
        ASSERT_EQ(GDALBuildOverviews(dataset.get(), "NEAREST", 2, levels.data(), 0, nullptr, nullptr, nullptr),
                  CE_None);
        for (int band = 1; band <= 3; ++band) {
            for (int level = 0; level < 2; ++level) {
                GDALFillRaster(GDALGetOverview(GDALGetRasterBand(dataset.get(), band), level), 50 * (level + 1), 0);
            }
        }
    }
    const auto shade = [&](std::int64_t side) {
        return pixel_at(make_thumbnail(path("a.tif"), {{side, side}, 75, {}}), 5, 5)[0];
    };
    EXPECT_EQ(shade(100), 100);
    EXPECT_EQ(shade(170), 100);
    EXPECT_EQ(shade(171), 50);
    EXPECT_EQ(shade(341), 50);
    EXPECT_EQ(shade(342), 10);
}

TEST_F(Reduced, DamagedBlocksOfAJpegInATiffAreNamed) {
    write_tiff(path("a.tif"), photograph({1024, 1024}, 3),
               {"COMPRESS=JPEG", "PHOTOMETRIC=YCBCR", "TILED=YES", "BLOCKXSIZE=256", "BLOCKYSIZE=256"});
    std::string bytes;
    {
        std::ifstream file(path("a.tif"), std::ios::binary);
        bytes.assign(std::istreambuf_iterator<char>(file), {});
    }
    std::mt19937 random(3);
    for (std::size_t i = bytes.size() / 2; i < bytes.size() / 2 + 4000; ++i)
        bytes[i] = static_cast<char>(random() & 0x7FU);
    write_text(path("a.tif"), bytes);
    std::string message;
    EXPECT_EQ(code_thrown_by([&] { make_thumbnail(path("a.tif")); }, &message), ErrorCode::corrupt);
    EXPECT_NE(message.find("tile "), std::string::npos) << message;
}

TEST_F(Reduced, ForecastsTellWhatComes) {
    write_text(path("a.jpg"), encode_picture(photograph({1600, 1200}, 3).view(), PictureFormat::jpeg, 90));
    const auto forecast = forecast_thumbnail(path("a.jpg"));
    EXPECT_EQ(forecast.image, (Size{1600, 1200}));
    EXPECT_EQ(forecast.thumbnail, (Size{100, 75}));
    EXPECT_EQ(forecast.raw_bytes, 200 * 150 * 3);
    EXPECT_GT(forecast.working_bytes, 0);
    EXPECT_LT(forecast.working_bytes, 8 << 20);
}

}  // namespace
}  // namespace tilewright
