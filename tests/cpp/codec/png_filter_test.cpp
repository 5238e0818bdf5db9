// SPDX-License-Identifier: Apache-2.0
#include "tilewright/codec/png_filter.h"

#include <gtest/gtest.h>
#include <png.h>
#include <zlib.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <memory>
#include <string>
#include <tuple>

#include "codec/png_filter_simd.h"
#include "codec/random_bytes.h"
#include "tilewright/codec/deflate.h"

namespace tilewright {
namespace {

using Bytes = std::vector<std::byte>;

constexpr PngFilter all_filters[] = {PngFilter::none, PngFilter::sub, PngFilter::up, PngFilter::average,
                                     PngFilter::paeth};

// What every decoder does, straight from the specification.
void unfilter(PngFilter filter, std::byte* row, const std::byte* previous, std::size_t row_bytes,
              std::size_t pixel_bytes) {
    for (std::size_t i = 0; i < row_bytes; ++i) {
        const int left = i < pixel_bytes ? 0 : std::to_integer<int>(row[i - pixel_bytes]);
        const int above = previous == nullptr ? 0 : std::to_integer<int>(previous[i]);
        const int corner = i < pixel_bytes || previous == nullptr ? 0 : std::to_integer<int>(previous[i - pixel_bytes]);
        int prediction = 0;
        switch (filter) {
            case PngFilter::none: break;
            case PngFilter::sub: prediction = left; break;
            case PngFilter::up: prediction = above; break;
            case PngFilter::average: prediction = (left + above) / 2; break;
            case PngFilter::paeth: {
                const int p = left + above - corner;
                const auto distances = std::array{std::abs(p - left), std::abs(p - above), std::abs(p - corner)};
                const auto nearest = std::min_element(distances.begin(), distances.end()) - distances.begin();
                prediction = std::array{left, above, corner}[static_cast<std::size_t>(nearest)];
            }
        }
        row[i] = static_cast<std::byte>((std::to_integer<int>(row[i]) + prediction) & 255);
    }
}

TEST(PngFilter, SimdEqualsScalarAndIsInvertible) {
    std::mt19937 random(1);
    for (std::size_t row_bytes = 0; row_bytes <= 300; ++row_bytes) {
        for (std::size_t pixel_bytes = 1; pixel_bytes <= 8; ++pixel_bytes) {
            const auto row = random_bytes(random, row_bytes, all_textures[random() % 3]);
            const auto above = random_bytes(random, row_bytes, all_textures[random() % 3]);
            const std::span<const std::byte> previous = random() % 4 == 0 ? std::span<const std::byte>() : above;
            for (const auto filter : all_filters) {
                // One more, which must stay as it is.
                Bytes simd(row_bytes + 1, std::byte{0xa5});
                Bytes scalar = simd;
                png_filter(filter, row, previous, pixel_bytes, simd.data());
                png_filter_scalar(filter, row, previous, pixel_bytes, scalar.data());
                ASSERT_TRUE(simd == scalar) << row_bytes << " bytes, filter " << static_cast<int>(filter);
                ASSERT_EQ(simd.back(), std::byte{0xa5});
                unfilter(filter, simd.data(), previous.empty() ? nullptr : previous.data(), row_bytes, pixel_bytes);
                simd.pop_back();
                ASSERT_TRUE(simd == row) << row_bytes << " bytes, filter " << static_cast<int>(filter);
            }
        }
    }
}

// Every left, above and corner there is: Paeth's ties and the ends of the range among them.
TEST(PngFilter, PaethIsExactForEveryNeighbourhood) {
    Bytes row(512);
    Bytes previous(512);
    Bytes simd(512);
    Bytes scalar(512);
    for (int corner = 0; corner < 256; ++corner) {
        for (int left = 0; left < 256; ++left) {
            for (std::size_t above = 0; above < 256; ++above) {
                row[2 * above] = static_cast<std::byte>(left);
                row[2 * above + 1] = std::byte{0};
                previous[2 * above] = static_cast<std::byte>(corner);
                previous[2 * above + 1] = static_cast<std::byte>(above);
            }
            png_filter(PngFilter::paeth, row, previous, 1, simd.data());
            png_filter_scalar(PngFilter::paeth, row, previous, 1, scalar.data());
            ASSERT_TRUE(simd == scalar) << "corner " << corner << ", left " << left;
        }
    }
}

TEST(PngFilter, SumsOfSimdEqualScalar) {
    std::mt19937 random(2);
    for (std::size_t row_bytes = 0; row_bytes <= 700; ++row_bytes) {
        const auto pixel_bytes = std::min<std::size_t>(1 + random() % 8, row_bytes);
        const auto row = random_bytes(random, row_bytes, all_textures[random() % 3]);
        const auto above = random_bytes(random, row_bytes, all_textures[random() % 3]);
        const auto* x = reinterpret_cast<const std::uint8_t*>(row.data());
        const auto* previous = reinterpret_cast<const std::uint8_t*>(above.data());
        ASSERT_EQ(filter_sums_simd(x, previous, row_bytes, pixel_bytes),
                  filter_sums_scalar(x, previous, row_bytes, pixel_bytes))
            << row_bytes << " bytes, " << pixel_bytes << " a pixel";
    }
}

class PngRows : public testing::TestWithParam<Compression> {};

INSTANTIATE_TEST_SUITE_P(Every, PngRows, testing::Values(Compression::fast, Compression::balanced, Compression::small),
                         [](const auto& test) { return std::string(name(test.param)); });

Bytes filter_image(const Bytes& image, std::size_t row_bytes, std::size_t pixel_bytes, bool filterable,
                   Compression compression, std::size_t rows_at_once) {
    const auto rows = image.size() / row_bytes;
    Bytes out(rows * (row_bytes + 1));
    for (std::size_t y = 0; y < rows; y += rows_at_once) {
        const auto previous =
            y == 0 ? std::span<const std::byte>() : std::span(image).subspan((y - 1) * row_bytes, row_bytes);
        png_filter_rows(image.data() + y * row_bytes, row_bytes, std::min(rows_at_once, rows - y), previous,
                        pixel_bytes, filterable, compression, out.data() + y * (row_bytes + 1));
    }
    return out;
}

// The rows back from their filtered form, whatever filters it names.
Bytes unfilter_image(const Bytes& filtered, std::size_t row_bytes, std::size_t pixel_bytes) {
    Bytes image;
    image.reserve(filtered.size());
    for (std::size_t begin = 0; begin < filtered.size(); begin += row_bytes + 1) {
        const auto type = std::to_integer<int>(filtered[begin]);
        if (type > 4) return {};
        const auto line = image.size();
        image.insert(image.end(), filtered.begin() + static_cast<std::ptrdiff_t>(begin + 1),
                     filtered.begin() + static_cast<std::ptrdiff_t>(begin + 1 + row_bytes));
        unfilter(static_cast<PngFilter>(type), image.data() + line,
                 begin == 0 ? nullptr : image.data() + line - row_bytes, row_bytes, pixel_bytes);
    }
    return image;
}

TEST_P(PngRows, OfSmallImagesAreInvertibleAndDoNotDependOnHowManyComeAtOnce) {
    std::mt19937 random(3);
    for (int round = 0; round < 300; ++round) {
        const auto pixel_bytes = 1 + random() % 8;
        const auto row_bytes = (1 + random() % 100) * pixel_bytes;
        const auto rows = 1 + random() % 40;
        const auto image = random_bytes(random, rows * row_bytes, all_textures[round % 5]);
        const auto filtered = filter_image(image, row_bytes, pixel_bytes, true, GetParam(), rows);
        ASSERT_TRUE(filtered == filter_image(image, row_bytes, pixel_bytes, true, GetParam(), 1 + random() % rows));
        ASSERT_TRUE(unfilter_image(filtered, row_bytes, pixel_bytes) == image);
    }
}

// Large enough that samples are compressed, of narrow rows, of wide ones that are sampled in part, and of rows longer
// than a group.
TEST_P(PngRows, OfLargeImagesAreInvertible) {
    std::mt19937 random(6);
    for (const auto& [width, rows] : {std::pair{5UL, 150000UL},
                                      {300UL, 3000UL},
                                      {1021UL, 1030UL},
                                      {5000UL, 300UL},
                                      {400000UL, 5UL},
                                      {2500000UL, 2UL}}) {
        const auto pixel_bytes = width > 10000 ? 1 : 1 + random() % 8;
        const auto row_bytes = width * pixel_bytes;
        const auto image = random_bytes(random, rows * row_bytes, Texture::mixed);
        const auto filtered = filter_image(image, row_bytes, pixel_bytes, true, GetParam(), rows);
        ASSERT_TRUE(unfilter_image(filtered, row_bytes, pixel_bytes) == image) << width << " x " << rows;
        ASSERT_TRUE(filtered == filter_image(image, row_bytes, pixel_bytes, true, GetParam(), rows));
    }
}

// Three images, each made for one filter: the choice must come near the best that one filter for all rows gives.
TEST_P(PngRows, AreFilteredNearlyAsWellAsTheBestFilterDoes) {
    constexpr std::size_t row_bytes = 3000;
    constexpr std::size_t rows = 350;
    std::mt19937 random(7);
    const auto noise = random_bytes(random, row_bytes * rows, Texture::noise);
    for (const auto kind : {0, 1, 2}) {
        Bytes image(row_bytes * rows);
        for (std::size_t i = 0; i < image.size(); ++i) {
            const auto x = i % row_bytes;
            const auto y = i / row_bytes;
            const auto grain = std::to_integer<std::size_t>(noise[i]) % 3;
            const auto column = std::to_integer<std::size_t>(noise[x]);
            const auto value = kind == 0   ? column + grain
                               : kind == 1 ? x * x / 5000 + y * y / 700 + grain
                                           : column % 4 * 60;
            image[i] = static_cast<std::byte>(value & 255);
        }
        Deflater deflater(GetParam());
        const auto chosen = filter_image(image, row_bytes, 3, true, GetParam(), rows);
        std::size_t best_bytes = SIZE_MAX;
        for (const auto filter : all_filters) {
            Bytes filtered(chosen.size(), static_cast<std::byte>(filter));
            for (std::size_t y = 0; y < rows; ++y) {
                const auto above = y == 0 ? std::span<const std::byte>()
                                          : std::span<const std::byte>(image).subspan((y - 1) * row_bytes, row_bytes);
                png_filter(filter, std::span<const std::byte>(image).subspan(y * row_bytes, row_bytes), above, 3,
                           filtered.data() + y * (row_bytes + 1) + 1);
            }
            best_bytes = std::min(best_bytes, deflater.compress_stream(filtered).size());
        }
        const auto chosen_bytes = deflater.compress_stream(chosen).size();
        EXPECT_LE(chosen_bytes, best_bytes + best_bytes / 20 + 2000) << "kind " << kind;
    }
}

TEST_P(PngRows, OfPalettesStayUnfiltered) {
    std::mt19937 random(4);
    const auto image = random_bytes(random, 1000, Texture::smooth);
    const auto filtered = filter_image(image, 100, 1, false, GetParam(), 10);
    for (std::size_t y = 0; y < 10; ++y) {
        EXPECT_EQ(filtered[y * 101], std::byte{0});
        EXPECT_EQ(std::memcmp(&filtered[y * 101 + 1], &image[y * 100], 100), 0);
    }
}

TEST_P(PngRows, OfAGradientBecomeNearlyNothing) {
    Bytes image(std::size_t{300} * 300);
    for (std::size_t i = 0; i < image.size(); ++i) image[i] = static_cast<std::byte>((i % 300 + i / 300) & 255);
    const auto stream = Deflater(GetParam()).compress_stream(filter_image(image, 300, 1, true, GetParam(), 300));
    EXPECT_LT(stream.size(), image.size() / 50);
}

struct PngSource {
    const Bytes& file;
    std::size_t at;
};

// The samples of a PNG as libpng gives them; empty if it refuses.
Bytes read_with_libpng(const Bytes& file, std::size_t row_bytes, std::size_t rows) {
    PngSource source{file, 0};
    Bytes read(row_bytes * rows);
    png_structp png = png_create_read_struct(PNG_LIBPNG_VER_STRING, nullptr, nullptr, nullptr);
    png_infop info = png_create_info_struct(png);
    // libpng leaves by longjmp on an error.
    if (setjmp(png_jmpbuf(png)) != 0) {
        png_destroy_read_struct(&png, &info, nullptr);
        return {};
    }
    png_set_read_fn(png, &source, [](png_structp reader, png_bytep data, std::size_t size_bytes) {
        auto& from = *static_cast<PngSource*>(png_get_io_ptr(reader));
        if (from.file.size() - from.at < size_bytes) png_error(reader, "too short");
        std::memcpy(data, from.file.data() + from.at, size_bytes);
        from.at += size_bytes;
    });
    png_read_info(png, info);
    for (std::size_t y = 0; y < rows; ++y) {
        png_read_row(png, reinterpret_cast<png_bytep>(read.data() + y * row_bytes), nullptr);
    }
    png_read_end(png, nullptr);
    png_destroy_read_struct(&png, &info, nullptr);
    return read;
}

// The whole way: filtered, deflated, framed as a PNG, and read by libpng.
TEST_P(PngRows, AreReadByLibpng) {
    std::mt19937 random(5);
    for (const auto& [color, depth, pixel_bytes] : {std::tuple{PNG_COLOR_TYPE_GRAY, 8, 1U},
                                                    {PNG_COLOR_TYPE_GRAY_ALPHA, 8, 2U},
                                                    {PNG_COLOR_TYPE_RGB, 8, 3U},
                                                    {PNG_COLOR_TYPE_RGB_ALPHA, 8, 4U},
                                                    {PNG_COLOR_TYPE_GRAY, 16, 2U},
                                                    {PNG_COLOR_TYPE_RGB, 16, 6U},
                                                    {PNG_COLOR_TYPE_RGB_ALPHA, 16, 8U}}) {
        const std::uint32_t width = 1 + static_cast<std::uint32_t>(random() % 200);
        const std::uint32_t height = 1 + static_cast<std::uint32_t>(random() % 50);
        const std::size_t row_bytes = std::size_t{width} * pixel_bytes;
        const auto image = random_bytes(random, row_bytes * height, Texture::mixed);
        const auto idat =
            Deflater(GetParam()).compress_stream(filter_image(image, row_bytes, pixel_bytes, true, GetParam(), 7));

        Bytes file;
        const auto put = [&](std::uint32_t value) {
            for (const int shift : {24, 16, 8, 0}) file.push_back(static_cast<std::byte>(value >> shift & 255));
        };
        const auto chunk = [&](const char* type, std::span<const std::byte> data) {
            put(static_cast<std::uint32_t>(data.size()));
            const auto begin = file.size();
            for (int i = 0; i < 4; ++i) file.push_back(static_cast<std::byte>(type[i]));
            file.insert(file.end(), data.begin(), data.end());
            put(tilewright::crc32(0, std::span(file).subspan(begin)));
        };
        for (const int byte : {0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a})
            file.push_back(static_cast<std::byte>(byte));
        Bytes header(13, std::byte{0});
        for (std::size_t i = 0; i < 4; ++i) header[i] = static_cast<std::byte>(width >> (24 - 8 * i) & 255);
        for (std::size_t i = 0; i < 4; ++i) header[4 + i] = static_cast<std::byte>(height >> (24 - 8 * i) & 255);
        header[8] = static_cast<std::byte>(depth);
        header[9] = static_cast<std::byte>(color);
        chunk("IHDR", header);
        chunk("IDAT", idat);
        chunk("IEND", {});

        ASSERT_TRUE(read_with_libpng(file, row_bytes, height) == image)
            << width << " x " << height << ", " << pixel_bytes << " bytes a pixel";
    }
}

}  // namespace
}  // namespace tilewright
