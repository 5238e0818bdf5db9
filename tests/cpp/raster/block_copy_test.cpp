// SPDX-License-Identifier: Apache-2.0
#include "tilewright/raster/block_copy.h"

#include <cpl_string.h>
#include <gdal_priv.h>
#include <gtest/gtest.h>

#include <fstream>
#include <memory>
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
#include "tilewright/storage/file.h"

namespace tilewright {
namespace {

namespace fs = std::filesystem;

struct GdalClose {
    void operator()(GDALDataset* dataset) const { GDALClose(dataset); }
};

// A TIFF of random samples as GDAL writes it with the options, which are GTiff's.
Image make_source(const fs::path& path, const RasterInfo& info, const std::vector<std::string>& options,
                  std::mt19937& random) {
    GDALAllRegister();
    auto image = random_image(info, random);
    CPLStringList list;
    for (const auto& option : options) list.AddString(option.c_str());
    const auto type = info.type == PixelType::uint8    ? GDT_Byte
                      : info.type == PixelType::uint16 ? GDT_UInt16
                                                       : GDT_Float32;
    const int width = static_cast<int>(info.size.width_px);
    const int height = static_cast<int>(info.size.height_px);
    const std::unique_ptr<GDALDataset, GdalClose> dataset(GetGDALDriverManager()->GetDriverByName("GTiff")->Create(
        path.c_str(), width, height, info.bands, type, const_cast<char**>(list.List())));
    if (!dataset) throw std::runtime_error(CPLGetLastErrorMsg());
    std::array<double, 6> transform{500000, 2, 0, 4600000, 0, -2};
    dataset->SetGeoTransform(transform.data());
    const auto view = image.view();
    if (dataset->RasterIO(GF_Write, 0, 0, width, height, image.data(), width, height, type, info.bands, nullptr,
                          view.pixel_stride_bytes, view.row_stride_bytes, view.band_stride_bytes, nullptr) != CE_None) {
        throw std::runtime_error(CPLGetLastErrorMsg());
    }
    return image;
}

Image window_of(const Image& image, const Window& window) {
    Image part({window.width_px, window.height_px}, image.bands(), image.type());
    const auto from = image.view().crop(window);
    const auto to = part.view();
    for (std::int64_t y = 0; y < window.height_px; ++y) {
        std::copy_n(from.row(y), static_cast<std::size_t>(to.row_stride_bytes), to.row(y));
    }
    return part;
}

// Windows whose edges meet those of blocks: the whole, the first block, one amidst and the last.
std::vector<Window> aligned_windows(const RasterInfo& info) {
    const auto& size = info.size;
    const auto last_x = (size.width_px - 1) / info.block.width_px * info.block.width_px;
    const auto last_y = (size.height_px - 1) / info.block.height_px * info.block.height_px;
    const auto half_y = last_y / info.block.height_px / 2 * info.block.height_px;
    return {{0, 0, size.width_px, size.height_px},
            {0, 0, std::min(info.block.width_px, size.width_px), std::min(info.block.height_px, size.height_px)},
            {0, half_y, size.width_px, size.height_px - half_y},
            {last_x, last_y, size.width_px - last_x, size.height_px - last_y}};
}

struct Case {
    const char* name;
    int bands;
    PixelType type;
    std::vector<std::string> options;
};

// The samples that the copy must have are those that GDAL decodes from the source: JPEG is lossy.
TEST(BlockCopy, WindowsOfAnyCodecAndOrderComeBack) {
    const std::vector<Case> cases{
        {"strips", 3, PixelType::uint8, {}},
        {"lzw strips", 3, PixelType::uint16, {"COMPRESS=LZW", "PREDICTOR=2", "BLOCKYSIZE=13"}},
        {"planar strips", 3, PixelType::uint8, {"COMPRESS=DEFLATE", "INTERLEAVE=BAND", "BLOCKYSIZE=7"}},
        {"tiles", 3, PixelType::uint8, {"TILED=YES", "BLOCKXSIZE=64", "BLOCKYSIZE=32", "COMPRESS=DEFLATE"}},
        {"planar tiles",
         5,
         PixelType::float32,
         {"TILED=YES", "BLOCKXSIZE=32", "BLOCKYSIZE=32", "INTERLEAVE=BAND", "COMPRESS=ZSTD", "PREDICTOR=3"}},
        {"big endian",
         2,
         PixelType::uint16,
         {"TILED=YES", "BLOCKXSIZE=32", "BLOCKYSIZE=32", "ENDIANNESS=BIG", "COMPRESS=LZW", "PREDICTOR=2"}},
        {"big endian raw", 2, PixelType::float32, {"ENDIANNESS=BIG", "BLOCKYSIZE=16"}},
        {"big", 1, PixelType::uint8, {"BIGTIFF=YES", "COMPRESS=PACKBITS", "BLOCKYSIZE=16"}},
        {"jpeg",
         3,
         PixelType::uint8,
         {"TILED=YES", "BLOCKXSIZE=32", "BLOCKYSIZE=32", "COMPRESS=JPEG", "PHOTOMETRIC=YCBCR"}},
        {"jpeg strips", 3, PixelType::uint8, {"COMPRESS=JPEG", "BLOCKYSIZE=16"}},
        {"webp",
         4,
         PixelType::uint8,
         {"TILED=YES", "BLOCKXSIZE=64", "BLOCKYSIZE=64", "COMPRESS=WEBP", "WEBP_LOSSLESS=YES"}},
        {"lerc", 1, PixelType::float32, {"TILED=YES", "BLOCKXSIZE=32", "BLOCKYSIZE=32", "COMPRESS=LERC_DEFLATE"}},
        {"bilevel", 1, PixelType::uint8, {"NBITS=1", "COMPRESS=CCITTFAX4", "BLOCKYSIZE=20"}},
        {"12 bits", 1, PixelType::uint16, {"NBITS=12", "BLOCKYSIZE=20"}},
    };
    const ScratchFolder folder;
    std::mt19937 random(1);
    for (const auto& c : cases) {
        SCOPED_TRACE(c.name);
        const auto source = folder / "source.tif";
        auto info = plain_info({150, 117}, c.bands, c.type);
        info.band[0].bits_per_sample = std::string(c.name) == "bilevel" ? 1 : std::string(c.name) == "12 bits" ? 12 : 0;
        make_source(source, info, c.options, random);
        const auto whole = decode_with_gdal(source);
        info = read_raster_info(source);
        BlockCopier copier(source);
        for (const auto& window : aligned_windows(info)) {
            ASSERT_TRUE(copier.can_copy(window));
            const auto size_bytes = copier.copy(window, cropped(info, window), folder / "copy.tif");
            EXPECT_EQ(size_bytes, static_cast<std::int64_t>(fs::file_size(folder / "copy.tif")));
            const auto copied = decode_with_gdal(folder / "copy.tif");
            EXPECT_TRUE(same_samples(copied.image, window_of(whole.image, window)));
            EXPECT_EQ(copied.color_interpretation, whole.color_interpretation);
            const auto back = read_raster_info(folder / "copy.tif");
            EXPECT_EQ(back.geotransform, cropped(info, window).geotransform);
            EXPECT_EQ(back.compression, info.compression);
        }
    }
}

TEST(BlockCopy, RefusesWindowsThatCutBlocks) {
    const ScratchFolder folder;
    std::mt19937 random(2);
    const auto info = plain_info({150, 117}, 1, PixelType::uint8);
    make_source(folder / "tiles.tif", info, {"TILED=YES", "BLOCKXSIZE=32", "BLOCKYSIZE=32"}, random);
    make_source(folder / "strips.tif", info, {"BLOCKYSIZE=10"}, random);
    BlockCopier tiles(folder / "tiles.tif");
    EXPECT_TRUE(tiles.can_copy({32, 64, 64, 32}));
    EXPECT_TRUE(tiles.can_copy({128, 96, 22, 21}));
    for (const Window& w :
         {Window{1, 0, 32, 32}, {0, 0, 33, 32}, {0, 16, 32, 32}, {0, 0, 0, 32}, {0, 0, 160, 32}, {-32, 0, 32, 32}}) {
        EXPECT_FALSE(tiles.can_copy(w));
    }
    BlockCopier strips(folder / "strips.tif");
    EXPECT_TRUE(strips.can_copy({0, 20, 150, 50}));
    EXPECT_TRUE(strips.can_copy({0, 110, 150, 7}));
    EXPECT_FALSE(strips.can_copy({0, 20, 149, 50}));
    EXPECT_FALSE(strips.can_copy({0, 25, 150, 50}));
    EXPECT_FALSE(strips.can_copy({0, 110, 150, 5}));
    try {
        strips.copy({0, 25, 150, 50}, info, folder / "never.tif");
        FAIL() << "copied parts of blocks";
    } catch (const Error& error) {
        EXPECT_EQ(error.code(), ErrorCode::invalid_argument);
    }
    EXPECT_FALSE(fs::exists(folder / "never.tif"));
}

TEST(BlockCopy, LeavesMasksAndOtherFormatsToTheEncoder) {
    const ScratchFolder folder;
    std::mt19937 random(3);
    const auto info = plain_info({64, 64}, 1, PixelType::uint8);
    make_source(folder / "masked.tif", info, {}, random);
    EXPECT_TRUE(BlockCopier(folder / "masked.tif").can_copy({0, 0, 64, 64}));
    make_source(folder / "masked.tif.msk", info, {}, random);
    EXPECT_FALSE(BlockCopier(folder / "masked.tif").can_copy({0, 0, 64, 64}));
    write_text(folder / "text.tif", "no image");
    const auto code_of = [](const fs::path& path, int page) {
        try {
            BlockCopier copier(path, page);
        } catch (const Error& error) {
            return error.code();
        }
        return ErrorCode::internal;
    };
    EXPECT_EQ(code_of(folder / "text.tif", 1), ErrorCode::unsupported);
    EXPECT_EQ(code_of(folder / "none.tif", 1), ErrorCode::not_found);
    EXPECT_EQ(code_of(folder / "masked.tif", 2), ErrorCode::not_found);
}

TEST(BlockCopy, NamesTheBlockThatIsCutOff) {
    const ScratchFolder folder;
    std::mt19937 random(4);
    const auto info = plain_info({64, 64}, 3, PixelType::uint8);
    make_source(folder / "cut.tif", info, {"BLOCKYSIZE=8"}, random);
    fs::resize_file(folder / "cut.tif", fs::file_size(folder / "cut.tif") - 2000);
    try {
        BlockCopier(folder / "cut.tif").copy({0, 0, 64, 64}, info, folder / "copy.tif");
        FAIL() << "copied what is not there";
    } catch (const Error& error) {
        EXPECT_EQ(error.code(), ErrorCode::corrupt);
        EXPECT_NE(std::string(error.what()).find("block"), std::string::npos);
    }
    EXPECT_EQ(std::distance(fs::directory_iterator(folder.path()), fs::directory_iterator{}), 1);
}

TEST(BlockCopy, ManyThreadsShareOneCopier) {
    const ScratchFolder folder;
    std::mt19937 random(5);
    auto info = plain_info({256, 256}, 3, PixelType::uint8);
    const auto image = make_source(folder / "source.tif", info,
                                   {"TILED=YES", "BLOCKXSIZE=32", "BLOCKYSIZE=32", "COMPRESS=LZW"}, random);
    info = read_raster_info(folder / "source.tif");
    BlockCopier copier(folder / "source.tif");
    ThreadPool pool(4);
    JobGroup jobs(pool, std::size_t{1} << 30);
    std::vector<Window> windows;
    for (std::int64_t y = 0; y < 256; y += 64) {
        for (std::int64_t x = 0; x < 256; x += 32) windows.push_back({x, y, 32, 64});
    }
    for (std::size_t i = 0; i < windows.size(); ++i) {
        jobs.run(1, [&, i] { copier.copy(windows[i], cropped(info, windows[i]), folder / std::to_string(i)); });
    }
    jobs.wait();
    for (std::size_t i = 0; i < windows.size(); ++i) {
        EXPECT_TRUE(same_samples(decode_with_gdal(folder / std::to_string(i)).image, window_of(image, windows[i])));
    }
}

}  // namespace
}  // namespace tilewright
