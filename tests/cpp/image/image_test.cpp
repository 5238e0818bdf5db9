// SPDX-License-Identifier: Apache-2.0
#include "tilewright/image/image.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <cstring>
#include <limits>

#include "tilewright/core/error.h"

namespace tilewright {
namespace {

constexpr int pixel_types = static_cast<int>(PixelType::complex_float64) + 1;

TEST(PixelType, NamesAreReadBackAndSizesFit) {
    for (int i = 0; i < pixel_types; ++i) {
        const auto type = static_cast<PixelType>(i);
        EXPECT_EQ(parse_pixel_type(name(type)), type);
        EXPECT_GE(size_bytes(type), 1U);
        EXPECT_LE(size_bytes(type), 16U);
        EXPECT_FALSE(is_complex(type) && is_floating(type));
    }
    EXPECT_EQ(size_bytes(PixelType::uint16), 2U);
    EXPECT_EQ(size_bytes(PixelType::complex_int16), 4U);
    EXPECT_EQ(size_bytes(PixelType::complex_float64), 16U);
    EXPECT_TRUE(is_complex(PixelType::complex_int16));
    EXPECT_FALSE(is_complex(PixelType::float64));
    EXPECT_TRUE(is_floating(PixelType::float32));
    EXPECT_FALSE(is_floating(PixelType::uint64));
    try {
        parse_pixel_type("uint12");
        FAIL() << "read";
    } catch (const Error& error) {
        EXPECT_EQ(error.code(), ErrorCode::unsupported);
    }
}

TEST(Image, LiesPackedAndInterleavedByPixel) {
    Image image({5, 3}, 4, PixelType::uint16);
    EXPECT_EQ(image.size_bytes(), 5U * 3 * 4 * 2);
    const auto view = image.view();
    EXPECT_TRUE(view.rows_are_packed());
    EXPECT_EQ(view.pixel_bytes(), 8U);
    EXPECT_EQ(view.row_stride_bytes, 40);
    EXPECT_EQ(view.row(2), image.data() + 80);
}

TEST(Image, ACropSeesTheSameSamples) {
    Image image({5, 3}, 2, PixelType::uint8);
    for (std::size_t i = 0; i < image.size_bytes(); ++i) image.data()[i] = static_cast<std::byte>(i);
    const ImageView part = image.view().crop({1, 1, 3, 2});
    EXPECT_EQ(part.size, (Size{3, 2}));
    EXPECT_EQ(part.row(0), image.data() + 10 + 2);
    EXPECT_EQ(*part.row(1), static_cast<std::byte>(22));
    EXPECT_TRUE(part.rows_are_packed());
}

TEST(Image, SamplesOutliveTheImageForWhoHoldsThem) {
    std::shared_ptr<std::byte[]> samples;
    {
        Image image({2, 2}, 1, PixelType::uint8);
        std::memset(image.data(), 7, image.size_bytes());
        samples = image.shared();
    }
    EXPECT_EQ(samples[3], std::byte{7});
}

TEST(Image, RefusesWhatCannotBe) {
    const auto code_of = [](Size size, int bands) {
        try {
            const Image image(size, bands, PixelType::float64);
        } catch (const Error& error) {
            return error.code();
        }
        ADD_FAILURE() << "made";
        return ErrorCode::internal;
    };
    EXPECT_EQ(code_of({-1, 5}, 1), ErrorCode::invalid_argument);
    EXPECT_EQ(code_of({5, 5}, -1), ErrorCode::invalid_argument);
    const auto huge = std::int64_t{1} << 31;
    EXPECT_EQ(code_of({huge, huge}, 3), ErrorCode::resource) << "the bytes do not fit 64 bits";
    EXPECT_EQ(Image({0, 0}, 0, PixelType::uint8).size_bytes(), 0U);
}

}  // namespace
}  // namespace tilewright
