// SPDX-License-Identifier: Apache-2.0
#include "tilewright/tile/manifest.h"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <cstdint>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <random>
#include <set>
#include <string>
#include <variant>
#include <vector>

#include "scratch_folder.h"
#include "tile/manifest_json.h"
#include "tile/sample_manifest.h"
#include "tilewright/core/error.h"
#include "tilewright/core/version.h"

namespace tilewright {
namespace {

bool same_bits(double a, double b) {
    return std::bit_cast<std::uint64_t>(a) == std::bit_cast<std::uint64_t>(b);
}

void expect_same_nodata(const NoData& a, const NoData& b) {
    ASSERT_EQ(a.index(), b.index());
    if (const auto* number = std::get_if<double>(&a)) {
        EXPECT_TRUE(same_bits(*number, std::get<double>(b)));
    } else {
        EXPECT_EQ(a, b);
    }
}

void expect_same_band(const BandInfo& a, const BandInfo& b) {
    EXPECT_EQ(a.description, b.description);
    EXPECT_EQ(a.color_interpretation, b.color_interpretation);
    ASSERT_EQ(a.nodata.has_value(), b.nodata.has_value());
    if (a.nodata) expect_same_nodata(*a.nodata, *b.nodata);
    EXPECT_EQ(a.offset, b.offset);
    EXPECT_EQ(a.scale, b.scale);
    EXPECT_EQ(a.unit, b.unit);
    EXPECT_EQ(a.bits_per_sample, b.bits_per_sample);
    EXPECT_EQ(a.color_table, b.color_table);
    EXPECT_EQ(a.categories, b.categories);
    EXPECT_EQ(a.metadata, b.metadata);
}

void expect_same_raster(const RasterInfo& a, const RasterInfo& b) {
    EXPECT_EQ(a.size, b.size);
    EXPECT_EQ(a.bands, b.bands);
    EXPECT_EQ(a.type, b.type);
    ASSERT_EQ(a.band.size(), b.band.size());
    for (std::size_t i = 0; i < a.band.size(); ++i) expect_same_band(a.band[i], b.band[i]);
    EXPECT_EQ(a.crs_wkt, b.crs_wkt);
    EXPECT_EQ(a.epsg, b.epsg);
    ASSERT_EQ(a.geotransform.has_value(), b.geotransform.has_value());
    if (a.geotransform) {
        for (std::size_t i = 0; i < 6; ++i) EXPECT_TRUE(same_bits((*a.geotransform)[i], (*b.geotransform)[i]));
    }
    EXPECT_EQ(a.gcps, b.gcps);
    EXPECT_EQ(a.gcp_crs_wkt, b.gcp_crs_wkt);
    EXPECT_EQ(a.metadata, b.metadata);
    EXPECT_EQ(a.mask, b.mask);
    EXPECT_EQ(a.driver, b.driver);
    EXPECT_EQ(a.compression, b.compression);
    EXPECT_EQ(a.interleave, b.interleave);
    EXPECT_EQ(a.block, b.block);
    EXPECT_EQ(a.tiled, b.tiled);
    EXPECT_EQ(a.pages, b.pages);
    EXPECT_EQ(a.page, b.page);
    EXPECT_EQ(a.overviews, b.overviews);
}

void expect_same_manifest(const Manifest& a, const Manifest& b) {
    EXPECT_EQ(a.source_path, b.source_path);
    EXPECT_EQ(a.source_identity, b.source_identity);
    EXPECT_EQ(a.pixel_hash, b.pixel_hash);
    EXPECT_EQ(a.mask_hash, b.mask_hash);
    expect_same_raster(a.raster, b.raster);
    EXPECT_EQ(a.options.layout, b.options.layout);
    EXPECT_EQ(a.options.format, b.options.format);
    EXPECT_EQ(a.options.compression, b.options.compression);
    EXPECT_EQ(a.options.open.page, b.options.open.page);
    EXPECT_EQ(a.notes, b.notes);
    ASSERT_EQ(a.slices.size(), b.slices.size());
    for (std::size_t i = 0; i < a.slices.size(); ++i) {
        const auto& x = a.slices[i];
        const auto& y = b.slices[i];
        EXPECT_EQ(x.index, y.index);
        EXPECT_EQ(x.filename, y.filename);
        EXPECT_EQ(x.window, y.window);
        EXPECT_EQ(x.format, y.format);
        EXPECT_EQ(x.pixel_hash, y.pixel_hash);
        EXPECT_EQ(x.mask_hash, y.mask_hash);
        EXPECT_EQ(x.file_size_bytes, y.file_size_bytes);
        EXPECT_EQ(x.sha256, y.sha256);
        EXPECT_EQ(x.valid_fraction, y.valid_fraction);
        EXPECT_EQ(x.footprint, y.footprint);
    }
}

// A manifest of a layout, with made-up proofs.
Manifest manifest_of(Size image, const Layout& layout) {
    auto manifest = sample_manifest();
    const auto pattern = manifest.slices.front();
    manifest.raster.size = image;
    manifest.options.layout = layout;
    manifest.slices.clear();
    for (const auto& window : windows(image, layout)) {
        auto slice = pattern;
        slice.index = static_cast<std::int64_t>(manifest.slices.size());
        slice.window = window;
        slice.filename = slice_filename(slice.index, window, slice.format);
        manifest.slices.push_back(slice);
    }
    return manifest;
}

TEST(Manifest, ReadsBackWhatItWrites) {
    ScratchFolder folder;
    auto manifest = sample_manifest();
    write_manifest(manifest, folder.path());
    for (const auto& path : {folder.path(), folder / "metadata.json"}) {
        const auto read = read_manifest(path);
        expect_same_manifest(manifest, read);
        EXPECT_EQ(read.folder, folder.path());
        EXPECT_EQ(manifest_text(read), manifest_text(manifest));
    }
}

TEST(Manifest, ReadsBackEveryLayout) {
    for (const Layout& layout :
         {Layout{PiecesLayout{8}}, Layout{PiecesLayout{13}}, Layout{GridLayout{3, 4}},
          Layout{TilesLayout{30, 20, 5, EdgePolicy::partial}}, Layout{TilesLayout{30, 20, 0, EdgePolicy::shift}},
          Layout{TilesLayout{300, 200, 7, EdgePolicy::pad}}, Layout{StripsLayout{7, StripDirection::horizontal}},
          Layout{StripsLayout{7, StripDirection::vertical}}}) {
        const auto manifest = manifest_of({101, 67}, layout);
        expect_same_manifest(manifest, manifest_from_text(manifest_text(manifest), "metadata.json"));
    }
}

TEST(Manifest, NumbersOfAnyBitsComeBack) {
    std::mt19937_64 random(3);
    auto manifest = sample_manifest();
    manifest.raster.type = PixelType::int64;
    for (int round = 0; round < 200; ++round) {
        const auto number = [&] {
            double value = 0;
            do {
                value = std::bit_cast<double>(random());
            } while (std::isnan(value));
            return value;
        };
        manifest.raster.geotransform = GeoTransform{number(), number(), number(), number(), number(), number()};
        manifest.raster.band[0].nodata = static_cast<std::int64_t>(random());
        manifest.raster.band[1].nodata = number();
        expect_same_raster(manifest.raster, manifest_from_text(manifest_text(manifest), "metadata.json").raster);
    }
}

TEST(Manifest, TextOfAnyBytesComesBack) {
    std::mt19937 random(5);
    auto manifest = sample_manifest();
    for (int round = 0; round < 300; ++round) {
        std::string text;
        for (auto length = random() % 12; length > 0; --length) text += static_cast<char>(random() % 256);
        manifest.raster.metadata = {{text, {{text, text}, {text, ""}}}};
        manifest.raster.crs_wkt = text;
        manifest.notes = {text};
        expect_same_manifest(manifest, manifest_from_text(manifest_text(manifest), "metadata.json"));
    }
}

// Manifests outlive versions: what is written must not change silently. A change here is a new schema or a mistake.
TEST(Manifest, TextIsFrozen) {
    const auto frozen = read_text(std::filesystem::path(TILEWRIGHT_GOLDEN_DIR) / "metadata_v1.json");
    auto text = manifest_text(sample_manifest());
    const std::string key = "\"tilewright_version\": \"";
    const auto version = text.find(key) + key.size();
    text.erase(version, text.find('"', version) - version);
    EXPECT_EQ(text, frozen);
}

TEST(Manifest, KeepsTheOriginalToolsKeysFirstAndInOrder) {
    const auto json = Json::parse(manifest_text(manifest_of({1920, 1080}, PiecesLayout{8})));
    const auto keys = [](const Json& object) {
        std::vector<std::string> names;
        for (const auto& item : object.items()) names.push_back(item.key());
        return names;
    };
    EXPECT_EQ(keys(json), (std::vector<std::string>{"original_image", "cut_parameters", "slices", "total_slices",
                                                    "schema_version", "tilewright_version", "pixel_hash_algorithm",
                                                    "source", "raster", "options", "notes"}));
    EXPECT_EQ(keys(json["original_image"]), (std::vector<std::string>{"path", "width", "height"}));
    EXPECT_EQ(json["cut_parameters"].dump(),
              R"({"slice_width":480,"slice_height":540,"type":"auto_divide","requested_pieces":8,"actual_pieces":8,)"
              R"("optimal_grid":[2,4]})");
    auto slice_keys = keys(json["slices"][5]);
    slice_keys.resize(9);
    EXPECT_EQ(slice_keys, (std::vector<std::string>{"index", "filename", "x", "y", "width", "height", "x_end", "y_end",
                                                    "cut_type"}));
    EXPECT_EQ(json["slices"][5]["x"], 480);
    EXPECT_EQ(json["slices"][5]["y_end"], 1080);
    EXPECT_EQ(json["total_slices"], 8);
    EXPECT_EQ(json["tilewright_version"], version());
}

TEST(Manifest, AnIrregularCutSaysHowManyPiecesStandInEachRow) {
    const auto json = Json::parse(manifest_text(manifest_of({800, 600}, PiecesLayout{13})));
    EXPECT_FALSE(json["cut_parameters"].contains("optimal_grid"));
    EXPECT_EQ(json["cut_parameters"]["pieces_per_row"], Json::array({5, 4, 4}));
}

TEST(Manifest, AMissingOneIsNotFound) {
    ScratchFolder folder;
    try {
        read_manifest(folder.path());
        FAIL() << "read a manifest that is not there";
    } catch (const Error& error) {
        EXPECT_EQ(error.code(), ErrorCode::not_found);
        EXPECT_EQ(error.where(), (folder / "metadata.json").native());
    }
}

TEST(TesselateOptions, DigestChangesWithWhatChangesABytesAndWithNothingElse) {
    std::set<std::string> digests;
    const TesselateOptions usual;
    auto other = usual;
    other.open.max_raw_bytes = 1;
    other.open.max_block_bytes = 1;
    other.open.max_expansion = 1;
    EXPECT_EQ(other.digest(), usual.digest());
    digests.insert(usual.digest());
    for (const Layout& layout :
         {Layout{PiecesLayout{9}}, Layout{GridLayout{2, 4}}, Layout{GridLayout{4, 2}}, Layout{StripsLayout{8}},
          Layout{StripsLayout{8, StripDirection::vertical}}, Layout{TilesLayout{}}, Layout{TilesLayout{512, 1024}},
          Layout{TilesLayout{1024, 512}}, Layout{TilesLayout{1024, 1024, 1}},
          Layout{TilesLayout{1024, 1024, 0, EdgePolicy::pad}}, Layout{TilesLayout{1024, 1024, 0, EdgePolicy::shift}}}) {
        other = usual;
        other.layout = layout;
        digests.insert(other.digest());
    }
    for (const auto format : {SliceFormat::png, SliceFormat::tiff, SliceFormat::copy}) {
        other = usual;
        other.format = format;
        digests.insert(other.digest());
    }
    for (const auto compression : {Compression::balanced, Compression::small}) {
        other = usual;
        other.compression = compression;
        digests.insert(other.digest());
    }
    other = usual;
    other.open.page = 2;
    digests.insert(other.digest());
    EXPECT_EQ(digests.size(), 18U);
    for (const auto& digest : digests) EXPECT_EQ(digest.size(), 32U);
}

TEST(SliceFormat, NamesAreParsed) {
    for (const auto format : {SliceFormat::automatic, SliceFormat::png, SliceFormat::tiff, SliceFormat::copy}) {
        EXPECT_EQ(parse_slice_format(name(format)), format);
    }
    try {
        parse_slice_format("jpeg");
        FAIL() << "parsed a format that does not exist";
    } catch (const Error& error) {
        EXPECT_EQ(error.code(), ErrorCode::invalid_argument);
        EXPECT_STREQ(error.what(), "no slice format \"jpeg\": it is one of auto, png, tiff and copy");
    }
}

TEST(SliceFilename, HasIndexAndCorners) {
    EXPECT_EQ(slice_filename(5, {480, 540, 480, 540}, RasterFormat::png), "slice_5_480_540_960_1080.png");
    EXPECT_EQ(slice_filename(0, {0, 0, 1, 1}, RasterFormat::tiff), "slice_0_0_0_1_1.tif");
}

TEST(SliceFilename, IsKnownAgain) {
    for (const auto* filename :
         {"slice_5_480_540_960_1080.png", "slice_0_0_0_1_1.tif", "slice_0_0_0_1_1.pgw", "slice_0_0_0_1_1.tfw"}) {
        EXPECT_TRUE(is_slice_filename(filename)) << filename;
    }
    for (const auto* filename :
         {"", "slice", "slice_", "slice_1_2_3_4.png", "slice_1_2_3_4_5", "slice_1_2_3_4_5.jpg",
          "slice_1_2_3_4_5.png.bak", "slice_1_2_3_2_5.png", "slice_1_2_3_4_3.png", "slice_01_2_3_4_5.png",
          "slice_1_-2_3_4_5.png", "slice_1_2_3_4_5_6.png", "slice_a_2_3_4_5.png",
          "slice_1_2_3_4_99999999999999999999.png", "my_slice_1_2_3_4_5.png", "slice_1_2_3_4_5.PNG",
          "slice_1__3_4_5.png", "metadata.json"}) {
        EXPECT_FALSE(is_slice_filename(filename)) << filename;
    }
}

}  // namespace
}  // namespace tilewright
