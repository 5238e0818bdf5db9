// SPDX-License-Identifier: Apache-2.0
#include <gdal.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <string>
#include <vector>

#include "raster/made_raster.h"
#include "tilewright/raster/raster_reader.h"

namespace tilewright {
namespace {

class Open : public RasterFolder {
protected:
    ErrorCode refusal(const std::string& name, std::string* message = nullptr, const OpenOptions& options = {}) {
        return code_thrown_by([&] { read_all(*open_raster(path(name), options)); }, message);
    }
    void write_vrt(const std::string& name, const std::string& target) {
        write_text(path(name),
                   "<VRTDataset rasterXSize=\"20\" rasterYSize=\"20\"><VRTRasterBand dataType=\"Byte\" "
                   "band=\"1\"><SimpleSource><SourceFilename relativeToVRT=\"1\">" +
                       target +
                       "</SourceFilename><SourceBand>1</SourceBand></SimpleSource></VRTRasterBand>"
                       "</VRTDataset>");
    }
};

TEST_F(Open, FindsTheFormatByContent) {
    const auto image = made_image({33, 21}, 3, PixelType::uint8);
    write_tiff(path("a.tif"), image);
    copy_with_gdal(path("a.tif"), path("b.tif"), "PNG");
    std::filesystem::rename(path("a.tif"), path("no extension"));
    const auto png = open_raster(path("b.tif"));
    EXPECT_EQ(png->info().driver, "PNG");
    EXPECT_TRUE(same_samples(read_all(*png).view(), image.view()));
    EXPECT_TRUE(same_samples(read_all(*open_raster(path("no extension"))).view(), image.view()));
}

TEST_F(Open, NamesThatMeanSomethingElseToGdalAreNames) {
    const auto image = made_image({33, 21}, 1, PixelType::uint8);
    const auto before = std::filesystem::current_path();
    std::filesystem::current_path(folder_);
    const std::vector<std::string> names{"GTIFF_DIR:2:a.tif", "/vsimem", "line\nbreak.tif", "<VRTDataset>.tif",
                                         " space ",           "C:tif",   "vsizip",          std::string(255, 'x')};
    for (const auto& name : names) {
        const auto file = std::filesystem::path(name).filename();
        write_tiff("plain.tif", image);
        std::filesystem::rename("plain.tif", file);
        EXPECT_TRUE(same_samples(read_all(*open_raster(file)).view(), image.view())) << file;
    }
    std::filesystem::current_path(before);
    EXPECT_EQ(code_thrown_by([] { open_raster("/vsizip/a.zip/a.tif"); }), ErrorCode::not_found);
    EXPECT_EQ(code_thrown_by([] { open_raster("/vsicurl/http://localhost/a.tif"); }), ErrorCode::not_found);
    EXPECT_EQ(code_thrown_by([] { open_raster(std::string("a.tif\0.png", 10)); }), ErrorCode::invalid_argument);
}

TEST_F(Open, SaysWhatIsWrongWithTheFile) {
    std::string message;
    EXPECT_EQ(refusal("missing.tif", &message), ErrorCode::not_found);
    write_text(path("empty.tif"), "");
    EXPECT_EQ(refusal("empty.tif", &message), ErrorCode::corrupt);
    EXPECT_NE(message.find("empty"), std::string::npos) << message;
    write_text(path("page.tif"), "  <html>not found</html>");
    EXPECT_EQ(refusal("page.tif", &message), ErrorCode::corrupt);
    write_text(path("notes.txt"), "hello");
    EXPECT_EQ(refusal("notes.txt", &message), ErrorCode::unsupported);
    EXPECT_EQ(refusal(".", &message), ErrorCode::invalid_argument);
    ASSERT_EQ(::mkfifo(path("pipe.tif").c_str(), 0600), 0);
    EXPECT_EQ(refusal("pipe.tif", &message), ErrorCode::unsupported);
    if (::geteuid() != 0) {
        write_text(path("secret.tif"), "II");
        std::filesystem::permissions(path("secret.tif"), std::filesystem::perms::none);
        EXPECT_EQ(refusal("secret.tif", &message), ErrorCode::permission);
    }
}

TEST_F(Open, TruncatedFilesAreCorrupt) {
    const auto image = made_image({200, 150}, 3, PixelType::uint8);
    for (const char* codec : {"NONE", "LZW", "DEFLATE", "PACKBITS", "ZSTD", "LZMA", "JPEG"}) {
        write_tiff(path("whole.tif"), image, {std::string("COMPRESS=") + codec});
        const auto size = std::filesystem::file_size(path("whole.tif"));
        for (const auto part : {size / 4, size / 2, size - 300}) {
            std::filesystem::copy_file(path("whole.tif"), path("cut.tif"),
                                       std::filesystem::copy_options::overwrite_existing);
            std::filesystem::resize_file(path("cut.tif"), part);
            std::string message;
            EXPECT_EQ(refusal("cut.tif", &message), ErrorCode::corrupt) << codec << " cut at " << part << message;
            EXPECT_NE(message.find("cut.tif"), std::string::npos);
        }
    }
    write_tiff(path("whole.tif"), image);
    for (const char* driver : {"PNG", "JPEG", "WEBP", "JP2OpenJPEG", "BMP"}) {
        if (GDALGetDriverByName(driver) == nullptr) continue;
        copy_with_gdal(path("whole.tif"), path("cut"), driver);
        std::filesystem::resize_file(path("cut"), std::filesystem::file_size(path("cut")) / 2);
        std::string message;
        EXPECT_EQ(refusal("cut", &message), ErrorCode::corrupt) << driver << ": " << message;
        std::filesystem::remove(path("cut"));
        std::filesystem::remove(path("cut.aux.xml"));
    }
}

TEST_F(Open, NoFileMakesItReadAnother) {
    const auto image = made_image({20, 20}, 1, PixelType::uint8);
    write_tiff(path("target.tif"), image);
    write_vrt("posing.tif", "target.tif");
    write_vrt("honest.vrt", "target.tif");
    // Even where the process has the driver, as one with GDAL's own Python bindings has.
    EXPECT_EQ(refusal("posing.tif"), ErrorCode::corrupt);
    EXPECT_EQ(refusal("honest.vrt"), ErrorCode::unsupported);
}

TEST_F(Open, SideFilesAddMetadataButNoOtherRaster) {
    const auto image = made_image({400, 400}, 1, PixelType::uint8);
    write_tiff(path("a.tif"), image);
    write_text(path("a.tif.aux.xml"),
               "<PAMDataset><Metadata><MDI key=\"PLACE\">here</MDI></Metadata>"
               "<Metadata domain=\"OVERVIEWS\"><MDI key=\"OVERVIEW_FILE\">" +
                   path("other.tif").string() + "</MDI></Metadata></PAMDataset>");
    write_text(path("a.tfw"), "2\n0\n0\n-2\n101\n199\n");
    write_vrt("a.tif.msk", "other.tif");
    write_vrt("a.tif.ovr", "other.tif");
    write_tiff(path("other.tif"), made_image({200, 200}, 1, PixelType::uint8, 2));
    GDALAllRegister();
    const auto info = read_raster_info(path("a.tif"));
    EXPECT_EQ(info.metadata.at("").at(0).second, "here");
    EXPECT_EQ(info.mask, MaskKind::none);
    EXPECT_EQ(info.overviews, 0);
    ASSERT_TRUE(info.geotransform.has_value());
    EXPECT_EQ(*info.geotransform, (GeoTransform{100, 2, 0, 200, 0, -2}));
}

TEST_F(Open, LimitsHoldBeforeAnythingIsDecoded) {
    write_tiff(path("a.tif"), made_image({1000, 1000}, 3, PixelType::uint8), {"COMPRESS=DEFLATE"});
    OpenOptions options;
    options.max_raw_bytes = 2'999'999;
    EXPECT_EQ(refusal("a.tif", nullptr, options), ErrorCode::unsupported);
    options.max_raw_bytes = 3'000'000;
    EXPECT_EQ(open_raster(path("a.tif"), options)->info().raw_bytes(), 3'000'000);
    options.max_block_bytes = 1000;
    EXPECT_EQ(refusal("a.tif", nullptr, options), ErrorCode::unsupported);
}

TEST_F(Open, BombsAreRefusedAndSparseFilesAreNot) {
    Image blank({12000, 10000}, 1, PixelType::uint8);
    std::memset(blank.data(), 0, blank.size_bytes());
    write_tiff(path("bomb.tif"), blank, {"COMPRESS=ZSTD", "TILED=YES", "BLOCKXSIZE=4096", "BLOCKYSIZE=4096"});
    OpenOptions options;
    options.max_expansion = 1000;
    std::string message;
    EXPECT_EQ(refusal("bomb.tif", &message, options), ErrorCode::unsupported);
    EXPECT_NE(message.find("max_expansion"), std::string::npos);
    options.max_expansion = 0;
    EXPECT_NO_THROW(open_raster(path("bomb.tif"), options));
    write_tiff(path("sparse.tif"), blank, {"SPARSE_OK=TRUE", "COMPRESS=ZSTD", "TILED=YES"});
    options.max_expansion = 1000;
    EXPECT_NO_THROW(open_raster(path("sparse.tif"), options));
}

}  // namespace
}  // namespace tilewright
