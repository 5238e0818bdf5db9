// SPDX-License-Identifier: Apache-2.0
#include "tilewright/tile/tesselate.h"

#include <gtest/gtest.h>

#include <cstring>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "folder_contents.h"
#include "raster/random_raster.h"
#include "raster/same_samples.h"
#include "scratch_folder.h"
#include "tilewright/core/error.h"
#include "tilewright/core/thread_pool.h"
#include "tilewright/raster/raster_reader.h"
#include "tilewright/storage/file.h"

namespace tilewright {
namespace {

namespace fs = std::filesystem;

Image random_image(Size size, int bands, PixelType type) {
    std::mt19937 random(20);
    return tilewright::random_image(plain_info(size, bands, type), random);
}

const std::vector<Layout>& all_layouts() {
    static const std::vector<Layout> all{PiecesLayout{8},
                                         PiecesLayout{13},
                                         GridLayout{3, 2},
                                         TilesLayout{32, 24, 0, EdgePolicy::partial},
                                         TilesLayout{32, 24, 7, EdgePolicy::shift},
                                         TilesLayout{32, 24, 5, EdgePolicy::pad},
                                         StripsLayout{5, StripDirection::horizontal},
                                         StripsLayout{4, StripDirection::vertical}};
    return all;
}

// Every slice, read back, is the window of the image; what lies outside is 0 (the image has no nodata).
void expect_slices_are_the_image(const Manifest& manifest, const Image& image) {
    for (const auto& slice : manifest.slices) {
        const auto reader = open_raster(manifest.folder / slice.filename);
        Image read({slice.window.width_px, slice.window.height_px}, image.bands(), image.type());
        reader->read({0, 0, slice.window.width_px, slice.window.height_px}, read.view());
        const auto inside = clipped(slice.window, image.size());
        const Window part{0, 0, inside.width_px, inside.height_px};
        EXPECT_TRUE(same_samples(std::as_const(read).view().crop(part), image.view().crop(inside))) << slice.filename;
        const auto pixel = read.view().pixel_bytes();
        for (std::int64_t y = 0; y < slice.window.height_px; ++y) {
            for (std::int64_t x = y < inside.height_px ? inside.width_px : 0; x < slice.window.width_px; ++x) {
                const auto* at = read.view().row(y) + static_cast<std::size_t>(x) * pixel;
                for (std::size_t i = 0; i < pixel; ++i) ASSERT_EQ(at[i], std::byte{0}) << slice.filename;
            }
        }
    }
}

TEST(Tesselate, EverySliceIsItsWindowInEveryTypeAndLayout) {
    const Size size{101, 67};
    for (int type = 0; type <= static_cast<int>(PixelType::complex_float64); ++type) {
        for (const int bands : {1, 3, 5}) {
            const auto pixel_type = static_cast<PixelType>(type);
            const auto image = random_image(size, bands, pixel_type);
            const auto info = plain_info(size, bands, pixel_type);
            for (std::size_t i = 0; i < all_layouts().size(); ++i) {
                if (i % 3 != static_cast<std::size_t>(type + bands) % 3) continue;  // a third of them each time
                const ScratchFolder folder;
                TesselateOptions options;
                options.layout = all_layouts()[i];
                SCOPED_TRACE(std::string(name(pixel_type)) + " x " + std::to_string(bands) + ", layout " +
                             std::to_string(i));
                const auto manifest = tesselate(std::as_const(image).view(), info, folder / "out", options);
                EXPECT_EQ(static_cast<std::int64_t>(manifest.slices.size()), window_count(size, options.layout));
                expect_slices_are_the_image(manifest, image);
            }
        }
    }
}

TEST(Tesselate, BytesDoNotDependOnThreads) {
    const Size size{1500, 1100};
    const auto image = random_image(size, 3, PixelType::uint8);
    for (const auto format : {SliceFormat::png, SliceFormat::tiff}) {
        for (const auto compression : {Compression::fast, Compression::balanced}) {
            const ScratchFolder folder;
            TesselateOptions options;
            options.format = format;
            options.compression = compression;
            tesselate(std::as_const(image).view(), plain_info(size, 3, PixelType::uint8), folder / "serial", options);
            ThreadPool pool(4);
            RunContext context;
            context.executor = &pool;
            tesselate(std::as_const(image).view(), plain_info(size, 3, PixelType::uint8), folder / "threads", options,
                      context);
            EXPECT_EQ(contents(folder / "serial"), contents(folder / "threads"));
        }
    }
}

TEST(Tesselate, ValidFractionCountsNodata) {
    Image image({20, 10}, 1, PixelType::uint8);
    for (std::size_t i = 0; i < 200; ++i) image.data()[i] = std::byte{i % 20 < 5 ? std::uint8_t{7} : std::uint8_t{1}};
    auto info = plain_info({20, 10}, 1, PixelType::uint8);
    info.band[0].nodata = 7.0;
    const ScratchFolder folder;
    TesselateOptions options;
    options.layout = GridLayout{1, 2};
    const auto manifest = tesselate(std::as_const(image).view(), info, folder / "out", options);
    EXPECT_DOUBLE_EQ(manifest.slices.at(0).valid_fraction, 0.5);
    EXPECT_DOUBLE_EQ(manifest.slices.at(1).valid_fraction, 1.0);
}

TEST(Tesselate, PaddingIsNodataAndCountsAsNothing) {
    const auto image = random_image({10, 10}, 1, PixelType::int16);
    auto info = plain_info({10, 10}, 1, PixelType::int16);
    info.band[0].nodata = -32000.0;
    const ScratchFolder folder;
    TesselateOptions options;
    options.layout = TilesLayout{16, 16, 0, EdgePolicy::pad};
    const auto manifest = tesselate(std::as_const(image).view(), info, folder / "out", options);
    ASSERT_EQ(manifest.slices.size(), 1U);
    EXPECT_DOUBLE_EQ(manifest.slices[0].valid_fraction, 1.0);
    const auto reader = open_raster(folder / "out" / manifest.slices[0].filename);
    Image read({16, 16}, 1, PixelType::int16);
    reader->read({0, 0, 16, 16}, read.view());
    std::int16_t corner = 0;
    std::memcpy(&corner, read.view().row(15) + 30, 2);
    EXPECT_EQ(corner, -32000);
}

TEST(Tesselate, RefusesPngForWhatItCannotHoldAndKeepsTheOldResult) {
    const auto image = random_image({30, 30}, 1, PixelType::float32);
    const auto info = plain_info({30, 30}, 1, PixelType::float32);
    const ScratchFolder folder;
    tesselate(std::as_const(image).view(), info, folder / "out", {});
    const auto before = contents(folder / "out");
    TesselateOptions options;
    options.format = SliceFormat::png;
    try {
        tesselate(std::as_const(image).view(), info, folder / "out", options);
        FAIL() << "float32 became PNG";
    } catch (const Error& error) {
        EXPECT_EQ(error.code(), ErrorCode::unsupported);
        EXPECT_NE(std::string(error.what()).find("float32"), std::string::npos) << error.what();
    }
    EXPECT_EQ(contents(folder / "out"), before);
}

TEST(Tesselate, NewOptionsLeaveNoOldSlices) {
    const auto image = random_image({64, 64}, 3, PixelType::uint8);
    const auto info = plain_info({64, 64}, 3, PixelType::uint8);
    const ScratchFolder folder;
    TesselateOptions options;
    options.layout = PiecesLayout{12};
    tesselate(std::as_const(image).view(), info, folder / "out", options);
    write_text(folder / "out" / "notes.txt", "the user's own");
    write_text(folder / "out" / ".slice_9_0_0_1_1.png.part", "left by a kill");
    options.layout = PiecesLayout{4};
    const auto manifest = tesselate(std::as_const(image).view(), info, folder / "out", options);
    EXPECT_EQ(manifest.slices.size(), 4U);
    EXPECT_EQ(contents(folder / "out").size(), 4U + 2U);  // slices, manifest, the user's file
    EXPECT_EQ(read_text(folder / "out" / "notes.txt"), "the user's own");
}

TEST(Tesselate, AStopLeavesNothing) {
    const auto image = random_image({4000, 3000}, 3, PixelType::uint8);
    const ScratchFolder folder;
    std::stop_source stop;
    ThreadPool pool(2);
    RunContext context;
    context.executor = &pool;
    context.stop = stop.get_token();
    context.on_bytes = [&](std::int64_t) { stop.request_stop(); };
    try {
        tesselate(std::as_const(image).view(), plain_info({4000, 3000}, 3, PixelType::uint8), folder / "out", {},
                  context);
        FAIL() << "the stop was not seen";
    } catch (const Error& error) {
        EXPECT_EQ(error.code(), ErrorCode::cancelled);
    }
    EXPECT_FALSE(fs::exists(folder / "out"));
}

TEST(Tesselate, GeoreferencedPngSlicesGetWorldFiles) {
    const auto image = random_image({40, 20}, 3, PixelType::uint8);
    auto info = plain_info({40, 20}, 3, PixelType::uint8);
    info.geotransform = GeoTransform{500000, 10, 0, 4600000, 0, -10};
    const ScratchFolder folder;
    TesselateOptions options;
    options.layout = GridLayout{1, 2};
    tesselate(std::as_const(image).view(), info, folder / "out", options);
    // Pixel size, rotations, then the centre of the upper left pixel.
    EXPECT_EQ(read_text(folder / "out" / "slice_1_20_0_40_20.pgw"), "10\n0\n0\n-10\n500205\n4599995\n");
}

TEST(Tesselate, AFailureLeavesNoFolderItMade) {
    const ScratchFolder folder;
    write_text(folder / "broken.tif", std::string("II*\0", 4));
    make_folder(folder / "there");
    EXPECT_THROW(tesselate(folder / "broken.tif", folder / "there" / "a" / "b", {}), Error);
    EXPECT_TRUE(fs::is_empty(folder / "there"));
    const auto image = random_image({4000, 3000}, 3, PixelType::uint8);
    std::stop_source stop;
    RunContext context;
    context.stop = stop.get_token();
    context.on_bytes = [&](std::int64_t) { stop.request_stop(); };
    EXPECT_THROW(tesselate(std::as_const(image).view(), plain_info({4000, 3000}, 3, PixelType::uint8),
                           folder / "there" / "a" / "b", {}, context),
                 Error);
    EXPECT_TRUE(fs::is_empty(folder / "there"));
}

}  // namespace
}  // namespace tilewright
