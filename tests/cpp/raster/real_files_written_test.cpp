// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <string>
#include <vector>

#include "raster/decoded_by_others.h"
#include "scratch_folder.h"
#include "tilewright/core/error.h"
#include "tilewright/raster/block_copy.h"
#include "tilewright/raster/raster_reader.h"
#include "tilewright/raster/raster_writer.h"

#ifndef TILEWRIGHT_SOURCE_DIR
#error "the build says where the source tree is"
#endif

namespace tilewright {
namespace {

namespace fs = std::filesystem;

constexpr std::int64_t largest_raw_bytes = std::int64_t{4} << 20;

// Real imagery made by other programs; not part of the source tree.
std::optional<fs::path> data_folder() {
    const char* given = std::getenv("TILEWRIGHT_DATA");
    const fs::path folder = given != nullptr ? fs::path(given) : fs::path(TILEWRIGHT_SOURCE_DIR) / "../shared/data";
    return fs::is_directory(folder / "good") ? std::optional(folder / "good") : std::nullopt;
}

struct Source {
    fs::path path;
    std::unique_ptr<RasterReader> reader;
    Image image;
    Image mask;
};

// Calls `check` with every file that the reader takes and that is small enough for a test.
template <typename Check>
void for_each_source(const fs::path& folder, Check check) {
    std::vector<fs::path> paths;
    for (const auto& entry : fs::recursive_directory_iterator(folder)) {
        if (entry.is_regular_file()) paths.push_back(entry.path());
    }
    std::sort(paths.begin(), paths.end());
    std::size_t checked = 0;
    for (const auto& path : paths) {
        SCOPED_TRACE(path.native());
        Source source{path, {}, {}, {}};
        try {
            source.reader = open_raster(path);
            const auto& info = source.reader->info();
            if (info.raw_bytes() > largest_raw_bytes) continue;
            const Window all{0, 0, info.size.width_px, info.size.height_px};
            source.image = Image(info.size, info.bands, info.type);
            source.mask = Image(info.size, 1, PixelType::uint8);
            source.reader->read(all, source.image.view());
            source.reader->read_mask(all, source.mask.view());
        } catch (const Error&) {
            continue;  // what the reader refuses is tested with the reader
        }
        check(source);
        ++checked;
    }
    EXPECT_GT(checked, 0U);
}

WrittenFile write_whole(const fs::path& path, RasterFormat format, const Source& source) {
    std::int64_t size_bytes = 0;
    JobGroup jobs(serial_executor(), std::size_t{1} << 26);
    const auto& info = source.reader->info();
    const auto writer = open_raster_writer(path, format, info,
                                           {Compression::fast, [&](std::int64_t size) { size_bytes = size; }}, jobs);
    writer->append(source.image.view(), info.mask == MaskKind::per_dataset
                                            ? std::optional<ImageView>(std::as_const(source.mask).view())
                                            : std::nullopt);
    jobs.wait();
    auto written = written_file(path);
    EXPECT_EQ(size_bytes, written.size_bytes);
    return written;
}

void expect_same(const Source& source, const Window& window, const fs::path& copy) {
    const auto reader = open_raster(copy);
    const auto& info = reader->info();
    const Size size{window.width_px, window.height_px};
    ASSERT_EQ(info.size, size);
    ASSERT_EQ(info.bands, source.image.bands());
    ASSERT_EQ(info.type, source.image.type());
    Image image(size, info.bands, info.type);
    reader->read({0, 0, size.width_px, size.height_px}, image.view());
    const auto expected = source.image.view().crop(window);
    for (std::int64_t y = 0; y < size.height_px; ++y) {
        ASSERT_TRUE(
            std::equal(image.view().row(y), image.view().row(y) + image.view().row_stride_bytes, expected.row(y)))
            << "row " << y;
    }
}

// A TIFF marks one number of bits for all bands, and GDAL knows it on unsigned samples only; else the manifest keeps
// it.
bool marks_of_bits_can_be_held(const RasterInfo& info) {
    const bool alike = std::all_of(info.band.begin(), info.band.end(), [&](const BandInfo& band) {
        return band.bits_per_sample == info.band.front().bits_per_sample;
    });
    return alike && (info.type == PixelType::uint8 || info.type == PixelType::uint16 || info.type == PixelType::uint32);
}

TEST(RealFiles, TiffAndPngHoldThem) {
    const auto folder = data_folder();
    if (!folder) GTEST_SKIP() << "no real imagery: set TILEWRIGHT_DATA to its folder";
    const ScratchFolder scratch;
    for_each_source(*folder, [&](const Source& source) {
        const auto& info = source.reader->info();
        const Window all{0, 0, info.size.width_px, info.size.height_px};
        write_whole(scratch / "copy.tif", RasterFormat::tiff, source);
        expect_same(source, all, scratch / "copy.tif");
        if (info.mask == MaskKind::per_dataset) {
            const auto reader = open_raster(scratch / "copy.tif");
            Image mask(info.size, 1, PixelType::uint8);
            reader->read_mask(all, mask.view());
            EXPECT_TRUE(same_samples(mask, source.mask));
        }
        const auto back = read_raster_info(scratch / "copy.tif");
        if (marks_of_bits_can_be_held(info)) {
            EXPECT_EQ(back.band[0].bits_per_sample, info.band[0].bits_per_sample);
        }
        EXPECT_EQ(back.mask, info.mask);
        if (!png_refusal(info)) {
            write_whole(scratch / "copy.png", RasterFormat::png, source);
            expect_same(source, all, scratch / "copy.png");
            EXPECT_TRUE(same_samples(decode_with_libpng(scratch / "copy.png"), source.image));
        }
    });
    EXPECT_LE(std::distance(fs::directory_iterator(scratch.path()), fs::directory_iterator{}), 2);
}

TEST(RealFiles, BlocksOfTiffsCanBeCopied) {
    const auto folder = data_folder();
    if (!folder) GTEST_SKIP() << "no real imagery: set TILEWRIGHT_DATA to its folder";
    const ScratchFolder scratch;
    std::size_t copied = 0;
    for_each_source(*folder, [&](const Source& source) {
        const auto& info = source.reader->info();
        if (info.driver != "GTiff" && info.driver != "COG") return;
        BlockCopier copier(source.path);
        const auto last_x = (info.size.width_px - 1) / info.block.width_px * info.block.width_px;
        const auto last_y = (info.size.height_px - 1) / info.block.height_px * info.block.height_px;
        for (const Window& window : {Window{0, 0, info.size.width_px, info.size.height_px},
                                     {0, last_y, info.size.width_px, info.size.height_px - last_y},
                                     {last_x, 0, info.size.width_px - last_x, info.size.height_px}}) {
            if (!copier.can_copy(window)) continue;
            copier.copy(window, cropped(info, window), scratch / "copy.tif");
            expect_same(source, window, scratch / "copy.tif");
            ++copied;
        }
    });
    EXPECT_GT(copied, 0U);
}

}  // namespace
}  // namespace tilewright
