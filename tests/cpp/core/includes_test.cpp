// SPDX-License-Identifier: Apache-2.0
// The arrows between the rooms: who may include whom. Every #include line of cpp/ is read.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tilewright {
namespace {

namespace fs = std::filesystem;

using Rooms = std::set<std::string>;

// Arrows are not passed on: a room says what it includes itself.
const std::map<std::string, Rooms>& arrows() {
    static const std::map<std::string, Rooms> allowed{
        {"core", {}},
        {"image", {"core"}},
        {"layout", {"core"}},
        {"codec", {"core"}},
        {"storage", {"core"}},
        {"raster", {"core", "image", "codec", "storage"}},
        {"thumbnail", {"core", "image", "storage", "raster"}},
        {"composite", {"core", "image", "codec", "storage", "raster"}},
        {"tile", {"core", "image", "codec", "storage", "layout", "raster"}},
        {"chip", {"core", "image", "codec", "storage", "layout", "raster"}},
        {"batch", {"core", "storage"}},
        {"jobs",
         {"core", "image", "codec", "storage", "layout", "raster", "thumbnail", "composite", "tile", "chip", "batch"}},
    };
    return allowed;
}

// The rooms that alone may use a library, by the start of its headers' names.
const std::map<std::string, Rooms>& library_users() {
    static const std::map<std::string, Rooms> allowed{
        {"gdal", {"raster", "storage"}},
        {"cpl_", {"raster", "storage"}},
        {"ogr_", {"raster"}},
        {"tiff", {"raster"}},
        {"jpeglib", {"raster"}},
        {"opencv2/", {"thumbnail"}},
        {"png.h", {"raster"}},
        {"libdeflate", {"codec"}},
        {"isa-l", {"codec"}},
        {"hwy/", {"codec", "composite", "thumbnail"}},
    };
    return allowed;
}

// The room that an included name belongs to; empty for the standard library and other projects.
std::string room_of(const std::string& included) {
    static const std::string public_prefix = "tilewright/";
    const auto path = included.starts_with(public_prefix) ? included.substr(public_prefix.size()) : included;
    const auto room = path.substr(0, path.find('/'));
    return path != room && arrows().contains(room) ? room : "";
}

// Why `room` may not include `included`; empty if it may.
std::string objection(const std::string& room, const std::string& included, bool from_public_header) {
    const auto other = room_of(included);
    if (!other.empty()) {
        const bool is_public = included.starts_with("tilewright/");
        if (from_public_header && !is_public) return "a public header may not need a private one";
        if (other == room) return "";
        if (!arrows().at(room).contains(other)) return "no arrow leads from " + room + " to " + other;
        return is_public ? "" : "private headers are for their own room";
    }
    if (included.starts_with("tilewright/")) return "no such room";
    const bool is_standard = included.find_first_of("./") == std::string::npos;
    if (from_public_header && !is_standard) return "a public header may not need another library";
    for (const auto& [prefix, users] : library_users()) {
        if (included.starts_with(prefix) && !users.contains(room)) return room + " may not use this library";
    }
    return "";
}

struct Include {
    fs::path file;
    std::string room;
    std::string included;
    bool from_public_header;
};

// What a line includes; empty if it is of another kind. By hand, as GCC warns of std::regex under the sanitizers.
std::string included_by(std::string_view line) {
    const auto skip = [&line](std::string_view text) {
        line.remove_prefix(std::min(line.find_first_not_of(" \t"), line.size()));
        const bool found = line.starts_with(text);
        if (found) line.remove_prefix(text.size());
        return found;
    };
    if (!skip("#") || !skip("include") || !(skip("\"") || skip("<"))) return "";
    return std::string(line.substr(0, line.find_first_of("\">")));
}

std::vector<Include> includes_below(const fs::path& root, bool is_public) {
    std::vector<Include> all;
    for (const auto& entry : fs::recursive_directory_iterator(root)) {
        const auto extension = entry.path().extension();
        if (extension != ".h" && extension != ".cpp") continue;
        const auto room = entry.path().lexically_relative(root).begin()->string();
        std::ifstream file(entry.path());
        for (std::string line; std::getline(file, line);) {
            if (auto included = included_by(line); !included.empty()) {
                all.push_back({entry.path(), room, std::move(included), is_public});
            }
        }
    }
    return all;
}

TEST(Includes, FollowTheArrows) {
    const fs::path cpp = TILEWRIGHT_CPP_DIR;
    auto all = includes_below(cpp / "include/tilewright", true);
    for (auto& include : includes_below(cpp / "src", false)) all.push_back(std::move(include));
    ASSERT_GT(all.size(), 100U) << "the sources are not where they were";
    for (const auto& [file, room, included, from_public_header] : all) {
        ASSERT_TRUE(arrows().contains(room)) << file << " lies in a room without arrows";
        EXPECT_EQ(objection(room, included, from_public_header), "") << file << " includes " << included;
    }
}

// So that no type of another library is declared there by hand.
TEST(Includes, PublicHeadersHoldNothingOutsideOfTheNamespace) {
    std::size_t headers = 0;
    for (const auto& entry : fs::recursive_directory_iterator(fs::path(TILEWRIGHT_CPP_DIR) / "include")) {
        if (!entry.is_regular_file()) continue;
        ++headers;
        bool is_inside = false;
        std::ifstream file(entry.path());
        for (std::string line; std::getline(file, line);) {
            if (line.starts_with("namespace tilewright::inline ")) is_inside = true;
            const bool is_told = line.empty() || line.starts_with("#") || line.starts_with("//");
            EXPECT_TRUE(is_inside || is_told) << entry.path() << ": " << line;
            if (line.starts_with("}  // namespace tilewright::inline ")) is_inside = false;
        }
    }
    EXPECT_GT(headers, 50U);
}

TEST(Includes, AreFoundHoweverTheyAreWritten) {
    EXPECT_EQ(included_by("#include <vector>"), "vector");
    EXPECT_EQ(included_by("  #  include\t\"tilewright/core/error.h\"  // why"), "tilewright/core/error.h");
    EXPECT_EQ(included_by("// #include <vector>"), "");
    EXPECT_EQ(included_by("#define include"), "");
    EXPECT_EQ(included_by(""), "");
}

TEST(Includes, OtherArrowsAreRefused) {
    EXPECT_EQ(objection("layout", "tilewright/core/window.h", false), "");
    EXPECT_EQ(objection("layout", "layout/rules.h", false), "");
    EXPECT_EQ(objection("layout", "vector", true), "");
    EXPECT_NE(objection("core", "tilewright/layout/layout.h", false), "") << "upwards";
    EXPECT_NE(objection("codec", "tilewright/storage/file.h", false), "") << "sideways";
    EXPECT_NE(objection("batch", "tilewright/tile/tesselate.h", false), "") << "the engine knows tasks, not tiles";
    EXPECT_NE(objection("raster", "storage/system_error.h", false), "") << "another room's private header";
    EXPECT_NE(objection("layout", "layout/rules.h", true), "") << "a private header in a public one";
    EXPECT_NE(objection("raster", "gdal_priv.h", true), "") << "a library in a public header";
    EXPECT_NE(objection("tile", "nlohmann/json.hpp", true), "") << "a library in a public header";
    EXPECT_NE(objection("tile", "gdal_priv.h", false), "");
    EXPECT_NE(objection("tile", "tiffio.h", false), "");
    EXPECT_NE(objection("jobs", "tilewright/utils/odds.h", false), "") << "an unknown room";
}

}  // namespace
}  // namespace tilewright
