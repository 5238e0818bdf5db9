// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <cstring>
#include <filesystem>
#include <functional>
#include <limits>
#include <random>
#include <string>
#include <vector>

#include "raster/random_raster.h"
#include "scratch_folder.h"
#include "tilewright/composite/composite.h"
#include "tilewright/core/thread_pool.h"
#include "tilewright/raster/raster_writer.h"
#include "tilewright/storage/file.h"

namespace tilewright {
namespace {

namespace fs = std::filesystem;

RasterInfo place(Size size, int bands, PixelType type) {
    auto info = plain_info(size, bands, type);
    info.geotransform = GeoTransform{500000, 10, 0, 4800000, 0, -10};
    info.crs_wkt =
        R"wkt(PROJCRS["WGS 84 / UTM zone 31N",BASEGEOGCRS["WGS 84",DATUM["World Geodetic System 1984",)wkt"
        R"wkt(ELLIPSOID["WGS 84",6378137,298.257223563,LENGTHUNIT["metre",1]]],PRIMEM["Greenwich",0,)wkt"
        R"wkt(ANGLEUNIT["degree",0.0174532925199433]],ID["EPSG",4326]],CONVERSION["UTM zone 31N",)wkt"
        R"wkt(METHOD["Transverse Mercator",ID["EPSG",9807]],)wkt"
        R"wkt(PARAMETER["Latitude of natural origin",0,ANGLEUNIT["degree",0.0174532925199433],ID["EPSG",8801]],)wkt"
        R"wkt(PARAMETER["Longitude of natural origin",3,ANGLEUNIT["degree",0.0174532925199433],ID["EPSG",8802]],)wkt"
        R"wkt(PARAMETER["Scale factor at natural origin",0.9996,SCALEUNIT["unity",1],ID["EPSG",8805]],)wkt"
        R"wkt(PARAMETER["False easting",500000,LENGTHUNIT["metre",1],ID["EPSG",8806]],)wkt"
        R"wkt(PARAMETER["False northing",0,LENGTHUNIT["metre",1],ID["EPSG",8807]]],)wkt"
        R"wkt(CS[Cartesian,2],AXIS["(E)",east,ORDER[1],LENGTHUNIT["metre",1]],)wkt"
        R"wkt(AXIS["(N)",north,ORDER[2],LENGTHUNIT["metre",1]],ID["EPSG",32631]])wkt";
    return info;
}

class Composites : public testing::Test {
protected:
    std::vector<fs::path> write_scenes(std::size_t count, Size size, int bands = 3, PixelType type = PixelType::uint8) {
        std::vector<fs::path> paths;
        for (std::size_t i = 0; i < count; ++i) {
            const auto info = place(size, bands, type);
            images_.push_back(random_image(info, random_));
            paths.push_back(folder_ / ("scene_" + std::to_string(i) + ".tif"));
            write_raster(paths.back(), RasterFormat::tiff, images_.back().view(), info);
        }
        return paths;
    }
    std::string error_of(const std::function<void()>& call, ErrorCode code) {
        try {
            call();
        } catch (const Error& error) {
            EXPECT_EQ(error.code(), code) << error.what();
            std::string message = error.what();
            EXPECT_EQ(message.find(error.where()), message.rfind(error.where())) << "named twice: " << message;
            return message;
        }
        ADD_FAILURE() << "no error";
        return {};
    }

    ScratchFolder folder_;
    std::mt19937 random_{1};
    std::vector<Image> images_;
};

bool are_same(const Image& a, const Image& b) {
    return a.size_bytes() == b.size_bytes() && std::memcmp(a.data(), b.data(), a.size_bytes()) == 0;
}

TEST_F(Composites, DoNotDependOnMemoryOrThreads) {
    const DatasetStack stack(write_scenes(7, {300, 290}), {});
    const Window window{13, 21, 260, 250};
    CompositeOptions options;
    const auto whole = composite_window(stack, window, options);
    EXPECT_EQ(whole.image.size(), (Size{260, 250}));
    ThreadPool pool(3);
    RunContext context;
    context.executor = &pool;
    for (const std::int64_t memory : {std::int64_t{3000}, std::int64_t{20000}, std::int64_t{1} << 20}) {
        const auto parts = composite_window(stack, window, options, memory, context);
        EXPECT_TRUE(are_same(parts.image, whole.image));
        EXPECT_TRUE(are_same(parts.counts, whole.counts));
        EXPECT_TRUE(are_same(parts.datasets, whole.datasets));
        EXPECT_TRUE(are_same(parts.mask, whole.mask));
    }
    // Each chosen sample is that of the dataset that is told.
    for (std::int64_t y = 0; y < window.height_px; y += 7) {
        for (std::int64_t x = 0; x < window.width_px; ++x) {
            std::uint16_t number = 0;
            std::memcpy(&number, whole.datasets.view().row(y) + 2 * x, sizeof number);
            if (number == 65535) continue;
            const auto* from = images_[number].view().row(window.y_px + y) + 3 * (window.x_px + x);
            ASSERT_EQ(std::memcmp(whole.image.view().row(y) + 3 * x, from, 3), 0);
        }
    }
    EXPECT_EQ((*whole.info.geotransform)[0], 500000 + 13 * 10);
    EXPECT_EQ((*whole.info.geotransform)[3], 4800000 - 21 * 10);
}

TEST_F(Composites, WindowsOutsideAreRefused) {
    const DatasetStack stack(write_scenes(2, {100, 80}), {});
    for (const Window& window :
         {Window{0, 0, 0, 10}, Window{0, 0, 10, 0}, Window{-1, 0, 10, 10}, Window{0, -1, 10, 10}, Window{91, 0, 10, 10},
          Window{0, 71, 10, 10}, Window{0, 0, 10, -10}, Window{1, 1, std::numeric_limits<std::int64_t>::max(), 1}}) {
        EXPECT_NE(error_of([&] { composite_window(stack, window); }, ErrorCode::invalid_argument).find("window"),
                  std::string::npos);
    }
}

TEST_F(Composites, TheOddDatasetIsNamed) {
    auto paths = write_scenes(4, {64, 64});
    const auto refused = [&](std::size_t odd, const RasterInfo& info) {
        const auto before = read_text(paths[odd]);
        write_raster(paths[odd], RasterFormat::tiff, random_image(info, random_).view(), info);
        auto message = error_of([&] { DatasetStack(paths, {}); }, ErrorCode::invalid_argument);
        write_text(paths[odd], before);
        EXPECT_NE(message.find(paths[odd].filename().native()), std::string::npos) << message;
        return message;
    };
    EXPECT_NE(refused(2, place({64, 63}, 3, PixelType::uint8)).find("64 x 63"), std::string::npos);
    EXPECT_NE(refused(1, place({64, 64}, 1, PixelType::uint8)).find("1 bands"), std::string::npos);
    EXPECT_NE(refused(3, place({64, 64}, 3, PixelType::uint16)).find("uint16"), std::string::npos);
    auto moved = place({64, 64}, 3, PixelType::uint8);
    (*moved.geotransform)[0] += 5;
    EXPECT_NE(refused(2, moved).find("geotransform"), std::string::npos);
    EXPECT_NE(refused(0, moved).find("geotransform"), std::string::npos);  // the first can be the odd one
    auto elsewhere = place({64, 64}, 3, PixelType::uint8);
    elsewhere.crs_wkt.replace(elsewhere.crs_wkt.find("natural origin\",3"), 17, "natural origin\",9");
    elsewhere.crs_wkt.erase(elsewhere.crs_wkt.rfind(",ID["), 17);  // which would say the contrary
    EXPECT_NE(refused(1, elsewhere).find("CRS"), std::string::npos);
    error_of([] { DatasetStack({}, {}); }, ErrorCode::invalid_argument);
}

TEST_F(Composites, AlignedDatasetsAreWarpedOntoTheFirst) {
    auto paths = write_scenes(3, {64, 64});
    auto moved = place({64, 64}, 3, PixelType::uint8);
    (*moved.geotransform)[0] += 160;  // sixteen pixels to the east
    write_raster(paths[2], RasterFormat::tiff, images_[1].view(), moved);
    StackOptions options;
    options.align = true;
    CompositeOptions composite;
    composite.nodata.kind = composite.saturation.kind = DroppedValue::Kind::off;
    composite.rule = CompositeRule::count;
    const DatasetStack stack(paths, options);
    const auto counts = composite_window(stack, {0, 0, 64, 64}, composite);
    for (std::int64_t x = 0; x < 64; ++x) {
        std::uint16_t count = 0;
        std::memcpy(&count, counts.image.view().row(30) + 2 * x, sizeof count);
        EXPECT_EQ(count, x < 16 ? 2 : 3);
    }
    // A pixel of the moved one is that sixteen to the west in what it was moved from.
    const DatasetStack alone({paths[0], paths[2]}, options);
    composite.rule = CompositeRule::quantile;
    composite.quantile = 1;
    const auto largest = composite_window(alone, {0, 0, 64, 64}, composite);
    for (std::int64_t x = 16; x < 64; ++x) {
        const auto at = [&](const Image& image, std::int64_t column) { return image.view().row(9)[3 * column]; };
        EXPECT_EQ(at(largest.image, x), std::max(at(images_[0], x), at(images_[1], x - 16)));
    }
}

TEST_F(Composites, UnreadableDatasetsAreNamedOrToleratedUpToANumber) {
    auto paths = write_scenes(5, {200, 200});
    write_text(paths[1], "not a raster");
    EXPECT_NE(error_of([&] { DatasetStack(paths, {}); }, ErrorCode::corrupt).find("scene_1.tif"), std::string::npos);
    StackOptions options;
    options.skip_bad = 1;
    {
        const DatasetStack stack(paths, options);
        ASSERT_EQ(stack.skipped().size(), 1U);
        EXPECT_EQ(stack.skipped().front().number, 1U);
        const auto composite = composite_window(stack, {0, 0, 200, 200});
        const DatasetStack others({paths[0], paths[2], paths[3], paths[4]}, {});
        EXPECT_TRUE(are_same(composite.image, composite_window(others, {0, 0, 200, 200}).image));
    }
    // Damage that only reading finds.
    auto bytes = read_text(paths[3]);
    const auto half = bytes.size() / 2;
    for (std::size_t i = half; i < half + 600; ++i) bytes[i] = static_cast<char>(i * 37);
    write_text(paths[3], bytes);
    const DatasetStack stack(paths, options);
    EXPECT_NE(error_of(
                  [&] {
                      composite_window(stack, {0, 0, 200, 200});
                  },
                  ErrorCode::corrupt)
                  .find("scene_3.tif"),
              std::string::npos);
    options.skip_bad = 2;
    const DatasetStack tolerant(paths, options);
    const auto composite = composite_window(tolerant, {0, 0, 200, 200});
    ASSERT_EQ(composite.skipped.size(), 2U);
    EXPECT_EQ(composite.skipped.back().number, 3U);
    const DatasetStack others({paths[0], paths[2], paths[4]}, {});
    const auto expected = composite_window(others, {0, 0, 200, 200});
    EXPECT_TRUE(are_same(composite.image, expected.image));
}

TEST_F(Composites, MasksAndAlphaHideSamples) {
    auto paths = write_scenes(2, {40, 40}, 3);
    const auto classes = plain_info({20, 20}, 1, PixelType::uint8);
    Image clear(classes.size, 1, classes.type);
    std::memset(clear.data(), 4, clear.size_bytes());
    Image cloudy = Image(classes.size, 1, classes.type);
    std::memset(cloudy.data(), 4, cloudy.size_bytes());
    cloudy.view().row(3)[5] = std::byte{9};
    write_raster(folder_ / "clear.tif", RasterFormat::tiff, clear.view(), classes);
    write_raster(folder_ / "cloudy.tif", RasterFormat::tiff, cloudy.view(), classes);
    StackOptions options;
    options.masks = {folder_ / "clear.tif", folder_ / "cloudy.tif"};
    options.hidden_classes = {8, 9};
    CompositeOptions composite;
    composite.rule = CompositeRule::count;
    composite.nodata.kind = composite.saturation.kind = DroppedValue::Kind::off;
    const auto counts = composite_window(DatasetStack(paths, options), {7, 5, 30, 30}, composite);
    for (std::int64_t y = 0; y < 30; ++y) {
        for (std::int64_t x = 0; x < 30; ++x) {
            std::uint16_t count = 0;
            std::memcpy(&count, counts.image.view().row(y) + 2 * x, sizeof count);
            const bool is_hidden = (x + 7) / 2 == 5 && (y + 5) / 2 == 3;
            ASSERT_EQ(count, is_hidden ? 1 : 2) << x << "," << y;
        }
    }
    auto with_alpha = place({40, 40}, 4, PixelType::uint8);
    with_alpha.band[3].color_interpretation = "Alpha";
    auto image = random_image(with_alpha, random_);
    for (std::int64_t x = 0; x < 40; ++x) image.view().row(0)[4 * x + 3] = x < 10 ? std::byte{0} : std::byte{255};
    write_raster(folder_ / "alpha.tif", RasterFormat::tiff, image.view(), with_alpha);
    const DatasetStack stack({folder_ / "alpha.tif"}, {});
    EXPECT_EQ(stack.info().bands, 3);
    composite.rule = CompositeRule::luminance;
    const auto result = composite_window(stack, {0, 0, 40, 1}, composite);
    for (std::int64_t x = 0; x < 40; ++x) {
        EXPECT_EQ(result.mask.data()[x], x < 10 ? std::byte{0} : std::byte{255});
        if (x >= 10) {
            EXPECT_EQ(std::memcmp(result.image.view().row(0) + 3 * x, image.view().row(0) + 4 * x, 3), 0);
        }
    }
}

TEST_F(Composites, AreWrittenAsCogsThatSayWhatTheyAnswer) {
    const auto paths = write_scenes(5, {300, 200});
    const DatasetStack stack(paths, {});
    const Window window{10, 20, 256, 128};
    CompositeFiles files;
    files.counts = files.datasets = true;
    const auto target = folder_ / "out" / "tile.tif";
    const auto written = write_composite(target, stack, window, {}, files);
    EXPECT_FALSE(written.skipped);
    const auto composite = composite_window(stack, window);
    const auto reader = open_raster(target);
    EXPECT_EQ(reader->info().band.front().nodata, NoData(0.0));
    EXPECT_EQ(reader->info().mask, MaskKind::per_dataset);
    EXPECT_EQ(reader->info().geotransform, composite.info.geotransform);
    Image image(reader->info().size, 3, PixelType::uint8);
    reader->read({0, 0, 256, 128}, image.view());
    EXPECT_TRUE(are_same(image, composite.image));
    Image mask(reader->info().size, 1, PixelType::uint8);
    reader->read_mask({0, 0, 256, 128}, mask.view());
    EXPECT_TRUE(are_same(mask, composite.mask));
    const auto chosen = open_raster(folder_ / "out" / "tile_dataset.tif");
    Image datasets(chosen->info().size, 1, PixelType::uint16);
    chosen->read({0, 0, 256, 128}, datasets.view());
    EXPECT_TRUE(are_same(datasets, composite.datasets));
    EXPECT_EQ(read_raster_info(folder_ / "out" / "tile_count.tif").type, PixelType::uint16);
    EXPECT_EQ(std::distance(fs::directory_iterator(folder_ / "out"), fs::directory_iterator()), 3);

    EXPECT_TRUE(write_composite(target, stack, window, {}, files).skipped);
    fs::remove(folder_ / "out" / "tile_count.tif");
    EXPECT_FALSE(write_composite(target, stack, window, {}, files).skipped);
    CompositeOptions other;
    other.quantile = 0.25;
    other.rule = CompositeRule::quantile;
    files.datasets = false;
    EXPECT_FALSE(write_composite(target, stack, window, other, files).skipped);
    // Another version of a dataset is another request.
    write_raster(paths[2], RasterFormat::tiff, images_[0].view(), place({300, 200}, 3, PixelType::uint8));
    EXPECT_FALSE(write_composite(target, DatasetStack(paths, {}), window, other, files).skipped);
    files.cog.jpeg_quality = 90;
    EXPECT_FALSE(write_composite(target, DatasetStack(paths, {}), window, other, files).skipped);
    EXPECT_EQ(read_raster_info(target).compression, "YCbCr JPEG");
}

}  // namespace
}  // namespace tilewright
