// SPDX-License-Identifier: Apache-2.0
#include "tilewright/tile/compare.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>
#include <limits>
#include <random>
#include <string>

#include "raster/random_raster.h"
#include "scratch_folder.h"
#include "tile/info_differences.h"
#include "tilewright/core/error.h"
#include "tilewright/raster/raster_writer.h"

namespace tilewright {
namespace {

TEST(Compare, TheSameSamplesInAnotherFileFormatAreIdentical) {
    ScratchFolder folder;
    std::mt19937 random(1);
    const auto info = plain_info({101, 67}, 3, PixelType::uint16);
    const auto image = random_image(info, random);
    write_raster(folder / "a.tif", RasterFormat::tiff, image.view(), info);
    write_raster(folder / "b.png", RasterFormat::png, image.view(), info);
    const auto result = compare(folder / "a.tif", folder / "b.png");
    EXPECT_TRUE(result.pixels_identical);
    EXPECT_FALSE(result.file_sizes_match);
    EXPECT_FALSE(result.md5_hashes_match);
    EXPECT_EQ(result.different_samples, 0);
    EXPECT_EQ(result.total_samples, 101 * 67 * 3);

    const auto same_file = compare(folder / "a.tif", folder / "a.tif");
    EXPECT_TRUE(same_file.identical());
    EXPECT_TRUE(same_file.metadata_identical);
    EXPECT_TRUE(same_file.md5_hashes_match);
    EXPECT_EQ(same_file.md5_hash_a.size(), 32U);
    EXPECT_THAT(same_file.differences, testing::IsEmpty());
}

TEST(Compare, CountsEverySampleThatDiffers) {
    ScratchFolder folder;
    std::mt19937 random(2);
    const auto info = plain_info({60, 500}, 2, PixelType::float64);
    const auto image = random_image(info, random);
    Image changed(info.size, 2, info.type);
    std::memcpy(changed.data(), image.data(), image.size_bytes());
    std::int64_t count = 0;
    for (std::size_t i = 0; i < image.size_bytes(); i += 8 * (1 + random() % 400)) {
        changed.data()[i] ^= std::byte{1};
        ++count;
    }
    write_raster(folder / "a.tif", RasterFormat::tiff, image.view(), info);
    write_raster(folder / "b.tif", RasterFormat::tiff, changed.view(), info);
    const auto result = compare(folder / "a.tif", folder / "b.tif");
    EXPECT_FALSE(result.identical());
    EXPECT_FALSE(result.pixels_identical);
    EXPECT_EQ(result.different_samples, count);
}

TEST(Compare, AnotherSizeOrTypeIsAnotherImage) {
    ScratchFolder folder;
    std::mt19937 random(3);
    const auto write = [&](const char* filename, Size size, int bands, PixelType type) {
        const auto info = plain_info(size, bands, type);
        write_raster(folder / filename, RasterFormat::tiff, random_image(info, random).view(), info);
    };
    write("a.tif", {10, 10}, 1, PixelType::uint8);
    write("wide.tif", {11, 10}, 1, PixelType::uint8);
    write("type.tif", {10, 10}, 1, PixelType::int16);
    const auto wide = compare(folder / "a.tif", folder / "wide.tif");
    EXPECT_FALSE(wide.dimensions_match);
    EXPECT_EQ(wide.different_samples, wide.total_samples);
    EXPECT_THAT(wide.differences, testing::ElementsAre("dimensions: 10 x 10 px, 1 bands and 11 x 10 px, 1 bands"));
    const auto type = compare(folder / "a.tif", folder / "type.tif");
    EXPECT_TRUE(type.dimensions_match);
    EXPECT_FALSE(type.types_match);
    EXPECT_THAT(type.differences, testing::ElementsAre("sample types: uint8 and int16"));
}

TEST(Compare, AMissingFileIsNamed) {
    ScratchFolder folder;
    try {
        compare(folder / "a.tif", folder / "b.tif");
        FAIL() << "compared nothing";
    } catch (const Error& error) {
        EXPECT_EQ(error.code(), ErrorCode::not_found);
        EXPECT_EQ(error.where(), (folder / "a.tif").native());
    }
}

TEST(CompareInfo, NamesWhatDiffers) {
    auto a = plain_info({10, 10}, 2, PixelType::float32);
    a.geotransform = GeoTransform{1.0 / 3.0, 0.1, 0, 5, 0, -0.1};
    auto b = a;
    Comparison same;
    (*b.geotransform)[0] = std::nextafter(1.0 / 3.0, 1.0);
    a.band[0].nodata = b.band[0].nodata = std::numeric_limits<double>::quiet_NaN();
    a.metadata = {{"", {{"A", "1"}, {"B", "2"}}}, {"RPC", {{"LINE_OFF", "5.0"}, {"LINE_NUM_COEFF", "1 -2.50 3e0"}}}};
    b.metadata = {{"", {{"B", "2"}, {"A", "1"}}}, {"RPC", {{"LINE_OFF", "5"}, {"LINE_NUM_COEFF", "1.0 -2.5 3"}}}};
    compare_info(a, b, same);
    EXPECT_THAT(same.differences, testing::IsEmpty());
    EXPECT_TRUE(same.nodata_identical && same.georeferencing_identical && same.color_identical &&
                same.metadata_identical);

    b.band[1].nodata = 0.0;
    (*b.geotransform)[3] = 5.1;
    b.band[1].color_interpretation = "Red";
    b.band[0].unit = "m";
    b.metadata[""].pop_back();
    b.metadata["RPC"][0].second = "6";
    Comparison other;
    compare_info(a, b, other);
    EXPECT_FALSE(other.nodata_identical || other.georeferencing_identical || other.color_identical ||
                 other.metadata_identical);
    EXPECT_THAT(other.differences, testing::UnorderedElementsAre(
                                       "nodata of band 2: none and 0.0", "geotransform[3]: 5.0 and 5.1",
                                       "metadata item RPC:LINE_OFF differs", "colour of band 2: Alpha and Red",
                                       "unit of band 1: \"\" and \"m\"", "metadata item A: only the first has it"));
}

TEST(CompareInfo, CrsAreComparedByWhatTheyMean) {
    const std::string wkt2 =
        R"(GEOGCRS["WGS 84",DATUM["World Geodetic System 1984",ELLIPSOID["WGS 84",6378137,298.257223563]],)"
        R"(CS[ellipsoidal,2],AXIS["latitude",north],AXIS["longitude",east],)"
        R"(ANGLEUNIT["degree",0.0174532925199433],ID["EPSG",4326]])";
    const std::string wkt1 =
        R"(GEOGCS["WGS 84",DATUM["WGS_1984",SPHEROID["WGS 84",6378137,298.257223563]],PRIMEM["Greenwich",0],)"
        R"(UNIT["degree",0.0174532925199433],AXIS["Latitude",NORTH],AXIS["Longitude",EAST],AUTHORITY["EPSG","4326"]])";
    const std::string other = R"(GEOGCS["Sphere",DATUM["Sphere",SPHEROID["Sphere",6370997,0]],PRIMEM["Greenwich",0],)"
                              R"(UNIT["degree",0.0174532925199433]])";
    auto a = plain_info({10, 10}, 1, PixelType::uint8);
    auto b = a;
    a.crs_wkt = wkt2;
    b.crs_wkt = wkt1;
    Comparison same;
    compare_info(a, b, same);
    EXPECT_TRUE(same.georeferencing_identical);
    b.crs_wkt = other;
    Comparison different;
    compare_info(a, b, different);
    EXPECT_THAT(different.differences, testing::ElementsAre("the CRS differ"));
    b.crs_wkt = "no WKT";
    Comparison damaged;
    compare_info(a, b, damaged);
    EXPECT_FALSE(damaged.georeferencing_identical);
}

}  // namespace
}  // namespace tilewright
