// SPDX-License-Identifier: Apache-2.0
#include "tilewright/raster/picture_file.h"

#include <gtest/gtest.h>

#include <utility>

#include "thumbnail/pictures.h"

namespace tilewright {
namespace {

using PictureFile = RasterFolder;

struct Case {
    PictureFormat format;
    const char* file;
    const char* driver;
    int tolerance;
};
constexpr Case cases[] = {{PictureFormat::jpeg, "a.jpg", "JPEG", 12}, {PictureFormat::png, "a.png", "PNG", 0},
                          {PictureFormat::gif, "a.gif", "GIF", 24},   {PictureFormat::bmp, "a.bmp", "BMP", 0},
                          {PictureFormat::tiff, "a.tif", "GTiff", 0}, {PictureFormat::webp, "a.webp", "WEBP", 12}};

Image picture_of(int bands) {
    const bool alpha = bands == 2 || bands == 4;
    return image_by<std::uint8_t>({80, 60}, bands, PixelType::uint8, [&](auto x, auto y, int band) {
        if (alpha && band == bands - 1) return x < 40 ? 255.0 : 0.0;
        const auto slope = y * (band + 1) / 2;
        return static_cast<double>(60 + x + slope);
    });
}

// What is seen of a picture on white.
Image seen(const std::filesystem::path& file) {
    return on_white(make_thumbnail(file).view());
}

TEST_F(PictureFile, ComesBackAsItWasInEveryFormat) {
    for (const auto& [format, file, driver, tolerance] : cases) {
        for (int bands = 1; bands <= 4; ++bands) {
            const auto picture = picture_of(bands);
            const bool alpha = bands == 2 || bands == 4;
            if (alpha && !holds_alpha(format)) {
                EXPECT_EQ(code_thrown_by([&, chosen = format] { encode_picture(picture.view(), chosen, 75); }),
                          ErrorCode::invalid_argument);
                continue;
            }
            write_text(path(file), encode_picture(picture.view(), format, 90));
            EXPECT_EQ(read_raster_info(path(file)).driver, driver);
            const auto expected = on_white(picture.view());
            const auto found = seen(path(file));
            ASSERT_EQ(found.size(), expected.size()) << file << " " << bands;
            for (std::int64_t y = 0; y < 60; y += 7) {
                for (const std::int64_t x : {3, 17, 33, 47, 61, 77}) {
                    auto wanted = pixel_at(expected, x, y);
                    auto got = pixel_at(found, x, y);
                    if (wanted.size() < got.size()) wanted = {wanted[0], wanted[0], wanted[0]};
                    EXPECT_TRUE(is_near(got, wanted, tolerance))
                        << file << " " << bands << " at " << x << ", " << y << ": " << got[0] << " for " << wanted[0];
                }
            }
        }
    }
}

TEST_F(PictureFile, HasTheFormatItsExtensionPromises) {
    EXPECT_EQ(picture_format_of("x.JPeG"), PictureFormat::jpeg);
    EXPECT_EQ(picture_format_of("x.tif"), PictureFormat::tiff);
    EXPECT_EQ(picture_format_of("x.TIFF"), PictureFormat::tiff);
    EXPECT_EQ(picture_format_of("gif"), std::nullopt);
    EXPECT_EQ(picture_format_of("x.jp2"), std::nullopt);
}

TEST_F(PictureFile, OfAThumbnailIsPngWhereTheNamePromisesNothing) {
    write_tiff(path("a.tif"), picture_of(3));
    const auto written = write_thumbnail(path("a.tif"), path("a.xyz"));
    EXPECT_EQ(written.size, (Size{80, 60}));
    EXPECT_EQ(written.file.size_bytes, static_cast<std::int64_t>(std::filesystem::file_size(path("a.xyz"))));
    EXPECT_EQ(read_raster_info(path("a.xyz")).driver, "PNG");
}

TEST_F(PictureFile, RefusesWhatIsNoPicture) {
    const auto refused = [](const Image& image, int quality) {
        return code_thrown_by([&] { encode_picture(image.view(), PictureFormat::png, quality); });
    };
    EXPECT_EQ(refused(made_image({8, 8}, 3, PixelType::uint16), 75), ErrorCode::invalid_argument);
    EXPECT_EQ(refused(made_image({8, 8}, 5, PixelType::uint8), 75), ErrorCode::invalid_argument);
    EXPECT_EQ(refused(made_image({8, 8}, 3, PixelType::uint8), 0), ErrorCode::invalid_argument);
}

}  // namespace
}  // namespace tilewright
