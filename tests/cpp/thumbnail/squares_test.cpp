// SPDX-License-Identifier: Apache-2.0
#include "tilewright/thumbnail/squares.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "thumbnail/orient.h"
#include "thumbnail/pictures.h"
#include "tilewright/core/thread_pool.h"

namespace tilewright {
namespace {

using Squares = RasterFolder;

SquareOptions of_side(int size_px) {
    SquareOptions options;
    options.size_px = size_px;
    return options;
}

// Green in the square in the middle, red beside it.
Image green_middle(Size size) {
    const auto side = std::min(size.width_px, size.height_px);
    const Window middle{(size.width_px - side) / 2, (size.height_px - side) / 2, side, side};
    return image_by<std::uint8_t>(size, 3, PixelType::uint8, [middle](std::int64_t x, std::int64_t y, int band) {
        const bool inside = x >= middle.x_px && x < middle.x_end() && y >= middle.y_px && y < middle.y_end();
        return band == (inside ? 1 : 0) ? 255 : 0;
    });
}

bool is_all(const Image& picture, const Pixel& color) {
    for (std::int64_t y = 0; y < picture.size().height_px; ++y) {
        for (std::int64_t x = 0; x < picture.size().width_px; ++x) {
            if (pixel_at(picture, x, y) != color) return false;
        }
    }
    return true;
}

TEST_F(Squares, AreTheMiddleOfImagesOfAnySize) {
    for (const Size size :
         {Size{640, 480}, {480, 641}, {225, 224}, {33, 77}, {77, 33}, {224, 224}, {3, 1}, {1, 1000}}) {
        for (const int side : {1, 32, 33, 224}) {
            write_tiff(path("a.tif"), green_middle(size));
            const auto square = make_square(path("a.tif"), of_side(side));
            EXPECT_EQ(square.size(), (Size{side, side}));
            EXPECT_EQ(square.bands(), 3);
            EXPECT_TRUE(is_all(square, {0, 255, 0})) << size.width_px << " x " << size.height_px << " to " << side;
        }
    }
}

TEST_F(Squares, AverageOverTheAreaOfEachPixel) {
    const auto grid = image_by<std::uint8_t>({600, 448}, 3, PixelType::uint8,
                                             [](auto x, auto y, int) { return (x + y) % 2 == 0 ? 0 : 255; });
    write_tiff(path("a.tif"), grid);
    EXPECT_TRUE(is_all(make_square(path("a.tif")), {128, 128, 128}));
}

TEST_F(Squares, AreTheSameWhateverTheBlocks) {
    const auto image = made_image({701, 500}, 3, PixelType::uint8);
    write_tiff(path("strips.tif"), image, {"BLOCKYSIZE=7"});
    write_tiff(path("tiles.tif"), image, {"TILED=YES", "BLOCKXSIZE=64", "BLOCKYSIZE=48", "COMPRESS=LZW"});
    write_tiff(path("planes.tif"), image, {"INTERLEAVE=BAND", "COMPRESS=DEFLATE"});
    copy_with_gdal(path("strips.tif"), path("a.png"), "PNG");
    const auto expected = make_square(path("strips.tif"));
    for (const auto* other : {"tiles.tif", "planes.tif", "a.png"}) {
        EXPECT_TRUE(same_samples(make_square(path(other)).view(), expected.view())) << other;
    }
}

TEST_F(Squares, AreTurnedUprightBeforeTheyAreCut) {
    // Odd beside the square: its middle is not the same from both sides.
    const auto image = made_image({101, 64}, 3, PixelType::uint8);
    for (int orientation = 1; orientation <= 8; ++orientation) {
        write_text(path("turned.png"), oriented_png(image, orientation));
        Image copy(image.size(), image.bands(), image.type());
        std::copy_n(image.data(), image.size_bytes(), copy.data());
        write_tiff(path("upright.tif"), upright(std::move(copy), orientation));
        EXPECT_TRUE(same_samples(make_square(path("turned.png"), of_side(32)).view(),
                                 make_square(path("upright.tif"), of_side(32)).view()))
            << orientation;
    }
}

TEST_F(Squares, OfTurnedJpegsAreTheMiddleToo) {
    for (int orientation = 1; orientation <= 8; ++orientation) {
        write_text(path("a.jpg"), oriented_jpeg(green_middle({1280, 640}), orientation));
        const auto square = make_square(path("a.jpg"), of_side(224));
        EXPECT_TRUE(is_near(pixel_at(square, 112, 112), {0, 255, 0}, 4)) << orientation;
        EXPECT_TRUE(is_near(pixel_at(square, 5, 112), {0, 255, 0}, 4)) << orientation;
        EXPECT_TRUE(is_near(pixel_at(square, 112, 218), {0, 255, 0}, 4)) << orientation;
    }
}

TEST_F(Squares, OfGrayImagesHaveThreeBandsAlike) {
    const auto image = made_image({300, 200}, 1, PixelType::uint8);
    write_tiff(path("a.tif"), image);
    write_text(path("a.jpg"), encode_picture(image.view(), PictureFormat::jpeg, 95));
    for (const auto* name : {"a.tif", "a.jpg"}) {
        const auto square = make_square(path(name), of_side(50));
        ASSERT_EQ(square.bands(), 3) << name;
        for (std::int64_t x = 0; x < 50; ++x) {
            const auto pixel = pixel_at(square, x, 20);
            EXPECT_EQ(pixel, Pixel(3, pixel[0])) << name;
        }
    }
}

TEST_F(Squares, PutWhatIsTransparentOnWhite) {
    const auto image = image_by<std::uint8_t>({400, 300}, 4, PixelType::uint8, [](auto x, auto, int band) {
        return band == 3 ? (x < 200 ? 255 : 0) : 10 * band;
    });
    write_tiff(path("a.tif"), image, {"PHOTOMETRIC=RGB", "ALPHA=YES"});
    for (const int side : {100, 400}) {
        const auto square = make_square(path("a.tif"), of_side(side));
        EXPECT_EQ(pixel_at(square, side / 10, side / 2), (Pixel{0, 10, 20}));
        EXPECT_EQ(pixel_at(square, side - side / 10, side / 2), (Pixel{255, 255, 255}));
    }
}

TEST_F(Squares, StretchSamplesOfMoreThanEightBits) {
    const auto ramp = [](double last) {
        return [last](std::int64_t x, std::int64_t, int) { return last * static_cast<double>(x) / 299; };
    };
    write_tiff(path("16.tif"), image_by<std::uint16_t>({300, 300}, 1, PixelType::uint16, ramp(4000)));
    write_tiff(path("32.tif"), image_by<float>({300, 300}, 3, PixelType::float32, ramp(0.3)));
    for (const auto* name : {"16.tif", "32.tif"}) {
        const auto square = make_square(path(name), of_side(100));
        EXPECT_EQ(pixel_at(square, 0, 50), (Pixel{0, 0, 0})) << name;
        EXPECT_TRUE(is_near(pixel_at(square, 50, 50), {128, 128, 128}, 4)) << name;
        EXPECT_EQ(pixel_at(square, 99, 50), (Pixel{255, 255, 255})) << name;
    }
}

TEST_F(Squares, EnlargeWhatIsSmaller) {
    const auto image = image_by<std::uint8_t>({5, 4}, 3, PixelType::uint8,
                                              [](auto x, auto, int band) { return band == 0 ? 60 * x : 7; });
    write_tiff(path("a.tif"), image);
    const auto square = make_square(path("a.tif"), of_side(40));
    // Columns 0 to 3 of it, a ramp of 60 a pixel; beside the outermost there is nothing to go by.
    for (std::int64_t x = 15; x < 25; ++x) {
        const auto expected = static_cast<int>(std::lround(60 * ((static_cast<double>(x) + 0.5) / 10 - 0.5)));
        EXPECT_TRUE(is_near(pixel_at(square, x, 20), {expected, 7, 7}, 5)) << x;
    }
    EXPECT_NEAR(pixel_at(square, 0, 20)[0], 0, 8);
    EXPECT_NEAR(pixel_at(square, 39, 20)[0], 180, 8);
}

TEST_F(Squares, AreNormalisedIntoPlanes) {
    const auto image =
        image_by<std::uint8_t>({30, 20}, 3, PixelType::uint8, [](auto, auto, int band) { return 100 * band + 3; });
    write_tiff(path("a.tif"), image);
    SquareOptions options;
    options.size_px = 8;
    options.mean = {0.1, 0.2, -3};
    options.deviation = {0.5, 2, 1e-3};
    const std::vector paths{path("a.tif"), path("a.tif")};
    std::vector<float> numbers(2 * square_samples(options), 99.0F);
    const auto errors = read_squares(paths, options, numbers);
    EXPECT_FALSE(errors.at(0) || errors.at(1));
    for (std::size_t i = 0; i < numbers.size(); ++i) {
        const auto band = i / 64 % 3;
        const double share = static_cast<double>(100 * band + 3) / 255;
        EXPECT_EQ(numbers[i], static_cast<float>((share - options.mean[band]) / options.deviation[band])) << i;
    }
}

TEST_F(Squares, TellWhichImagesCannotBeReadAndLeaveZerosInTheirPlace) {
    const auto whole = encode_picture(made_image({320, 640}, 3, PixelType::uint8).view(), PictureFormat::jpeg, 90);
    write_text(path("whole.jpg"), whole);
    // What is missing lies below the square.
    write_text(path("cut.jpg"), whole.substr(0, whole.size() - whole.size() / 20));
    write_text(path("none.jpg"), "no image");
    const auto options = of_side(64);
    const std::vector paths{path("cut.jpg"), path("whole.jpg"), path("missing.jpg"), path("none.jpg")};
    std::vector<float> numbers(paths.size() * square_samples(options), 99.0F);
    const auto errors = read_squares(paths, options, numbers);
    ASSERT_EQ(errors.size(), paths.size());
    const std::vector codes{ErrorCode::corrupt, ErrorCode::internal, ErrorCode::not_found, ErrorCode::corrupt};
    for (std::size_t image = 0; image < paths.size(); ++image) {
        const auto* first = numbers.data() + image * square_samples(options);
        const bool is_zero = std::all_of(first, first + square_samples(options), [](float n) { return n == 0; });
        EXPECT_EQ(is_zero, image != 1) << image;
        ASSERT_EQ(errors[image].has_value(), image != 1) << image;
        if (image == 1) continue;
        EXPECT_EQ(errors[image]->code(), codes[image]) << errors[image]->what();
        EXPECT_EQ(errors[image]->where(), paths[image].string());
    }
}

TEST_F(Squares, DoNotDependOnTheNumberOfThreads) {
    std::vector<std::filesystem::path> paths;
    for (int i = 0; i < 40; ++i) {
        const auto image = made_image({300 + 7 * i, 500 - 5 * i}, 3, PixelType::uint8, static_cast<unsigned>(i));
        paths.push_back(path(std::to_string(i) + ".jpg"));
        write_text(paths.back(), i % 9 == 4 ? "no image" : encode_picture(image.view(), PictureFormat::jpeg, 85));
    }
    const auto options = of_side(100);
    std::vector<float> alone(paths.size() * square_samples(options));
    const auto errors_alone = read_squares(paths, options, alone);
    std::vector<float> together(alone.size(), 1.0F);
    ThreadPool pool(4);
    RunContext context;
    context.executor = &pool;
    const auto errors = read_squares(paths, options, together, context);
    EXPECT_TRUE(together == alone);
    for (std::size_t i = 0; i < paths.size(); ++i) {
        EXPECT_EQ(errors[i].has_value(), i % 9 == 4) << i;
        EXPECT_EQ(errors_alone[i].has_value(), i % 9 == 4) << i;
    }
}

TEST_F(Squares, RefuseWhatCannotBe) {
    write_tiff(path("a.tif"), made_image({30, 20}, 3, PixelType::uint8));
    const auto code_with = [&](const SquareOptions& options) {
        return code_thrown_by([&] { make_square(path("a.tif"), options); });
    };
    for (const int side : {0, -1, 16385}) EXPECT_EQ(code_with(of_side(side)), ErrorCode::invalid_argument);
    for (const double deviation : {0.0, -1.0, std::numeric_limits<double>::quiet_NaN()}) {
        SquareOptions options;
        options.deviation[1] = deviation;
        EXPECT_EQ(code_with(options), ErrorCode::invalid_argument);
    }
    SquareOptions endless;
    endless.mean[2] = std::numeric_limits<double>::infinity();
    EXPECT_EQ(code_with(endless), ErrorCode::invalid_argument);
    SquareOptions narrow;
    narrow.open.max_raw_bytes = 100;
    EXPECT_EQ(code_with(narrow), ErrorCode::unsupported);
    std::vector<float> few(7);
    const std::vector paths{path("a.tif")};
    EXPECT_EQ(code_thrown_by([&] { read_squares(paths, {}, few); }), ErrorCode::invalid_argument);
    EXPECT_TRUE(read_squares({}, {}, {}).empty());
}

TEST_F(Squares, StopWhenAsked) {
    write_tiff(path("a.tif"), made_image({30, 20}, 3, PixelType::uint8));
    std::stop_source stop;
    stop.request_stop();
    RunContext context;
    context.stop = stop.get_token();
    const std::vector paths{path("a.tif")};
    std::vector<float> numbers(square_samples(of_side(10)));
    EXPECT_EQ(code_thrown_by([&] { read_squares(paths, of_side(10), numbers, context); }), ErrorCode::cancelled);
}

}  // namespace
}  // namespace tilewright
