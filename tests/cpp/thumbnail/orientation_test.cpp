// SPDX-License-Identifier: Apache-2.0
// Every orientation of EXIF, in each format that can tell of it.
#include <gtest/gtest.h>

#include <array>
#include <string>
#include <utility>

#include "thumbnail/pictures.h"

namespace tilewright {
namespace {

// Four colours, one in each quarter of what is stored.
const Pixel red{255, 0, 0};
const Pixel green{0, 255, 0};
const Pixel blue{0, 0, 255};
const Pixel white{255, 255, 255};

Image quarters(Size size) {
    return image_by<std::uint8_t>(size, 3, PixelType::uint8, [&](std::int64_t x, std::int64_t y, int band) {
        const bool right = 2 * x >= size.width_px;
        const bool low = 2 * y >= size.height_px;
        const auto& color = low ? (right ? white : blue) : (right ? green : red);
        return color[static_cast<std::size_t>(band)];
    });
}

// The quarters of the upright picture: upper left, upper right, lower left, lower right.
const std::array<std::array<Pixel, 4>, 8> upright_quarters{{{red, green, blue, white},
                                                            {green, red, white, blue},
                                                            {white, blue, green, red},
                                                            {blue, white, red, green},
                                                            {red, blue, green, white},
                                                            {blue, red, white, green},
                                                            {white, green, blue, red},
                                                            {green, white, red, blue}}};

// The tag of an uncompressed TIFF's directory is overwritten: ResolutionUnit becomes Orientation, which sorts before
// it.
std::string oriented_tiff(const Image& image, int orientation) {
    const auto size = image.size();
    std::string bytes("II\x2A\0\x08\0\0\0", 8);
    const auto put = [&bytes](std::uint32_t value, int count) {
        for (int i = 0; i < count; ++i) bytes += static_cast<char>((value >> (8 * i)) & 0xFFU);
    };
    constexpr std::uint32_t fields = 10;
    constexpr std::uint32_t bits_at = 8 + 2 + fields * 12 + 4;
    const auto data_bytes = static_cast<std::uint32_t>(image.size_bytes());
    put(fields, 2);
    const std::array<std::array<std::uint32_t, 3>, fields> entries{
        {{256, 1, static_cast<std::uint32_t>(size.width_px)},
         {257, 1, static_cast<std::uint32_t>(size.height_px)},
         {258, 3, bits_at},
         {259, 1, 1},
         {262, 1, 2},
         {273, 1, bits_at + 6},
         {274, 1, static_cast<std::uint32_t>(orientation)},
         {277, 1, 3},
         {278, 1, static_cast<std::uint32_t>(size.height_px)},
         {279, 1, data_bytes}}};
    for (const auto& [tag, count, value] : entries) {
        const bool is_long = tag == 273 || tag == 279 || tag == 258;
        put(tag, 2);
        put(is_long && tag != 258 ? 4 : 3, 2);
        put(count, 4);
        put(value, 4);
    }
    put(0, 4);
    for (int band = 0; band < 3; ++band) put(8, 2);
    bytes.append(reinterpret_cast<const char*>(image.data()), image.size_bytes());
    return bytes;
}

class Orientation : public RasterFolder, public ::testing::WithParamInterface<int> {
protected:
    void expect_upright(const std::filesystem::path& file, Size stored, int tolerance) {
        const int orientation = GetParam();
        const auto picture = make_thumbnail(file, {{40, 40}, 75, {}});
        const Size turned{stored.height_px, stored.width_px};
        EXPECT_EQ(picture.size(), thumbnail_size(orientation >= 5 ? turned : stored, {40, 40}));
        ASSERT_EQ(picture.bands(), 3);
        const auto right = picture.size().width_px * 3 / 4;
        const auto low = picture.size().height_px * 3 / 4;
        const auto left = picture.size().width_px / 4;
        const auto high = picture.size().height_px / 4;
        const auto& expected = upright_quarters[static_cast<std::size_t>(orientation - 1)];
        EXPECT_TRUE(is_near(pixel_at(picture, left, high), expected[0], tolerance)) << file;
        EXPECT_TRUE(is_near(pixel_at(picture, right, high), expected[1], tolerance)) << file;
        EXPECT_TRUE(is_near(pixel_at(picture, left, low), expected[2], tolerance)) << file;
        EXPECT_TRUE(is_near(pixel_at(picture, right, low), expected[3], tolerance)) << file;
    }
};

TEST_P(Orientation, OfAJpeg) {
    const Size stored{640, 320};
    write_text(path("a.jpg"), oriented_jpeg(quarters(stored), GetParam()));
    expect_upright(path("a.jpg"), stored, 6);
}

TEST_P(Orientation, OfAPng) {
    const Size stored{96, 48};
    write_text(path("a.png"), oriented_png(quarters(stored), GetParam()));
    expect_upright(path("a.png"), stored, 0);
}

TEST_P(Orientation, OfATiff) {
    const Size stored{96, 48};
    write_text(path("a.tif"), oriented_tiff(quarters(stored), GetParam()));
    expect_upright(path("a.tif"), stored, 0);
}

INSTANTIATE_TEST_SUITE_P(All, Orientation, ::testing::Range(1, 9));

TEST_F(RasterFolder, AnOrientationThatIsNoneIsPassedOver) {
    for (const int orientation : {0, 9, 200}) {
        write_text(path("a.jpg"), oriented_jpeg(quarters({64, 32}), orientation));
        EXPECT_EQ(make_thumbnail(path("a.jpg")).size(), (Size{64, 32}));
    }
}

}  // namespace
}  // namespace tilewright
