// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>
#include <ogr_spatialref.h>

#include <algorithm>
#include <array>
#include <random>
#include <string>
#include <vector>

#include "raster/decoded_by_others.h"
#include "raster/random_raster.h"
#include "scratch_folder.h"
#include "tilewright/core/error.h"
#include "tilewright/core/thread_pool.h"
#include "tilewright/raster/file_hash.h"
#include "tilewright/raster/raster_reader.h"
#include "tilewright/raster/raster_writer.h"
#include "tilewright/storage/file.h"

namespace tilewright {
namespace {

namespace fs = std::filesystem;

constexpr std::array all_compressions{Compression::fast, Compression::balanced, Compression::small};
constexpr std::array types{PixelType::uint8,           PixelType::int8,           PixelType::uint16,
                           PixelType::int16,           PixelType::uint32,         PixelType::int32,
                           PixelType::uint64,          PixelType::int64,          PixelType::float32,
                           PixelType::float64,         PixelType::complex_int16,  PixelType::complex_int32,
                           PixelType::complex_float32, PixelType::complex_float64};

std::size_t files_in(const fs::path& folder) {
    return static_cast<std::size_t>(std::distance(fs::directory_iterator(folder), fs::directory_iterator{}));
}

Image random_mask(Size size, std::mt19937& random) {
    Image mask(size, 1, PixelType::uint8);
    std::generate_n(mask.data(), mask.size_bytes(), [&] { return random() % 3 == 0 ? std::byte{0} : std::byte{255}; });
    return mask;
}

std::string wkt_of_epsg(int code) {
    OGRSpatialReference crs;
    crs.importFromEPSG(code);
    constexpr std::array<const char*, 2> options{"FORMAT=WKT2_2019", nullptr};
    char* text = nullptr;
    crs.exportToWkt(&text, options.data());
    std::string wkt = text;
    CPLFree(text);
    return wkt;
}

Metadata sorted(Metadata metadata) {
    for (auto& [domain, items] : metadata) std::sort(items.begin(), items.end());
    return metadata;
}

// Rows in handfuls, as slices get them from a reader.
WrittenFile write_in_handfuls(const fs::path& path, ImageView image, const ImageView* mask, const RasterInfo& info,
                              Compression compression, Executor& executor, std::int64_t handful) {
    std::int64_t size_bytes = 0;
    JobGroup jobs(executor, std::size_t{1} << 20);
    const auto writer = open_raster_writer(path, RasterFormat::tiff, info,
                                           {compression, [&](std::int64_t size) { size_bytes = size; }}, jobs);
    for (std::int64_t y = 0; y < info.size.height_px; y += handful) {
        const Window rows{0, y, info.size.width_px, std::min(handful, info.size.height_px - y)};
        writer->append(image.crop(rows), mask == nullptr ? std::nullopt : std::optional(mask->crop(rows)));
    }
    jobs.wait();
    auto written = written_file(path);
    EXPECT_EQ(size_bytes, written.size_bytes);
    return written;
}

TEST(TiffWriter, SamplesOfAnyTypeComeBackThroughGdal) {
    const ScratchFolder folder;
    std::mt19937 random(1);
    for (int round = 0; round < 140; ++round) {
        const Size size{1 + static_cast<std::int64_t>(random() % 600), 1 + static_cast<std::int64_t>(random() % 300)};
        const int bands = 1 + static_cast<int>(random() % 5);
        const auto info = plain_info(size, bands, types.at(static_cast<std::size_t>(round) % types.size()));
        const auto image = random_image(info, random);
        const auto path = folder / "image.tif";
        const auto written =
            write_raster(path, RasterFormat::tiff, image.view(), info, all_compressions.at(random() % 3));
        const auto decoded = decode_with_gdal(path);
        EXPECT_TRUE(same_samples(decoded.image, image)) << name(info.type) << " x " << bands;
        EXPECT_EQ(decoded.driver, "GTiff");
        EXPECT_EQ(written.path, path);
        EXPECT_EQ(written.size_bytes, static_cast<std::int64_t>(fs::file_size(path)));
        for (std::size_t i = 0; i < info.band.size(); ++i) {
            EXPECT_EQ(decoded.color_interpretation[i], info.band[i].color_interpretation);
        }
        EXPECT_EQ(files_in(folder.path()), 1U);
    }
}

TEST(TiffWriter, ManyBandsAndOddShapes) {
    const ScratchFolder folder;
    std::mt19937 random(2);
    const auto path = folder / "image.tif";
    for (const auto& [size, bands, type] : {std::tuple{Size{1, 1}, 1, PixelType::uint8},
                                            {Size{1, 1}, 13, PixelType::float64},
                                            {Size{70, 50}, 200, PixelType::uint16},
                                            {Size{17, 300}, 13, PixelType::float32},
                                            {Size{5000, 1}, 3, PixelType::uint8},
                                            {Size{1, 5000}, 4, PixelType::int16},
                                            {Size{40, 40}, 1000, PixelType::complex_float64},
                                            {Size{1025, 1031}, 3, PixelType::uint8}}) {
        const auto info = plain_info(size, bands, type);
        const auto image = random_image(info, random);
        write_raster(path, RasterFormat::tiff, image.view(), info);
        EXPECT_TRUE(same_samples(decode_with_gdal(path).image, image)) << bands << " bands of " << name(type);
    }
}

TEST(TiffWriter, SmallSamplesArePacked) {
    const ScratchFolder folder;
    std::mt19937 random(3);
    for (const auto& [type, most] :
         {std::pair{PixelType::uint8, 7}, {PixelType::uint16, 15}, {PixelType::uint32, 31}}) {
        for (int bits = most == 31 ? 17 : (most + 1) / 2 + (most == 7 ? -3 : 1); bits <= most; ++bits) {
            for (const int bands : {1, 3}) {
                auto info = plain_info({301, 43}, bands, type);
                for (auto& band : info.band) band.bits_per_sample = bits;
                const auto image = random_image(info, random);
                const auto path = folder / "small.tif";
                write_raster(path, RasterFormat::tiff, image.view(), info);
                const auto decoded = decode_with_gdal(path);
                EXPECT_TRUE(same_samples(decoded.image, image)) << bits << " bits x " << bands;
                EXPECT_EQ(decoded.bits_per_sample, bits);
            }
        }
    }
}

TEST(TiffWriter, BytesDependNeitherOnThreadsNorOnHandfulsNorOnStrides) {
    const ScratchFolder folder;
    std::mt19937 random(4);
    ThreadPool pool(4);
    for (const auto compression : all_compressions) {
        auto info = plain_info({700, 900}, 3, PixelType::uint16);
        const auto image = random_image(info, random);
        const auto path = folder / "image.tif";
        const auto plain = write_raster(path, RasterFormat::tiff, image.view(), info, compression).sha256;
        EXPECT_EQ(write_raster(path, RasterFormat::tiff, image.view(), info, compression, pool).sha256, plain);
        EXPECT_EQ(write_raster(path, RasterFormat::tiff, Planes(image).view(), info, compression).sha256, plain);

        info.mask = MaskKind::per_dataset;
        const auto mask = random_mask(info.size, random);
        const ImageView mask_view = mask.view();
        const auto masked =
            write_in_handfuls(path, image.view(), &mask_view, info, compression, serial_executor(), 900).sha256;
        for (const std::int64_t handful : {1, 7, 333}) {
            const auto again = write_in_handfuls(path, image.view(), &mask_view, info, compression, pool, handful);
            EXPECT_EQ(again.sha256, masked);
            EXPECT_EQ(file_sha256(path), masked);
        }
    }
}

TEST(TiffWriter, MaskComesBack) {
    const ScratchFolder folder;
    std::mt19937 random(5);
    for (const auto& size : {Size{1, 1}, Size{100, 100}, Size{513, 300}, Size{640, 1}}) {
        auto info = plain_info(size, 3, PixelType::uint8);
        info.mask = MaskKind::per_dataset;
        const auto image = random_image(info, random);
        const auto mask = random_mask(size, random);
        const ImageView mask_view = mask.view();
        const auto path = folder / "masked.tif";
        write_in_handfuls(path, image.view(), &mask_view, info, Compression::fast, serial_executor(), 50);
        const auto decoded = decode_with_gdal(path);
        EXPECT_TRUE(decoded.has_dataset_mask);
        EXPECT_TRUE(same_samples(decoded.image, image));
        EXPECT_TRUE(same_samples(decoded.mask, mask));
        EXPECT_EQ(files_in(folder.path()), 1U);
    }
}

TEST(TiffWriter, SaysAllThatGeoTiffCanHold) {
    const ScratchFolder folder;
    std::mt19937 random(6);
    auto info = plain_info({300, 200}, 4, PixelType::uint16);
    info.geotransform = GeoTransform{500000.25, 0.5, 0, 4600000.75, 0, -0.5};
    info.crs_wkt = wkt_of_epsg(32633);
    for (auto& band : info.band) band.nodata = NoData{65535.0};
    info.band[0].description = "Coastal aerosol";
    info.band[1].description = "Blau \xC3\xBC <&>";
    info.band[2].offset = -1000.5;
    info.band[2].scale = 0.0001;
    info.band[2].unit = "metre";
    info.band[1].metadata[""] = {{"WAVELENGTH", "490"}};
    info.band[1].metadata["calibration"] = {{"gain", "1.5"}};
    info.metadata[""] = {{"AREA_OR_POINT", "Area"}, {"TIFFTAG_DATETIME", "2024:01:02 03:04:05"}, {"own", "a=b"}};
    info.metadata["xml:XMP"] = {{"", "<x:xmpmeta xmlns:x=\"adobe:ns:meta/\"></x:xmpmeta>"}};
    info.metadata["mine"] = {{"key", "value"}};
    const auto path = folder / "described.tif";
    write_raster(path, RasterFormat::tiff, random_image(info, random).view(), info);
    EXPECT_EQ(files_in(folder.path()), 1U);

    const auto back = read_raster_info(path);
    EXPECT_EQ(back.geotransform, info.geotransform);
    for (std::size_t i = 0; i < 4; ++i) {
        EXPECT_EQ(back.band[i].description, info.band[i].description);
        EXPECT_EQ(back.band[i].nodata, info.band[i].nodata);
        EXPECT_EQ(back.band[i].offset, info.band[i].offset);
        EXPECT_EQ(back.band[i].scale, info.band[i].scale);
        EXPECT_EQ(back.band[i].unit, info.band[i].unit);
        EXPECT_EQ(back.band[i].metadata, info.band[i].metadata);
        EXPECT_EQ(back.band[i].color_interpretation, info.band[i].color_interpretation);
    }
    EXPECT_EQ(sorted(back.metadata), sorted(info.metadata));
    EXPECT_EQ(back.crs_wkt, info.crs_wkt);
    EXPECT_EQ(back.epsg, 32633);
    EXPECT_EQ(back.compression, "DEFLATE");
    EXPECT_TRUE(back.tiled);
}

// What GeoTIFF has no field for stands in metadata items, out of sight of those who read it here.
TEST(TiffWriter, KeepsWhatGeoTiffHasNoFieldFor) {
    const ScratchFolder folder;
    std::mt19937 random(12);
    const auto back = [&](const RasterInfo& info) {
        write_raster(folder / "kept.tif", RasterFormat::tiff, random_image(info, random).view(), info);
        auto read = read_raster_info(folder / "kept.tif");
        EXPECT_EQ(read.metadata.count("TILEWRIGHT"), 0U);
        for (const auto& band : read.band) EXPECT_EQ(band.metadata.count("TILEWRIGHT"), 0U);
        return read;
    };
    auto info = plain_info({20, 10}, 1, PixelType::float32);
    info.band[0].color_interpretation = "Undefined";
    EXPECT_EQ(back(info).band[0].color_interpretation, "Undefined");

    info = plain_info({20, 10}, 1, PixelType::uint8);
    info.band[0].bits_per_sample = 1;
    EXPECT_EQ(back(info).band[0].color_interpretation, "Gray");
    EXPECT_TRUE(back(info).band[0].color_table.empty());

    for (const int bits : {1, 2, 4, 8}) {
        info.band[0].bits_per_sample = bits;
        info.band[0].color_interpretation = "Palette";
        info.band[0].color_table = {{1, 2, 3, 0}, {4, 5, 6, 128}};
        for (int more = 2; more < (1 << bits) - 1; ++more) info.band[0].color_table.push_back({7, 8, 9, 255});
        EXPECT_EQ(back(info).band[0].color_table, info.band[0].color_table) << bits;
    }

    info = plain_info({20, 10}, 3, PixelType::uint8);
    info.band[0].nodata = NoData{0.0};
    info.band[2].nodata = NoData{7.0};
    info.metadata["COLOR_PROFILE"] = {{"PNG_GAMMA", "0.454550000"},
                                      {"SOURCE_PRIMARIES_BLUE", "0.150000000, 0.060000000, 1.0"},
                                      {"SOURCE_PRIMARIES_GREEN", "0.300000000, 0.600000000, 1.0"},
                                      {"SOURCE_PRIMARIES_RED", "0.640000000, 0.330000000, 1.0"},
                                      {"SOURCE_WHITEPOINT", "0.312700000, 0.329000000, 1.0"}};
    const auto read = back(info);
    for (std::size_t i = 0; i < 3; ++i) EXPECT_EQ(read.band[i].nodata, info.band[i].nodata) << i;
    EXPECT_EQ(sorted(read.metadata).at("COLOR_PROFILE"), info.metadata.at("COLOR_PROFILE"));

    info = plain_info({20, 10}, 2, PixelType::uint64);
    info.band[0].nodata = NoData{std::uint64_t{1} << 63U};
    info.band[1].nodata = NoData{(std::uint64_t{1} << 63U) + 1};
    EXPECT_EQ(back(info).band[0].nodata, info.band[0].nodata);
    EXPECT_EQ(back(info).band[1].nodata, info.band[1].nodata);
}

TEST(TiffWriter, RefusesWhatDoesNotFit) {
    const ScratchFolder folder;
    auto info = plain_info({4, 4}, 1, PixelType::uint16);
    info.band[0].bits_per_sample = 12;
    Image image(info.size, 1, info.type);
    std::fill_n(image.data(), image.size_bytes(), std::byte{255});
    EXPECT_THROW(write_raster(folder / "x.tif", RasterFormat::tiff, image.view(), info), Error);
    info = plain_info({4, 4}, 1, PixelType::uint16);
    info.mask = MaskKind::per_dataset;
    EXPECT_THROW(write_raster(folder / "x.tif", RasterFormat::tiff, image.view(), info), Error);
    EXPECT_EQ(files_in(folder.path()), 0U);
}

}  // namespace
}  // namespace tilewright
