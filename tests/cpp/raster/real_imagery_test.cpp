// SPDX-License-Identifier: Apache-2.0
// Reads imagery made by others, where it is at hand: TILEWRIGHT_DATA, or shared/data beside the source tree.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "raster/gdal_reader.h"
#include "raster/made_raster.h"
#include "raster/tiff_reader.h"

namespace tilewright {
namespace {

constexpr std::int64_t largest_bytes = 64 << 20;

std::filesystem::path data_folder() {
    if (const char* given = std::getenv("TILEWRIGHT_DATA")) return given;
    return std::filesystem::path(TILEWRIGHT_SOURCE_DIR) / "../shared/data";
}

std::vector<std::filesystem::path> files_below(const std::filesystem::path& folder) {
    std::vector<std::filesystem::path> files;
    std::error_code ignored;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(folder, ignored)) {
        if (entry.is_regular_file()) files.push_back(entry.path());
    }
    std::sort(files.begin(), files.end());
    return files;
}

// The samples of a page, or nothing and why.
std::optional<Image> try_read(RasterReader& reader, std::string& why) {
    try {
        return read_all(reader);
    } catch (const Error& error) {
        why = error.what();
        return {};
    }
}

// What libtiff alone makes of a page must be what GDAL makes of it.
void compare_ways(const std::filesystem::path& file, int page) {
    OpenOptions options;
    options.page = page;
    auto raster = inspect(file, options);
    if (raster.info.raw_bytes() > largest_bytes) return;
    const auto fast = read_with_libtiff(raster);
    if (!fast) return;
    const auto slow = read_with_gdal(inspect(file, options));
    std::string why_not_fast;
    std::string why_not_slow;
    const auto one = try_read(*fast, why_not_fast);
    const auto other = try_read(*slow, why_not_slow);
    ASSERT_EQ(one.has_value(), other.has_value()) << file << '\n' << why_not_fast << '\n' << why_not_slow;
    if (one) {
        ASSERT_TRUE(same_samples(one->view(), other->view())) << file << " page " << page;
    }
}

TEST(RealImagery, GoodFilesAreReadAndBothWaysAgree) {
    const auto files = files_below(data_folder() / "good");
    if (files.empty()) GTEST_SKIP() << "no imagery at " << data_folder() << "; set TILEWRIGHT_DATA to read some";
    for (const auto& file : files) {
        if (file.filename() == "gdal--vophead.jpg") {  // the head of a JPEG, without its rows
            EXPECT_EQ(code_thrown_by([&] { read_all(*open_raster(file)); }), ErrorCode::corrupt);
            continue;
        }
        try {
            const auto reader = open_raster(file);
            const auto& info = reader->info();
            if (info.raw_bytes() <= largest_bytes) read_all(*reader);
            EXPECT_EQ(read_preview(file, 32).bands(), info.bands);
            for (int page = 1; page <= std::min(info.pages, 10); ++page) compare_ways(file, page);
        } catch (const Error& error) {
            ADD_FAILURE() << error.what();
        }
    }
}

TEST(RealImagery, BadFilesAreReadOrRefusedWithTheirName) {
    const auto files = files_below(data_folder() / "bad");
    if (files.empty()) GTEST_SKIP() << "no imagery at " << data_folder() << "; set TILEWRIGHT_DATA to read some";
    for (const auto& file : files) {
        try {
            const auto reader = open_raster(file);
            if (reader->info().raw_bytes() <= largest_bytes) read_all(*reader);
        } catch (const Error& error) {
            EXPECT_NE(error.code(), ErrorCode::internal) << error.what();
            EXPECT_EQ(error.where(), file.string());
        }
    }
}

}  // namespace
}  // namespace tilewright
