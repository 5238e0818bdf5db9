// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <nlohmann/json.hpp>
#include <random>
#include <string>
#include <vector>

#include "scratch_folder.h"
#include "tile/manifest_json.h"
#include "tile/sample_manifest.h"
#include "tilewright/core/error.h"
#include "tilewright/storage/file.h"

namespace tilewright {
namespace {

// The message of the error that reading gives; a test failure if it gives none or another code.
std::string refusal(const std::string& text, ErrorCode code = ErrorCode::corrupt) {
    try {
        manifest_from_text(text, "set/metadata.json");
    } catch (const Error& error) {
        EXPECT_EQ(error.code(), code) << error.what();
        EXPECT_EQ(error.where(), "set/metadata.json");
        return error.what();
    }
    ADD_FAILURE() << "read a manifest that contradicts itself";
    return {};
}

struct Edit {
    std::string pointer;
    Json value;
    std::string key;  // what the message must name
};

TEST(HostileManifest, EveryEditIsRefusedByTheKeysName) {
    const auto good = manifest_json(sample_manifest());
    const auto huge = std::int64_t{9'223'372'036'854'775'807};
    const std::vector<Edit> edits{
        {"/slices/1/filename", "../slice_1_60_0_120_50.tif", "slices[1].filename"},
        {"/slices/1/filename", "/etc/passwd", "slices[1].filename"},
        {"/slices/1/filename", "a/b.png", "slices[1].filename"},
        {"/slices/1/filename", "..", "slices[1].filename"},
        {"/slices/1/filename", "", "slices[1].filename"},
        {"/slices/1/filename", "metadata.json", "slices[1].filename"},
        {"/slices/1/filename", "slice_0_0_0_60_50.tif", "slices[1].filename"},
        {"/slices/1/filename", std::string("slice_1_60_0_120_50.tif\0", 24), "slices[1].filename"},
        {"/slices/1/filename", 7, "slices[1].filename"},
        {"/slices/1/index", 0, "slices[1].index"},
        {"/slices/1/x", -1, "slices[1].x"},
        {"/slices/1/x", 100, "slices[1].x"},
        {"/slices/1/x", 60.0, "slices[1].x"},
        {"/slices/1/x", "60", "slices[1].x"},
        {"/slices/1/y", huge, "slices[1].y"},
        {"/slices/1/y", 18'446'744'073'709'551'615U, "slices[1].y"},
        {"/slices/1/width", 0, "slices[1].width"},
        {"/slices/1/width", huge, "slices[1].width"},
        {"/slices/1/height", -50, "slices[1].height"},
        {"/slices/1/x_end", 121, "slices[1].x_end"},
        {"/slices/1/y_end", nullptr, "slices[1].y_end"},
        {"/slices/1/inside_width", 60, "slices[1].inside_width"},
        {"/slices/1/format", "jpeg", "slices[1].format"},
        {"/slices/1/pixel_hash", "abc", "slices[1].pixel_hash"},
        {"/slices/1/pixel_hash", std::string(32, 'G'), "slices[1].pixel_hash"},
        {"/slices/1/mask_hash", nullptr, "slices[1].mask_hash"},
        {"/slices/1/sha256", std::string(63, '0'), "slices[1].sha256"},
        {"/slices/1/file_size_bytes", 0, "slices[1].file_size_bytes"},
        {"/slices/1/valid_fraction", 1.5, "slices[1].valid_fraction"},
        {"/slices/1/valid_fraction", "nan", "slices[1].valid_fraction"},
        {"/slices/0/footprint", Json::array({1, 2}), "slices[0].footprint"},
        {"/slices/0/footprint/0", Json::array({1}), "slices[0].footprint[0]"},
        {"/slices", Json::array(), "total_slices"},
        {"/slices", 3, "slices"},
        {"/slices/1", nullptr, "slices[1]"},
        {"/total_slices", 3, "total_slices"},
        {"/original_image/width", 101, "original_image.width"},
        {"/original_image/path", nullptr, "original_image.path"},
        {"/schema_version", "1", "schema_version"},
        {"/schema_version", 0, "schema_version"},
        {"/pixel_hash_algorithm", "md5", "pixel_hash_algorithm"},
        {"/source/pixel_hash", "", "source.pixel_hash"},
        {"/source/size_bytes", -1, "source.size_bytes"},
        {"/source/path_bytes", Json::object({{"latin1", "\xC4\x80"}}), "source.path_bytes.latin1"},
        {"/options/layout/type", "spiral", "options.layout.type"},
        {"/options/layout/edge", "wrap", "options.layout.edge"},
        {"/options/layout/width_px", 61, "options.digest"},
        {"/options/compression", "best", "options.compression"},
        {"/options/page", 0, "options.page"},
        {"/raster/width", 0, "raster.width"},
        {"/raster/height", huge, "raster.height"},
        {"/raster/bands", 2, "raster.band"},
        {"/raster/bands", huge, "raster.bands"},
        {"/raster/sample_type", "float16", "raster.sample_type"},
        {"/raster/geotransform", Json::array({1, 2, 3}), "raster.geotransform"},
        {"/raster/geotransform/3", "north", "raster.geotransform[3]"},
        {"/raster/mask", "some", "raster.mask"},
        {"/raster/mask", "none", "source.mask_hash"},
        {"/raster/band/0/nodata", true, "raster.band[0].nodata"},
        {"/raster/band/1/color_table/0", Json::array({1, 2, 3}), "raster.band[1].color_table[0]"},
        {"/raster/band/1/color_table/0/0", 70000, "raster.band[1].color_table[0][0]"},
        {"/raster/metadata/1/domain", "", "raster.metadata[1]"},
        {"/raster/metadata/0/items/0/value", 3, "raster.metadata[0].items[0].value"},
        {"/raster/storage/tiled", 0, "raster.storage.tiled"},
        {"/notes", "none", "notes"},
    };
    for (const auto& edit : edits) {
        auto bad = good;
        bad[Json::json_pointer(edit.pointer)] = edit.value;
        EXPECT_THAT(refusal(bad.dump()), testing::StartsWith("set/metadata.json: " + edit.key + ": "))
            << edit.pointer << " = " << edit.value.dump();
    }
}

// Takes each key of the document away, one at a time, and hands the rest to `visit`.
void without_each_key(const Json& document, const Json::json_pointer& at,
                      const std::function<void(const Json&, const std::string&)>& visit) {
    const auto& part = document[at];
    if (part.is_object()) {
        for (const auto& item : part.items()) {
            auto rest = document;
            rest[at].erase(item.key());
            visit(rest, (at / item.key()).to_string());
        }
    }
    if (part.is_structured()) {
        for (const auto& item : part.items()) {
            const auto below = part.is_array() ? at / std::stoul(item.key()) : at / item.key();
            without_each_key(document, below, visit);
        }
    }
}

TEST(HostileManifest, AMissingKeyIsRefusedOrLeavesSomethingOut) {
    const auto good = manifest_json(sample_manifest());
    const auto text = manifest_text(sample_manifest());
    int refused = 0;
    without_each_key(good, Json::json_pointer(), [&](const Json& rest, const std::string& pointer) {
        try {
            // What may be absent is absent, not made up: or it is one of the keys that repeat what others say.
            const auto read = manifest_from_text(rest.dump(), "metadata.json");
            const bool repeats = pointer.starts_with("/cut_parameters") || pointer == "/tilewright_version" ||
                                 pointer.ends_with("/inside_width") || pointer.ends_with("/inside_height") ||
                                 pointer.ends_with("/cut_type") || pointer.ends_with("/strip_number");
            EXPECT_EQ(manifest_text(read) == text, repeats) << pointer;
        } catch (const Error& error) {
            EXPECT_EQ(error.code(), ErrorCode::corrupt) << pointer << ": " << error.what();
            ++refused;
        }
    });
    EXPECT_GT(refused, 60);
}

TEST(HostileManifest, TextThatIsNoManifestIsRefused) {
    const auto text = manifest_text(sample_manifest());
    for (const auto& bad :
         {std::string(), std::string("{}"), std::string("null"), std::string("[1, 2]"), std::string("\x89PNG"),
          text.substr(0, text.size() / 2), std::string("{\"a\": \"\xFF\"}"), std::string("{\"schema_version\": 1e999}"),
          std::string(100'000, '['), std::string("{\"schema_version\": 1, \"raster\": ") + std::string(100'000, '[')}) {
        EXPECT_FALSE(refusal(bad).empty());
    }
}

TEST(HostileManifest, TheOriginalToolsManifestIsNamedAsSuch) {
    EXPECT_THAT(refusal(R"({"original_image": {"path": "a.tif"}, "slices": [], "total_slices": 0})"),
                testing::HasSubstr("no hashes to prove the slices by"));
}

TEST(HostileManifest, ANewerSchemaIsUnsupported) {
    auto json = manifest_json(sample_manifest());
    json["schema_version"] = 2;
    EXPECT_THAT(refusal(json.dump(), ErrorCode::unsupported), testing::HasSubstr("use a newer tilewright"));
}

TEST(HostileManifest, UnknownKeysAreNoFault) {
    auto json = manifest_json(sample_manifest());
    json["batch_info"] = Json{{"processed_at", 1.5}};
    json["slices"][0]["label"] = "forest";
    EXPECT_EQ(manifest_text(manifest_from_text(json.dump(), "metadata.json")), manifest_text(sample_manifest()));
}

TEST(HostileManifest, AHoleIsRefused) {
    auto manifest = sample_manifest();
    manifest.slices.pop_back();
    EXPECT_THAT(refusal(manifest_text(manifest)), testing::HasSubstr("slices: the windows leave a hole in row 0"));
}

TEST(HostileManifest, OnlyPaddedTilesReachPastTheImage) {
    auto manifest = sample_manifest();
    manifest.options.layout = TilesLayout{60, 50, 0, EdgePolicy::partial};
    EXPECT_THAT(refusal(manifest_text(manifest)), testing::HasSubstr("slices[1]: the window reaches past the image"));
}

// Whatever bytes change, reading gives a manifest or an Error, and never anything else.
TEST(HostileManifest, AnyChangedByteIsReadOrRefused) {
    const auto text = manifest_text(sample_manifest());
    std::mt19937 random(11);
    for (int round = 0; round < 2000; ++round) {
        auto changed = text;
        for (auto count = 1 + random() % 3; count > 0; --count) {
            changed[random() % changed.size()] = static_cast<char>(random() % 256);
        }
        try {
            manifest_from_text(changed, "metadata.json");
        } catch (const Error& error) {
            EXPECT_TRUE(error.code() == ErrorCode::corrupt || error.code() == ErrorCode::unsupported) << error.what();
        }
    }
}

}  // namespace
}  // namespace tilewright
