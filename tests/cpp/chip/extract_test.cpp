// SPDX-License-Identifier: Apache-2.0
#include "tilewright/chip/extract.h"

#include <gtest/gtest.h>

#include <cstring>
#include <filesystem>
#include <mutex>
#include <random>
#include <stop_token>
#include <string>
#include <vector>

#include "folder_contents.h"
#include "raster/random_raster.h"
#include "raster/same_samples.h"
#include "scratch_folder.h"
#include "tilewright/core/error.h"
#include "tilewright/core/thread_pool.h"
#include "tilewright/raster/raster_reader.h"
#include "tilewright/raster/raster_writer.h"
#include "tilewright/storage/file.h"

namespace tilewright {
namespace {

namespace fs = std::filesystem;

Image read_all(const fs::path& path) {
    const auto reader = open_raster(path);
    const auto& info = reader->info();
    Image image(info.size, info.bands, info.type);
    reader->read({0, 0, info.size.width_px, info.size.height_px}, image.view());
    return image;
}

// WGS 84 / UTM zone 12N.
constexpr const char* utm_zone_12 =
    R"(PROJCRS["WGS 84 / UTM zone 12N",BASEGEOGCRS["WGS 84",DATUM["World Geodetic System 1984",)"
    R"(ELLIPSOID["WGS 84",6378137,298.257223563,LENGTHUNIT["metre",1]]],PRIMEM["Greenwich",0,)"
    R"(ANGLEUNIT["degree",0.0174532925199433]],ID["EPSG",4326]],CONVERSION["UTM zone 12N",)"
    R"(METHOD["Transverse Mercator",ID["EPSG",9807]],PARAMETER["Latitude of natural origin",0,)"
    R"(ANGLEUNIT["degree",0.0174532925199433]],PARAMETER["Longitude of natural origin",-111,)"
    R"(ANGLEUNIT["degree",0.0174532925199433]],PARAMETER["Scale factor at natural origin",0.9996,)"
    R"(SCALEUNIT["unity",1]],PARAMETER["False easting",500000,LENGTHUNIT["metre",1]],)"
    R"(PARAMETER["False northing",0,LENGTHUNIT["metre",1]]],CS[Cartesian,2],AXIS["easting",east],)"
    R"(AXIS["northing",north],LENGTHUNIT["metre",1],ID["EPSG",32612]])";

class ExtractChips : public ::testing::Test {
protected:
    ExtractChips() { options_.layout = {4, 64, 3, 0}; }

    ChipSource add(const RasterInfo& info, const Image& image, const std::string& name = "scene") {
        const auto path = scratch_ / (name + ".tif");
        write_raster(path, RasterFormat::tiff, image.view(), info);
        return {path, name + ".tif", name, name};
    }
    ChipSource add(const RasterInfo& info, const std::string& name = "scene") {
        image_ = random_image(info, random_);
        return add(info, image_, name);
    }
    ChipResult extract(const ChipSource& source, ChipResume resume = ChipResume::sizes) {
        return extract_chips(source, output(), options_, resume);
    }
    fs::path output() const { return scratch_ / "out"; }
    fs::path file(const ChipSet& set, std::size_t chip) const {
        return output() / set.folder / set.chips.at(chip).filename;
    }

    ScratchFolder scratch_;
    std::mt19937 random_{4};
    Image image_;
    ChipOptions options_;
};

TEST_F(ExtractChips, AreTheSamplesOfTheirWindowsInEveryType) {
    for (const auto type : {PixelType::uint8, PixelType::uint16, PixelType::int16, PixelType::float32,
                            PixelType::float64, PixelType::complex_float32}) {
        for (const int bands : {1, 3, 5, 6}) {
            const auto source = add(plain_info({300, 260}, bands, type), "s" + std::to_string(bands));
            const auto result = extract(source);
            ASSERT_EQ(result.written, 4);
            for (std::size_t i = 0; i < 4; ++i) {
                const auto& chip = result.set.chips[i];
                const auto samples = read_all(file(result.set, i));
                ASSERT_TRUE(same_samples(samples.view(), image_.view().crop(chip.window)))
                    << name(type) << " x " << bands;
                EXPECT_EQ(chip.filename, chip_filename("A", source.name, chip.number, chip.format));
                EXPECT_EQ(chip.file_size_bytes, static_cast<std::int64_t>(fs::file_size(file(result.set, i))));
                EXPECT_EQ(chip.sha256.size(), 64U);
                EXPECT_EQ(chip.valid_fraction, 1.0);
            }
            const bool fits_png = (type == PixelType::uint8 || type == PixelType::uint16) && bands <= 3;
            EXPECT_EQ(result.set.chips[0].format, fits_png ? RasterFormat::png : RasterFormat::tiff);
        }
    }
}

TEST_F(ExtractChips, KeepTheirPlaceOnEarth) {
    auto info = plain_info({300, 260}, 3, PixelType::uint8);
    info.crs_wkt = utm_zone_12;
    info.geotransform = GeoTransform{500000, 0.5, 0, 3560000, 0, -0.5};
    const auto source = add(info);
    for (const auto format : {ChipFormat::png, ChipFormat::tiff}) {
        options_.format = format;
        const auto result = extract(source);
        const auto& chip = result.set.chips[2];
        const double x = 500000 + 0.5 * static_cast<double>(chip.window.x_px);
        const double y = 3560000 - 0.5 * static_cast<double>(chip.window.y_px);
        if (format == ChipFormat::tiff) {
            const auto written = read_raster_info(file(result.set, 2));
            EXPECT_EQ(written.geotransform, (GeoTransform{x, 0.5, 0, y, 0, -0.5}));
            EXPECT_EQ(written.epsg, 32612);
        } else {
            auto world_file = file(result.set, 2);
            EXPECT_EQ(read_text(world_file.replace_extension(".pgw")), world_file_text({x, 0.5, 0, y, 0, -0.5}));
        }
        ASSERT_EQ(chip.footprint.size(), 4U);
        EXPECT_NEAR(chip.footprint[0].first, -111, 0.01);
        EXPECT_NEAR(chip.footprint[0].second, 32.17, 0.02);
        EXPECT_LT(chip.footprint[0].first, chip.footprint[1].first);
        EXPECT_GT(chip.footprint[0].second, chip.footprint[3].second);
    }
    for (const auto& entry : fs::recursive_directory_iterator(output())) {
        EXPECT_NE(entry.path().extension(), ".png") << "left by the format before";
        EXPECT_NE(entry.path().extension(), ".pgw");
    }
}

TEST_F(ExtractChips, ASecondRunWritesNothing) {
    const auto source = add(plain_info({300, 260}, 3, PixelType::uint8));
    extract(source);
    const auto before = contents(output());
    for (const auto resume : {ChipResume::sizes, ChipResume::hashes}) {
        const auto again = extract(source, resume);
        EXPECT_EQ(again.written, 0);
        EXPECT_EQ(again.reason, "");
        EXPECT_EQ(again.set.written(), 4);
    }
    EXPECT_EQ(contents(output()), before);
    EXPECT_EQ(extract(source, ChipResume::never).written, 4);
    EXPECT_EQ(contents(output()), before);
}

TEST_F(ExtractChips, OnlyWhatIsMissingOrWrongIsCutAgain) {
    auto info = plain_info({300, 260}, 3, PixelType::uint8);
    info.geotransform = GeoTransform{0, 1, 0, 0, 0, -1};
    const auto source = add(info);
    const auto set = extract(source).set;
    const auto before = contents(output());

    fs::remove(file(set, 1));
    auto again = extract(source);
    EXPECT_EQ(again.written, 1);
    EXPECT_EQ(again.reason, set.chips[1].filename + " is missing");
    EXPECT_EQ(contents(output()), before);

    write_text(file(set, 0), "torn");
    auto world_file = file(set, 3);
    write_text(world_file.replace_extension(".pgw"), "elsewhere");
    EXPECT_EQ(extract(source).written, 2);
    EXPECT_EQ(contents(output()), before);

    auto altered = before.at(set.folder + "/" + set.chips[2].filename);
    altered[altered.size() / 2] ^= 1;
    write_text(file(set, 2), altered);
    EXPECT_EQ(extract(source, ChipResume::sizes).written, 0) << "the same size";
    again = extract(source, ChipResume::hashes);
    EXPECT_EQ(again.written, 1);
    EXPECT_EQ(again.reason, set.chips[2].filename + " was altered");
    EXPECT_EQ(contents(output()), before);
}

TEST_F(ExtractChips, OtherOptionsOrAnotherSourceReplaceThem) {
    auto source = add(plain_info({300, 260}, 3, PixelType::uint8));
    extract(source);
    options_.layout.count = 2;
    auto result = extract(source);
    EXPECT_EQ(result.written, 2);
    EXPECT_EQ(result.reason, "the options changed");
    EXPECT_EQ(contents(output()).size(), 3U) << "two chips and their record";

    source = add(plain_info({280, 290}, 3, PixelType::uint8));
    result = extract(source);
    EXPECT_EQ(result.reason, "the source changed");
    EXPECT_EQ(result.written, 2);
    write_text(chip_set_path(output(), "A", "scene"), "{}");
    result = extract(source);
    EXPECT_EQ(result.written, 2);
    EXPECT_NE(result.reason, "");
}

TEST_F(ExtractChips, BytesDoNotDependOnThreads) {
    const auto source = add(plain_info({400, 390}, 3, PixelType::uint16));
    extract(source);
    const auto before = contents(output());
    fs::remove_all(output());
    ThreadPool pool(3);
    RunContext context;
    context.executor = &pool;
    std::int64_t raw_bytes = 0;
    std::mutex mutex;
    context.on_bytes = [&](std::int64_t bytes) {
        const std::lock_guard lock(mutex);
        raw_bytes += bytes;
    };
    extract_chips(source, output(), options_, ChipResume::sizes, context);
    EXPECT_EQ(contents(output()), before);
    EXPECT_EQ(raw_bytes, 4 * 64 * 64 * 6);
}

TEST_F(ExtractChips, RoundsNeverOverlap) {
    const auto source = add(plain_info({420, 390}, 1, PixelType::uint8));
    std::vector<Window> taken;
    for (const char* prefix : {"A", "B", "C"}) {
        options_.prefix = prefix;
        for (const auto& chip : extract(source).set.chips) {
            if (!chip.written()) continue;
            for (const auto& other : taken) {
                EXPECT_FALSE(chip.window.x_px < other.x_end() && other.x_px < chip.window.x_end() &&
                             chip.window.y_px < other.y_end() && other.y_px < chip.window.y_end());
            }
            taken.push_back(chip.window);
        }
    }
    EXPECT_GE(taken.size(), 8U);
    EXPECT_EQ(read_chip_sets(output()).size(), 3U);
}

TEST_F(ExtractChips, AreDrawnAgainWhereThereIsTooLittleData) {
    auto info = plain_info({400, 400}, 1, PixelType::uint8);
    info.band[0].nodata = 0.0;
    Image image(info.size, 1, PixelType::uint8);
    // Data in the left half only.
    for (std::int64_t y = 0; y < 400; ++y) {
        std::memset(image.view().row(y), 0, 400);
        std::memset(image.view().row(y), 7, 180);
    }
    const auto source = add(info, image);
    options_.layout = {4, 40, 3, 1};
    const auto all = extract(source).set;
    EXPECT_EQ(all.written(), 4) << "no limit is set";
    options_.max_nodata = 0.2;
    const auto set = extract(source).set;
    EXPECT_LT(set.written(), 4);
    EXPECT_GE(set.written(), 2);
    for (const auto& chip : set.chips) {
        if (chip.written()) {
            EXPECT_GE(chip.valid_fraction, 0.8);
        } else {
            EXPECT_EQ(chip.skip_reason, "nodata");
        }
    }
    EXPECT_EQ(extract(source).written, 0);
}

TEST_F(ExtractChips, ThatDoNotFitAreToldOf) {
    const auto source = add(plain_info({150, 150}, 1, PixelType::uint8));
    options_.layout = {9, 64, 3, 0};
    const auto result = extract(source);
    EXPECT_EQ(result.written, 4);
    EXPECT_EQ(result.set.chips.size(), 9U);
    EXPECT_EQ(result.set.chips[8].skip_reason, "no_room");
}

TEST_F(ExtractChips, LeaveNothingBehindWhenTheyFail) {
    const auto source = add(plain_info({300, 260}, 3, PixelType::uint8));
    auto bytes = read_text(source.path);
    // The header stands, the samples are cut off.
    write_text(source.path, bytes.substr(0, bytes.size() / 2));
    EXPECT_THROW(extract(source), Error);
    EXPECT_TRUE(contents(output()).empty());
}

TEST_F(ExtractChips, RefusePlainlyWhatCannotBe) {
    const auto code = [&](const ChipSource& source) {
        try {
            extract(source);
        } catch (const Error& error) {
            EXPECT_EQ(error.where(), source.path) << error.what();
            return error.code();
        }
        return ErrorCode::internal;
    };
    EXPECT_EQ(code(add(plain_info({60, 300}, 1, PixelType::uint8), "small")), ErrorCode::invalid_argument);
    options_.format = ChipFormat::png;
    EXPECT_EQ(code(add(plain_info({300, 300}, 1, PixelType::float32), "float")), ErrorCode::unsupported);
    EXPECT_EQ(code({scratch_ / "none.tif", "none.tif", "none", "none"}), ErrorCode::not_found);
    EXPECT_FALSE(fs::exists(output()));
    std::stop_source stop;
    stop.request_stop();
    RunContext context;
    context.stop = stop.get_token();
    const auto source = add(plain_info({300, 300}, 1, PixelType::uint8), "stopped");
    EXPECT_THROW(extract_chips(source, output(), options_, ChipResume::sizes, context), Error);
    EXPECT_TRUE(contents(output()).empty());
}

}  // namespace
}  // namespace tilewright
