// SPDX-License-Identifier: Apache-2.0
#include "tilewright/tile/verify.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <random>
#include <string>

#include "raster/random_raster.h"
#include "scratch_folder.h"
#include "tilewright/core/error.h"
#include "tilewright/core/thread_pool.h"
#include "tilewright/tile/tesselate.h"

namespace tilewright {
namespace {

namespace fs = std::filesystem;

TesselateOptions five_by_four() {
    TesselateOptions options;
    options.layout = GridLayout{4, 5};
    return options;
}

// Writes a TIFF and cuts it.
Manifest cut(const fs::path& source, const fs::path& folder, unsigned seed = 1) {
    std::mt19937 random(seed);
    const auto info = plain_info({101, 67}, 3, PixelType::uint16);
    write_raster(source, RasterFormat::tiff, random_image(info, random).view(), info);
    return tesselate(source, folder, five_by_four());
}

void append_a_byte(const fs::path& path) {
    std::ofstream(path, std::ios::app | std::ios::binary) << 'x';
}

TEST(Verify, ProvesEverySlice) {
    ScratchFolder folder;
    cut(folder / "a.tif", folder / "a");
    for (const auto& path : {folder / "a", folder / "a" / "metadata.json"}) {
        const auto result = verify(path);
        EXPECT_TRUE(result.ok());
        EXPECT_EQ(result.slices, 20);
        EXPECT_EQ(result.proven_slices, 20);
        EXPECT_FALSE(result.source_checked);
        EXPECT_EQ(result.manifest_path, folder / "a" / "metadata.json");
    }
}

TEST(Verify, NamesEverySliceThatIsNotProvenInOrder) {
    ScratchFolder folder;
    const auto manifest = cut(folder / "a.tif", folder / "a");
    fs::remove(folder / "a" / manifest.slices[17].filename);
    append_a_byte(folder / "a" / manifest.slices[3].filename);
    fs::resize_file(folder / "a" / manifest.slices[9].filename, 20);
    ThreadPool pool(3);
    RunContext context;
    context.executor = &pool;
    const auto result = verify(folder / "a", SourceCheck::never, context);
    EXPECT_FALSE(result.ok());
    EXPECT_EQ(result.proven_slices, 17);
    ASSERT_EQ(result.problems.size(), 3U);
    EXPECT_EQ(result.problems[0].filename, manifest.slices[3].filename);
    EXPECT_EQ(result.problems[0].code, "corrupt");
    EXPECT_THAT(result.problems[0].message, testing::HasSubstr("altered"));
    EXPECT_EQ(result.problems[1].filename, manifest.slices[9].filename);
    EXPECT_THAT(result.problems[1].message, testing::HasSubstr("truncated"));
    EXPECT_EQ(result.problems[2].filename, manifest.slices[17].filename);
    EXPECT_EQ(result.problems[2].code, "not_found");
}

TEST(Verify, ProvesTheOriginalWhereItIsAtHand) {
    ScratchFolder folder;
    cut(folder / "a.tif", folder / "a");
    EXPECT_TRUE(verify(folder / "a", SourceCheck::required).source_checked);
    EXPECT_TRUE(verify(folder / "a", SourceCheck::required).ok());

    // Another image of the same shape under the same name.
    cut(folder / "a.tif", folder / "other", 2);
    const auto changed = verify(folder / "a", SourceCheck::if_present);
    EXPECT_EQ(changed.proven_slices, 20);
    ASSERT_EQ(changed.problems.size(), 1U);
    EXPECT_EQ(changed.problems[0].filename, (folder / "a.tif").native());
    EXPECT_EQ(changed.problems[0].code, "corrupt");

    fs::remove(folder / "a.tif");
    const auto gone = verify(folder / "a", SourceCheck::if_present);
    EXPECT_TRUE(gone.ok());
    EXPECT_FALSE(gone.source_checked);
    const auto missed = verify(folder / "a", SourceCheck::required);
    ASSERT_EQ(missed.problems.size(), 1U);
    EXPECT_EQ(missed.problems[0].code, "not_found");
}

// A manifest with a relative path, looked at from elsewhere: other files of that name lie about.
TEST(Verify, TakesTheOriginalForTheFileOfItsSizeAndTimeThenOfItsSizeThenForTheNearest) {
    ScratchFolder folder;
    const std::string name = "original of this test.tif";
    auto manifest = cut(folder / name, folder / "moved" / "out" / "a");
    manifest.source_path = name;
    write_manifest(manifest, manifest.folder);
    const auto found = [&] { return verify(manifest.folder, SourceCheck::required); };
    EXPECT_TRUE(found().ok());

    write_text(folder / "moved" / "out" / name, "another file of the same name, nearer");
    EXPECT_TRUE(found().ok());
    fs::create_directories(folder / "moved" / name);
    EXPECT_TRUE(found().ok()) << "a folder is no original";
    fs::remove(folder / "moved" / name);

    // Another image, of as many bytes.
    const auto info = plain_info({10, 7}, 1, PixelType::uint8);
    write_raster(folder / "moved" / name, RasterFormat::tiff, Image(info.size, 1, PixelType::uint8).view(), info);
    fs::resize_file(folder / "moved" / name, fs::file_size(folder / name));
    EXPECT_TRUE(found().ok());

    fs::last_write_time(folder / name, fs::file_time_type::clock::now());
    const auto same_size = found();
    ASSERT_EQ(same_size.problems.size(), 1U);
    EXPECT_EQ(same_size.problems[0].filename, (folder / "moved" / name).native());
    EXPECT_EQ(same_size.problems[0].code, "corrupt");

    fs::remove(folder / "moved" / name);
    EXPECT_TRUE(found().ok()) << "touched, and yet the same";
    fs::remove(folder / name);
    const auto nearest = found();
    ASSERT_EQ(nearest.problems.size(), 1U);
    EXPECT_EQ(nearest.problems[0].filename, (folder / "moved" / "out" / name).native());
}

TEST(Verify, AFolderGivesAResultForEachManifestInOrder) {
    ScratchFolder folder;
    cut(folder / "a.tif", folder / "out" / "sub" / "a");
    cut(folder / "b.tif", folder / "out" / "b", 2);
    const auto broken = cut(folder / "c.tif", folder / "out" / "c", 3);
    append_a_byte(folder / "out" / "c" / broken.slices[0].filename);
    fs::create_directories(folder / "out" / "d");
    write_text(folder / "out" / "d" / "metadata.json", "{\"slices\": []}");
    ThreadPool pool(3);
    RunContext context;
    context.executor = &pool;
    std::atomic<std::int64_t> bytes = 0;
    context.on_bytes = [&](std::int64_t more) { bytes += more; };
    const auto results = verify_folder(folder / "out", SourceCheck::never, context);
    ASSERT_EQ(results.size(), 4U);
    EXPECT_EQ(results[0].manifest_path, folder / "out" / "b" / "metadata.json");
    EXPECT_TRUE(results[0].ok());
    EXPECT_FALSE(results[1].ok());
    EXPECT_EQ(results[1].proven_slices, 19);
    EXPECT_EQ(results[2].manifest_path, folder / "out" / "d" / "metadata.json");
    ASSERT_EQ(results[2].problems.size(), 1U);
    EXPECT_EQ(results[2].problems[0].code, "corrupt");
    EXPECT_TRUE(results[3].ok());
    EXPECT_EQ(bytes, std::int64_t{3} * 101 * 67 * 6 - broken.slices[0].window.area() * 6);
}

TEST(Verify, AFolderWithoutManifestsIsNotFound) {
    ScratchFolder folder;
    try {
        verify_folder(folder.path());
        FAIL() << "verified nothing";
    } catch (const Error& error) {
        EXPECT_EQ(error.code(), ErrorCode::not_found);
    }
}

TEST(Verify, StopsWhenAsked) {
    ScratchFolder folder;
    cut(folder / "a.tif", folder / "a");
    std::stop_source stop;
    stop.request_stop();
    RunContext context;
    context.stop = stop.get_token();
    try {
        verify(folder / "a", SourceCheck::never, context);
        FAIL() << "went on after a stop";
    } catch (const Error& error) {
        EXPECT_EQ(error.code(), ErrorCode::cancelled);
    }
}

}  // namespace
}  // namespace tilewright
