// SPDX-License-Identifier: Apache-2.0
#include "tilewright/raster/raster_info.h"

#include <cpl_string.h>
#include <gtest/gtest.h>
#include <ogr_srs_api.h>

#include <array>
#include <limits>

#include "raster/made_raster.h"

namespace tilewright {
namespace {

class Info : public RasterFolder {};

std::string item(const Metadata& metadata, const std::string& domain, const std::string& key) {
    const auto found = metadata.find(domain);
    if (found == metadata.end()) return "(no domain)";
    for (const auto& [name, value] : found->second) {
        if (name == key) return value;
    }
    return "(no item)";
}

TEST_F(Info, TellsEverythingThatWasSet) {
    {
        const auto dataset = create_with_gdal(path("a.tif"), made_image({40, 30}, 2, PixelType::int16),
                                              {"COMPRESS=LZW", "TILED=YES", "BLOCKXSIZE=16", "BLOCKYSIZE=16"});
        GDALRasterBandH band = GDALGetRasterBand(dataset.get(), 2);
        GDALSetDescription(band, "height");
        GDALSetRasterNoDataValue(band, -9999);
        GDALSetRasterScale(band, 0.5);
        GDALSetRasterOffset(band, 100);
        GDALSetRasterUnitType(band, "m");
        GDALSetMetadataItem(band, "SENSOR", "lidar", nullptr);
        GDALSetMetadataItem(dataset.get(), "AREA_OR_POINT", "Point", nullptr);
        GDALSetMetadataItem(dataset.get(), "TIFFTAG_SOFTWARE", "test = yes", nullptr);
        GDALSetMetadataItem(dataset.get(), "KEY", "of a domain", "PROJECT");
        OGRSpatialReferenceH crs = OSRNewSpatialReference(nullptr);
        OSRImportFromEPSG(crs, 25832);
        GDALSetSpatialRef(dataset.get(), crs);
        OSRDestroySpatialReference(crs);
        std::array<double, 6> transform{500000, 0.25, 0, 5700000, 0, -0.25};
        GDALSetGeoTransform(dataset.get(), transform.data());
    }
    const auto info = read_raster_info(path("a.tif"));
    EXPECT_EQ(info.size, (Size{40, 30}));
    EXPECT_EQ(info.bands, 2);
    EXPECT_EQ(info.type, PixelType::int16);
    EXPECT_EQ(info.driver, "GTiff");
    EXPECT_EQ(info.compression, "LZW");
    EXPECT_EQ(info.interleave, "PIXEL");
    EXPECT_EQ(info.block, (Size{16, 16}));
    EXPECT_TRUE(info.tiled);
    EXPECT_EQ(info.epsg, 25832);
    EXPECT_EQ(info.crs_wkt.rfind("PROJCRS[", 0), 0U) << info.crs_wkt;
    ASSERT_TRUE(info.geotransform.has_value());
    EXPECT_EQ(*info.geotransform, (GeoTransform{500000, 0.25, 0, 5700000, 0, -0.25}));
    const auto& band = info.band.at(1);
    EXPECT_EQ(band.description, "height");
    EXPECT_EQ(band.nodata, NoData{-9999.0});
    EXPECT_EQ(band.scale, 0.5);
    EXPECT_EQ(band.offset, 100.0);
    EXPECT_EQ(band.unit, "m");
    EXPECT_EQ(item(band.metadata, "", "SENSOR"), "lidar");
    EXPECT_EQ(item(info.metadata, "", "AREA_OR_POINT"), "Point");
    EXPECT_EQ(item(info.metadata, "", "TIFFTAG_SOFTWARE"), "test = yes");
    EXPECT_EQ(item(info.metadata, "PROJECT", "KEY"), "of a domain");
    EXPECT_EQ(info.metadata.count("IMAGE_STRUCTURE"), 0U);
    EXPECT_EQ(info.metadata.count("DERIVED_SUBDATASETS"), 0U);
    EXPECT_FALSE(info.band.at(0).scale.has_value());
    EXPECT_EQ(info.mask, MaskKind::none);
    EXPECT_TRUE(info.gcps.empty());
}

TEST_F(Info, ClaimsNothingThatIsNotThere) {
    write_tiff(path("a.tif"), made_image({4, 3}, 1, PixelType::uint8));
    const auto info = read_raster_info(path("a.tif"));
    EXPECT_TRUE(info.crs_wkt.empty());
    EXPECT_FALSE(info.epsg.has_value());
    EXPECT_FALSE(info.geotransform.has_value());
    EXPECT_FALSE(info.band.at(0).nodata.has_value());
    EXPECT_TRUE(info.compression.empty());
    EXPECT_EQ(info.band.at(0).bits_per_sample, 0);
}

TEST_F(Info, NodataOf64BitsIsExact) {
    constexpr auto lowest = std::numeric_limits<std::int64_t>::min();
    constexpr auto highest = std::numeric_limits<std::uint64_t>::max();
    {
        const auto dataset = create_with_gdal(path("i.tif"), made_image({4, 3}, 1, PixelType::int64));
        GDALSetRasterNoDataValueAsInt64(GDALGetRasterBand(dataset.get(), 1), lowest + 1);
    }
    {
        const auto dataset = create_with_gdal(path("u.tif"), made_image({4, 3}, 1, PixelType::uint64));
        GDALSetRasterNoDataValueAsUInt64(GDALGetRasterBand(dataset.get(), 1), highest - 1);
    }
    EXPECT_EQ(read_raster_info(path("i.tif")).band[0].nodata, NoData{lowest + 1});
    EXPECT_EQ(read_raster_info(path("u.tif")).band[0].nodata, NoData{highest - 1});
}

TEST_F(Info, BilevelAndPaletteStayWhatTheyAre) {
    write_tiff(path("bits.tif"), Image(made_image({40, 30}, 1, PixelType::uint8)), {"NBITS=1"});
    EXPECT_EQ(read_raster_info(path("bits.tif")).band[0].bits_per_sample, 1);
    {
        const auto dataset =
            create_with_gdal(path("colors.tif"), made_image({4, 3}, 1, PixelType::uint8), {"PHOTOMETRIC=PALETTE"});
        GDALColorTableH table = GDALCreateColorTable(GPI_RGB);
        const GDALColorEntry entry{10, 20, 30, 255};
        GDALSetColorEntry(table, 2, &entry);
        GDALSetRasterColorTable(GDALGetRasterBand(dataset.get(), 1), table);
        GDALDestroyColorTable(table);
    }
    const auto band = read_raster_info(path("colors.tif")).band.at(0);
    EXPECT_EQ(band.color_interpretation, "Palette");
    ASSERT_GE(band.color_table.size(), 3U);
    EXPECT_EQ(band.color_table[2], (ColorEntry{10, 20, 30, 255}));
}

TEST_F(Info, PagesAreCountedWithoutOverviewsAndMasks) {
    const auto image_of = [](int page) {
        return made_image({std::int64_t{10} * page, 7}, 1, PixelType::uint8, static_cast<unsigned>(page));
    };
    for (int page = 1; page <= 3; ++page) {
        std::vector<std::string> options;
        if (page > 1) options.emplace_back("APPEND_SUBDATASET=YES");
        write_tiff(path("a.tif"), image_of(page), options);
    }
    const GdalDataset dataset(GDALOpen(path("a.tif").c_str(), GA_Update));
    EXPECT_EQ(read_raster_info(path("a.tif")).pages, 3);
    for (int page = 1; page <= 3; ++page) {
        OpenOptions options;
        options.page = page;
        const auto reader = open_raster(path("a.tif"), options);
        EXPECT_EQ(reader->info().page, page);
        EXPECT_TRUE(same_samples(read_all(*reader).view(), image_of(page).view()));
    }
    OpenOptions beyond;
    beyond.page = 4;
    EXPECT_EQ(code_thrown_by([&] { open_raster(path("a.tif"), beyond); }), ErrorCode::invalid_argument);
}

TEST_F(Info, OverviewsAreCounted) {
    {
        const auto dataset = create_with_gdal(path("a.tif"), made_image({256, 256}, 1, PixelType::uint8));
        std::array<int, 2> levels{2, 4};
        ASSERT_EQ(GDALBuildOverviews(dataset.get(), "NEAREST", 2, levels.data(), 0, nullptr, nullptr, nullptr),
                  CE_None);
    }
    const auto info = read_raster_info(path("a.tif"));
    EXPECT_EQ(info.overviews, 2);
    EXPECT_EQ(info.pages, 1);
}

TEST(Cropped, MovesWhateverCountsPixels) {
    RasterInfo info;
    info.size = {100, 80};
    info.bands = 1;
    info.band.resize(1);
    info.geotransform = GeoTransform{1000, 2, 0.5, 5000, 0.25, -2};
    info.gcps = {{"1", "", 10.5, 20.5, 1, 2, 3}};
    info.metadata["RPC"] = {{"LINE_OFF", "2199.80"}, {"SAMP_OFF", "+300 pixels"}, {"LAT_OFF", "50.5"}};
    info.metadata["GEOLOCATION"] = {{"PIXEL_OFFSET", "0"}, {"LINE_OFFSET", "8"}};
    info.band[0].metadata[""] = {{"STATISTICS_MEAN", "3"}, {"OTHER", "kept"}};

    const auto part = cropped(info, {10, 20, 30, 40});
    EXPECT_EQ(part.size, (Size{30, 40}));
    EXPECT_EQ(*part.geotransform, (GeoTransform{1000 + 20 + 10, 2, 0.5, 5000 + 2.5 - 40, 0.25, -2}));
    EXPECT_EQ(part.gcps.at(0), (GroundControlPoint{"1", "", 0.5, 0.5, 1, 2, 3}));
    EXPECT_EQ(item(part.metadata, "RPC", "LINE_OFF"), "2179.8");
    EXPECT_EQ(item(part.metadata, "RPC", "SAMP_OFF"), "290 pixels");
    EXPECT_EQ(item(part.metadata, "RPC", "LAT_OFF"), "50.5");
    EXPECT_EQ(item(part.metadata, "GEOLOCATION", "PIXEL_OFFSET"), "-10");
    EXPECT_EQ(item(part.metadata, "GEOLOCATION", "LINE_OFFSET"), "-12");
    EXPECT_EQ(part.band[0].metadata.at("").size(), 1U);
}

TEST(Cropped, WholeImageIsUnchanged) {
    RasterInfo info;
    info.size = {100, 80};
    info.metadata["RPC"] = {{"LINE_OFF", "2199.80"}};
    EXPECT_EQ(item(cropped(info, {0, 0, 100, 80}).metadata, "RPC", "LINE_OFF"), "2199.80");
}

}  // namespace
}  // namespace tilewright
