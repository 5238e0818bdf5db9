// SPDX-License-Identifier: Apache-2.0
#include "tilewright/tile/reconstruct.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>
#include <filesystem>
#include <fstream>
#include <functional>
#include <random>
#include <string>
#include <vector>

#include "raster/random_raster.h"
#include "scratch_folder.h"
#include "tilewright/core/error.h"
#include "tilewright/core/thread_pool.h"
#include "tilewright/tile/compare.h"
#include "tilewright/tile/tesselate.h"

namespace tilewright {
namespace {

namespace fs = std::filesystem;

const std::vector<Layout> layouts{PiecesLayout{8},
                                  PiecesLayout{13},
                                  GridLayout{3, 2},
                                  TilesLayout{32, 24, 0, EdgePolicy::partial},
                                  TilesLayout{32, 24, 7, EdgePolicy::shift},
                                  TilesLayout{32, 24, 5, EdgePolicy::pad},
                                  TilesLayout{300, 200, 0, EdgePolicy::pad},
                                  StripsLayout{5, StripDirection::horizontal},
                                  StripsLayout{4, StripDirection::vertical}};

TesselateOptions options_of(const Layout& layout, SliceFormat format = SliceFormat::automatic) {
    TesselateOptions options;
    options.layout = layout;
    options.format = format;
    return options;
}

bool same_bytes(const Image& a, const Image& b) {
    return a.size() == b.size() && a.size_bytes() == b.size_bytes() &&
           std::memcmp(a.data(), b.data(), a.size_bytes()) == 0;
}

// The law: what is cut comes back bit for bit, in every type, band count and layout, on one thread and on many.
TEST(Reconstruct, IsTheImageInEveryTypeAndLayout) {
    std::mt19937 random(4);
    ThreadPool pool(3);
    RunContext many;
    many.executor = &pool;
    for (const auto type :
         {PixelType::uint8, PixelType::uint16, PixelType::int16, PixelType::uint32, PixelType::int32, PixelType::uint64,
          PixelType::int64, PixelType::float32, PixelType::float64, PixelType::complex_int16, PixelType::complex_int32,
          PixelType::complex_float32, PixelType::complex_float64}) {
        for (const int bands : {1, 3, 5}) {
            const auto info = plain_info({101, 67}, bands, type);
            const auto image = random_image(info, random);
            for (std::size_t i = 0; i < layouts.size(); ++i) {
                // A third of them each time; all of them over all types.
                if (i % 3 != (static_cast<std::size_t>(type) + static_cast<std::size_t>(bands) / 2) % 3) continue;
                const auto& layout = layouts[i];
                ScratchFolder folder;
                tesselate(image.view(), info, folder / "cut", options_of(layout), many);
                const auto manifest = read_manifest(folder / "cut");
                ASSERT_TRUE(same_bytes(reconstruct_image(manifest), image))
                    << name(type) << ", " << bands << " bands, layout " << layout.index();
                const auto written = reconstruct(manifest, folder / "whole.tif", Compression::fast, many);
                EXPECT_EQ(written.size_bytes, static_cast<std::int64_t>(fs::file_size(folder / "whole.tif")));
                Image read(info.size, bands, type);
                open_raster(written.path)->read({0, 0, 101, 67}, read.view());
                ASSERT_TRUE(same_bytes(read, image));
            }
        }
    }
}

RasterInfo rich_info() {
    auto info = plain_info({90, 70}, 2, PixelType::int16);
    info.crs_wkt = R"(GEOGCRS["WGS 84",DATUM["World Geodetic System 1984",ELLIPSOID["WGS 84",6378137,298.257223563]],)"
                   R"(CS[ellipsoidal,2],AXIS["latitude",north],AXIS["longitude",east],)"
                   R"(ANGLEUNIT["degree",0.0174532925199433],ID["EPSG",4326]])";
    info.epsg = 4326;
    info.geotransform = GeoTransform{13.1, 0.001, 0.0, 52.7, 0.0, -0.0007};
    info.band[0].description = "height";
    info.band[0].nodata = -9999.0;
    info.band[1].nodata = -9999.0;
    info.band[0].unit = "m";
    info.band[0].scale = 0.1;
    info.band[0].offset = 2.5;
    info.metadata = {{"", {{"AREA_OR_POINT", "Area"}, {"OPERATOR", "J\xC3\xB6rg"}}}};
    info.mask = MaskKind::per_dataset;
    return info;
}

// A TIFF with everything, and its mask.
void write_rich_tiff(const fs::path& path) {
    std::mt19937 random(8);
    const auto info = rich_info();
    const auto image = random_image(info, random);
    auto mask_info = plain_info(info.size, 1, PixelType::uint8);
    Image mask(mask_info.size, 1, PixelType::uint8);
    for (std::size_t i = 0; i < mask.size_bytes(); ++i) mask.data()[i] = static_cast<std::byte>(i % 3 == 0 ? 0 : 255);
    JobGroup jobs(serial_executor(), 1U << 20U);
    const auto writer = open_raster_writer(path, RasterFormat::tiff, info, {}, jobs);
    writer->append(image.view(), mask.view());
    jobs.wait();
}

TEST(Reconstruct, GivesBackMaskGeoreferencingAndMetadata) {
    ScratchFolder folder;
    write_rich_tiff(folder / "rich.tif");
    for (const auto& layout : layouts) {
        for (const auto format : {SliceFormat::automatic, SliceFormat::tiff}) {
            tesselate(folder / "rich.tif", folder / "cut", options_of(layout, format));
            reconstruct(read_manifest(folder / "cut"), folder / "whole.tif");
            const auto result = compare(folder / "rich.tif", folder / "whole.tif");
            EXPECT_TRUE(result.identical());
            EXPECT_THAT(result.differences, testing::IsEmpty());
        }
    }
}

TEST(Reconstruct, PngSlicesGiveBackWhatOnlyTheManifestHolds) {
    ScratchFolder folder;
    std::mt19937 random(9);
    auto info = plain_info({90, 70}, 3, PixelType::uint8);
    info.crs_wkt = rich_info().crs_wkt;
    info.geotransform = rich_info().geotransform;
    for (auto& band : info.band) band.nodata = 7.0;
    write_raster(folder / "photo.tif", RasterFormat::tiff, random_image(info, random).view(), info);
    const auto manifest = tesselate(folder / "photo.tif", folder / "cut", options_of(PiecesLayout{8}));
    EXPECT_EQ(manifest.slices.front().format, RasterFormat::png);
    reconstruct(manifest, folder / "whole.tif");
    EXPECT_THAT(compare(folder / "photo.tif", folder / "whole.tif").differences, testing::IsEmpty());
    reconstruct(manifest, folder / "whole.PNG");
    EXPECT_TRUE(compare(folder / "photo.tif", folder / "whole.PNG").pixels_identical);
}

TEST(Reconstruct, ManySlicesSideBySideNeedFewDescriptors) {
    ScratchFolder folder;
    std::mt19937 random(10);
    const auto info = plain_info({1200, 3}, 1, PixelType::uint8);
    const auto image = random_image(info, random);
    const auto manifest =
        tesselate(image.view(), info, folder / "cut", options_of(StripsLayout{1200, StripDirection::vertical}));
    EXPECT_TRUE(same_bytes(reconstruct_image(manifest), image));
}

TEST(Reconstruct, RefusesOutputsThatCannotHoldIt) {
    ScratchFolder folder;
    std::mt19937 random(11);
    const auto info = plain_info({40, 30}, 1, PixelType::float32);
    const auto manifest =
        tesselate(random_image(info, random).view(), info, folder / "cut", options_of(PiecesLayout{4}));
    const auto code = [&](const fs::path& output) {
        try {
            reconstruct(manifest, output);
        } catch (const Error& error) {
            EXPECT_FALSE(fs::exists(output) && output.parent_path() == folder.path());
            return error.code();
        }
        return ErrorCode::internal;
    };
    EXPECT_EQ(code(folder / "whole.png"), ErrorCode::unsupported);
    EXPECT_EQ(code(folder / "whole.jpg"), ErrorCode::invalid_argument);
    EXPECT_EQ(code(folder / "cut" / manifest.slices[0].filename), ErrorCode::invalid_argument);
    EXPECT_EQ(code(folder / "no folder" / "whole.tif"), ErrorCode::not_found);
}

TEST(Reconstruct, NeverReplacesTheOriginal) {
    ScratchFolder folder;
    std::mt19937 random(12);
    const auto info = plain_info({40, 30}, 1, PixelType::uint8);
    const auto original = folder / "original.tif";
    write_raster(original, RasterFormat::tiff, random_image(info, random).view(), info);
    const auto manifest = tesselate(original, folder / "cut", options_of(PiecesLayout{4}));
    fs::create_symlink("original.tif", folder / "link.tif");
    const auto before = read_text(original);
    for (const auto& output : {original, folder / "cut" / ".." / "original.tif", folder / "link.tif"}) {
        try {
            reconstruct(manifest, output);
            FAIL() << output << " was replaced";
        } catch (const Error& error) {
            EXPECT_EQ(error.code(), ErrorCode::invalid_argument);
            EXPECT_EQ(error.where(), output.native());
            EXPECT_THAT(error.what(), testing::HasSubstr("would replace the original"));
        }
    }
    EXPECT_EQ(read_text(original), before);
    reconstruct(manifest, folder / "again.tif");
    reconstruct(manifest, folder / "again.tif");  // what is no original may be replaced
}

TEST(Reconstruct, ReplacesNothingThatMayBeTheOriginalOfARelativePath) {
    ScratchFolder folder;
    std::mt19937 random(12);
    const auto info = plain_info({40, 30}, 1, PixelType::uint8);
    write_raster(folder / "original.tif", RasterFormat::tiff, random_image(info, random).view(), info);
    auto manifest = tesselate(folder / "original.tif", folder / "out" / "cut", options_of(PiecesLayout{4}));
    manifest.source_path = "original.tif";
    write_text(folder / "out" / "original.tif", "another file of the same name, nearer to the slices");
    for (const auto& output : {folder / "original.tif", folder / "out" / "original.tif"}) {
        const auto before = read_text(output);
        EXPECT_THROW(reconstruct(manifest, output), Error) << output;
        EXPECT_EQ(read_text(output), before);
    }
}

// Attacks: each names the file, and leaves no output.
class Attack : public testing::TestWithParam<SliceFormat> {
protected:
    Attack() {
        std::mt19937 random(12);
        const auto info = plain_info({101, 67}, 3, PixelType::uint8);
        image_ = random_image(info, random);
        manifest_ = tesselate(image_.view(), info, folder_ / "cut", options_of(TilesLayout{30, 30}, GetParam()));
    }

    fs::path slice(std::size_t index) const { return folder_ / "cut" / manifest_.slices.at(index).filename; }

    void expect_refused(const fs::path& named, ErrorCode code) {
        ThreadPool pool(2);
        RunContext context;
        context.executor = &pool;
        for (const auto* executor : {&serial_executor(), static_cast<Executor*>(&pool)}) {
            context.executor = const_cast<Executor*>(executor);
            try {
                reconstruct(manifest_, folder_ / "whole.tif", Compression::fast, context);
                FAIL() << "put together what is not proven";
            } catch (const Error& error) {
                EXPECT_EQ(error.code(), code) << error.what();
                EXPECT_EQ(error.where(), named.native());
            }
            EXPECT_THAT(std::distance(fs::directory_iterator(folder_.path()), fs::directory_iterator()), 1)
                << "something was left beside the slices";
        }
    }

    ScratchFolder folder_;
    Image image_;
    Manifest manifest_;
};

TEST_P(Attack, AMissingSlice) {
    fs::remove(slice(7));
    expect_refused(slice(7), ErrorCode::not_found);
}

TEST_P(Attack, ATruncatedSlice) {
    fs::resize_file(slice(7), fs::file_size(slice(7)) / 2);
    expect_refused(slice(7), ErrorCode::corrupt);
}

TEST_P(Attack, AnEmptySlice) {
    fs::resize_file(slice(11), 0);
    expect_refused(slice(11), ErrorCode::corrupt);
}

TEST_P(Attack, AFlippedByte) {
    std::fstream file(slice(7), std::ios::in | std::ios::out | std::ios::binary);
    const auto middle = static_cast<std::streamoff>(fs::file_size(slice(7)) / 2);
    file.seekg(middle);
    const auto byte = static_cast<char>(file.get() ^ 1);
    file.seekp(middle);
    file.put(byte);
    file.close();
    expect_refused(slice(7), ErrorCode::corrupt);
}

TEST_P(Attack, SwappedSlices) {
    fs::rename(slice(0), folder_ / "cut" / "third");
    fs::rename(slice(1), slice(0));
    fs::rename(folder_ / "cut" / "third", slice(1));
    ASSERT_THROW(reconstruct(manifest_, folder_ / "whole.tif"), Error);
    EXPECT_FALSE(fs::exists(folder_ / "whole.tif"));
}

// Even where the manifest's file proof is forged to fit, the samples' hash tells.
TEST_P(Attack, AnotherSlicesFileWithAForgedFileProof) {
    fs::copy_file(slice(1), slice(2), fs::copy_options::overwrite_existing);
    manifest_.slices[2].sha256 = manifest_.slices[1].sha256;
    manifest_.slices[2].file_size_bytes = manifest_.slices[1].file_size_bytes;
    expect_refused(slice(2), ErrorCode::corrupt);
}

TEST_P(Attack, ForgedSliceProofs) {
    fs::copy_file(slice(1), slice(2), fs::copy_options::overwrite_existing);
    manifest_.slices[2].sha256 = manifest_.slices[1].sha256;
    manifest_.slices[2].file_size_bytes = manifest_.slices[1].file_size_bytes;
    manifest_.slices[2].pixel_hash = manifest_.slices[1].pixel_hash;
    expect_refused(folder_ / "cut" / "metadata.json", ErrorCode::corrupt);
}

TEST_P(Attack, ASliceOfAnotherSize) {
    // The last column's slices are narrower.
    fs::copy_file(slice(3), slice(2), fs::copy_options::overwrite_existing);
    manifest_.slices[2].sha256 = manifest_.slices[3].sha256;
    manifest_.slices[2].file_size_bytes = manifest_.slices[3].file_size_bytes;
    expect_refused(slice(2), ErrorCode::corrupt);
}

TEST_P(Attack, ALinkOutOfTheFolder) {
    ScratchFolder elsewhere;
    fs::rename(slice(7), elsewhere / "same bytes");
    fs::create_symlink(elsewhere / "same bytes", slice(7));
    expect_refused(slice(7), ErrorCode::corrupt);
}

TEST_P(Attack, ALinkToNowhere) {
    fs::remove(slice(7));
    fs::create_symlink("nowhere", slice(7));
    ASSERT_THROW(reconstruct(manifest_, folder_ / "whole.tif"), Error);
}

TEST_P(Attack, AnOverlapThatDisagrees) {
    std::mt19937 random(13);
    const auto info = plain_info({50, 10}, 1, PixelType::uint8);
    const auto one = random_image(info, random);
    const auto other = random_image(info, random);
    const auto options = options_of(TilesLayout{30, 20, 10}, GetParam());
    manifest_ = tesselate(one.view(), info, folder_ / "cut", options);
    const auto forged = tesselate(other.view(), info, folder_ / "cut2", options);
    manifest_.slices[1] = forged.slices[1];
    fs::copy_file(folder_ / "cut2" / forged.slices[1].filename, slice(1), fs::copy_options::overwrite_existing);
    fs::remove_all(folder_ / "cut2");
    expect_refused(slice(1), ErrorCode::corrupt);
}

INSTANTIATE_TEST_SUITE_P(Slices, Attack, testing::Values(SliceFormat::png, SliceFormat::tiff),
                         [](const auto& format) { return std::string(name(format.param)); });

TEST(Reconstruct, AStopLeavesNothing) {
    ScratchFolder folder;
    std::mt19937 random(14);
    const auto info = plain_info({400, 300}, 3, PixelType::uint8);
    const auto manifest =
        tesselate(random_image(info, random).view(), info, folder / "cut", options_of(PiecesLayout{4}));
    std::stop_source stop;
    stop.request_stop();
    RunContext context;
    context.stop = stop.get_token();
    try {
        reconstruct(manifest, folder / "whole.tif", Compression::fast, context);
        FAIL() << "went on after a stop";
    } catch (const Error& error) {
        EXPECT_EQ(error.code(), ErrorCode::cancelled);
    }
    EXPECT_EQ(std::distance(fs::directory_iterator(folder.path()), fs::directory_iterator()), 1);
}

}  // namespace
}  // namespace tilewright
