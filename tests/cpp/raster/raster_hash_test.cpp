// SPDX-License-Identifier: Apache-2.0
#include "tilewright/raster/raster_hash.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <cstring>
#include <limits>
#include <random>
#include <type_traits>
#include <vector>

namespace tilewright {
namespace {

RasterInfo info_of(Size size, int bands, PixelType type) {
    RasterInfo info;
    info.size = size;
    info.bands = bands;
    info.type = type;
    info.band.resize(static_cast<std::size_t>(bands));
    return info;
}

template <typename T>
Image image_of(Size size, int bands, PixelType type, const std::vector<T>& samples) {
    Image image(size, bands, type);
    EXPECT_EQ(image.size_bytes(), samples.size() * sizeof(T));
    std::memcpy(image.data(), samples.data(), image.size_bytes());
    return image;
}

template <typename T>
std::int64_t valid_pixels(const RasterInfo& info, const std::vector<T>& samples) {
    const auto image = image_of(info.size, info.bands, info.type, samples);
    RasterHash hash(info);
    hash.update(image.view());
    return hash.valid_pixels();
}

// Vectors that must not change: manifests in the world hold them. The bytes 0 to 23 as 4 x 3 pixels of uint16.
TEST(RasterHash, IsFrozen) {
    std::vector<std::uint8_t> bytes(24);
    for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<std::uint8_t>(i);
    auto info = info_of({4, 3}, 1, PixelType::uint16);
    info.mask = MaskKind::per_dataset;
    const auto image = image_of({4, 3}, 1, PixelType::uint16, bytes);
    const auto mask = image_of({4, 3}, 1, PixelType::uint8, std::vector<std::uint8_t>(12, 255));
    RasterHash hash(info);
    hash.update(image.view(), mask.view());
    EXPECT_EQ(hash.pixel_hash(), "bcb7bbf24fcbfc6148f9b79ee9ca6dac");
    EXPECT_EQ(hash.mask_hash(), "4763bea32f40a60b555088ffab2cb666");
    EXPECT_EQ(hash.valid_pixels(), 12);
}

TEST(RasterHash, DoesNotDependOnStridesNorOnHowRowsCome) {
    std::mt19937 random(2);
    const auto info = info_of({7, 9}, 3, PixelType::int16);
    Image packed({7, 9}, 3, PixelType::int16);
    for (std::size_t i = 0; i < packed.size_bytes(); ++i) packed.data()[i] = static_cast<std::byte>(random());
    RasterHash whole(info);
    whole.update(packed.view());

    RasterHash by_rows(info);
    for (std::int64_t y = 0; y < 9; y += 2)
        by_rows.update(packed.view().crop({0, y, 7, std::min<std::int64_t>(2, 9 - y)}));
    EXPECT_EQ(by_rows.pixel_hash(), whole.pixel_hash());

    // The same samples band by band, and as part of a wider image.
    std::vector<std::byte> planar(packed.size_bytes());
    constexpr std::ptrdiff_t row_bytes = 14;  // of one band
    ImageView planes{planar.data(), {7, 9}, 3, PixelType::int16, row_bytes, 2, 9 * row_bytes};
    Image wide({12, 9}, 3, PixelType::int16);
    for (std::int64_t y = 0; y < 9; ++y) {
        std::memcpy(wide.view().crop({5, y, 7, 1}).row(0), packed.view().row(y), 3 * row_bytes);
        for (std::int64_t x = 0; x < 7; ++x) {
            for (int band = 0; band < 3; ++band) {
                auto* to = planar.data() + (std::ptrdiff_t{band} * 9 + y) * row_bytes + x * 2;
                std::memcpy(to, packed.view().row(y) + x * 6 + std::ptrdiff_t{band} * 2, 2);
            }
        }
    }
    RasterHash of_planes(info);
    of_planes.update(planes);
    EXPECT_EQ(of_planes.pixel_hash(), whole.pixel_hash());
    RasterHash of_part(info);
    of_part.update(std::as_const(wide).view().crop({5, 0, 7, 9}));
    EXPECT_EQ(of_part.pixel_hash(), whole.pixel_hash());
}

TEST(RasterHash, NaNPayloadsCount) {
    const auto info = info_of({1, 1}, 1, PixelType::float32);
    RasterHash a(info);
    RasterHash b(info);
    a.update(image_of({1, 1}, 1, PixelType::float32, std::vector<std::uint32_t>{0x7FC00000}).view());
    b.update(image_of({1, 1}, 1, PixelType::float32, std::vector<std::uint32_t>{0x7FC00001}).view());
    EXPECT_NE(a.pixel_hash(), b.pixel_hash());
}

TEST(RasterHash, WithoutMaskAlphaOrNodataAllPixelsHoldData) {
    const auto info = info_of({2, 2}, 1, PixelType::uint8);
    EXPECT_EQ(valid_pixels<std::uint8_t>(info, {0, 0, 0, 0}), 4);
    RasterHash hash(info);
    EXPECT_EQ(hash.mask_hash(), "");
}

TEST(RasterHash, RefusesAnInfoThatWouldBeGone) {
    static_assert(std::is_constructible_v<RasterHash, const RasterInfo&>);
    static_assert(!std::is_constructible_v<RasterHash, RasterInfo>);
}

TEST(RasterHash, APixelIsEmptyWhereEveryBandHasItsNodata) {
    auto info = info_of({3, 1}, 2, PixelType::int16);
    info.band[0].nodata = -1.0;
    EXPECT_EQ(valid_pixels<std::int16_t>(info, {-1, 7, -1, -1, 5, 7}), 3) << "band 2 has no nodata, so it holds data";
    info.band[1].nodata = 7.0;
    EXPECT_EQ(valid_pixels<std::int16_t>(info, {-1, 7, -1, -1, 5, 7}), 2);
}

TEST(RasterHash, NodataIsCountedInTheSamplesOwnType) {
    auto bytes = info_of({3, 1}, 1, PixelType::uint8);
    for (const double out_of_range : {-1.0, 256.0, 0.5, 1e300, std::numeric_limits<double>::quiet_NaN()}) {
        bytes.band[0].nodata = out_of_range;
        EXPECT_EQ(valid_pixels<std::uint8_t>(bytes, {0, 255, 1}), 3) << out_of_range;
    }
    bytes.band[0].nodata = 255.0;
    EXPECT_EQ(valid_pixels<std::uint8_t>(bytes, {0, 255, 1}), 2);

    auto big = info_of({2, 1}, 1, PixelType::uint64);
    big.band[0].nodata = std::uint64_t{18'446'744'073'709'551'615U};
    EXPECT_EQ(valid_pixels<std::uint64_t>(big, {18'446'744'073'709'551'615U, 18'446'744'073'709'551'614U}), 1);

    auto single = info_of({3, 1}, 1, PixelType::float32);
    single.band[0].nodata = static_cast<double>(std::numeric_limits<float>::lowest());
    EXPECT_EQ(valid_pixels<float>(single, {std::numeric_limits<float>::lowest(), 0, 1}), 2);
    single.band[0].nodata = std::numeric_limits<double>::quiet_NaN();
    EXPECT_EQ(valid_pixels<float>(single, {std::numeric_limits<float>::quiet_NaN(), 0, 1}), 2);
    single.band[0].nodata = 1e300;
    EXPECT_EQ(valid_pixels<float>(single, {std::numeric_limits<float>::infinity(), 0, 1}), 3);
}

TEST(RasterHash, AlphaOfZeroIsEmptyAndIsNoNodata) {
    auto info = info_of({3, 1}, 2, PixelType::uint8);
    info.band[1].color_interpretation = "Alpha";
    EXPECT_EQ(valid_pixels<std::uint8_t>(info, {9, 0, 9, 1, 9, 255}), 2);
    info.band[0].nodata = 9.0;
    EXPECT_EQ(valid_pixels<std::uint8_t>(info, {9, 0, 9, 1, 8, 255}), 1);
}

TEST(RasterHash, TheMaskHides) {
    auto info = info_of({4, 1}, 1, PixelType::uint8);
    info.mask = MaskKind::per_dataset;
    const auto image = image_of({4, 1}, 1, PixelType::uint8, std::vector<std::uint8_t>{1, 2, 3, 4});
    const auto mask = image_of({4, 1}, 1, PixelType::uint8, std::vector<std::uint8_t>{255, 0, 255, 0});
    RasterHash hash(info);
    hash.update(image.view(), mask.view());
    EXPECT_EQ(hash.valid_pixels(), 2);
}

}  // namespace
}  // namespace tilewright
