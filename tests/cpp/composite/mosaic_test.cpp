// SPDX-License-Identifier: Apache-2.0
#include "tilewright/composite/mosaic.h"

#include <gtest/gtest.h>

#include <cstring>
#include <random>
#include <string>
#include <vector>

#include "raster/random_raster.h"
#include "scratch_folder.h"
#include "tilewright/core/error.h"
#include "tilewright/core/thread_pool.h"
#include "tilewright/raster/raster_writer.h"

namespace tilewright {
namespace {

namespace fs = std::filesystem;

class Mosaics : public testing::Test {
protected:
    // An image cut into tiles of up to 100 x 90 px.
    void cut(const RasterInfo& info) {
        whole_ = random_image(info, random_);
        for (std::int64_t y = 0; y < info.size.height_px; y += 90) {
            for (std::int64_t x = 0; x < info.size.width_px; x += 100) {
                const Window window{x, y, std::min<std::int64_t>(100, info.size.width_px - x),
                                    std::min<std::int64_t>(90, info.size.height_px - y)};
                auto part = cropped(info, window);
                if (!info.geotransform) {
                    part.metadata[""] = {{"TILEWRIGHT_WINDOW", std::to_string(x) + "," + std::to_string(y) + "," +
                                                                   std::to_string(window.width_px) + "," +
                                                                   std::to_string(window.height_px)}};
                }
                tiles_.push_back(folder_ / ("tile_" + std::to_string(x) + "_" + std::to_string(y) + ".tif"));
                write_raster(tiles_.back(), RasterFormat::tiff, std::as_const(whole_).view().crop(window), part);
            }
        }
    }
    static RasterInfo placed(Size size, int bands, PixelType type) {
        auto info = plain_info(size, bands, type);
        info.geotransform = GeoTransform{300000, 10, 0, 5000000, 0, -10};
        return info;
    }
    bool is_whole(const fs::path& path) {
        const auto reader = open_raster(path);
        Image image(reader->info().size, reader->info().bands, reader->info().type);
        reader->read({0, 0, image.size().width_px, image.size().height_px}, image.view());
        return image.size_bytes() == whole_.size_bytes() &&
               std::memcmp(image.data(), whole_.data(), image.size_bytes()) == 0;
    }
    std::string refusal(const std::vector<fs::path>& tiles) {
        try {
            write_mosaic(folder_ / "refused.tif", tiles);
        } catch (const Error& error) {
            EXPECT_EQ(error.code(), ErrorCode::invalid_argument);
            EXPECT_FALSE(fs::exists(folder_ / "refused.tif"));
            return error.where() + ": " + error.what();
        }
        ADD_FAILURE() << "no error";
        return {};
    }

    ScratchFolder folder_;
    std::mt19937 random_{1};
    Image whole_;
    std::vector<fs::path> tiles_;
};

TEST_F(Mosaics, AreWhatWasCut) {
    cut(placed({350, 280}, 3, PixelType::uint16));
    std::shuffle(tiles_.begin(), tiles_.end(), random_);
    ThreadPool pool(2);
    RunContext context;
    context.executor = &pool;
    const auto written = write_mosaic(folder_ / "whole.tif", tiles_, {}, context);
    EXPECT_EQ(written.size, (Size{350, 280}));
    EXPECT_TRUE(is_whole(folder_ / "whole.tif"));
    EXPECT_EQ(read_raster_info(folder_ / "whole.tif").geotransform, (GeoTransform{300000, 10, 0, 5000000, 0, -10}));
}

TEST_F(Mosaics, GoByTheirWindowsWithoutAGeotransform) {
    cut(plain_info({250, 200}, 1, PixelType::uint8));
    write_mosaic(folder_ / "whole.tif", tiles_);
    EXPECT_TRUE(is_whole(folder_ / "whole.tif"));
}

TEST_F(Mosaics, NameGapsAndOverlaps) {
    cut(placed({300, 270}, 1, PixelType::uint8));
    auto some = tiles_;
    some.erase(some.begin() + 4);  // the one in the middle
    EXPECT_NE(refusal(some).find("100 x 90 px at 100,90"), std::string::npos);
    MosaicOptions options;
    options.allow_gaps = true;
    write_mosaic(folder_ / "gaps.tif", some, options);
    const auto reader = open_raster(folder_ / "gaps.tif");
    Image mask(reader->info().size, 1, PixelType::uint8);
    reader->read_mask({0, 0, 300, 270}, mask.view());
    EXPECT_EQ(mask.view().row(100)[150], std::byte{0});
    EXPECT_EQ(mask.view().row(100)[99], std::byte{255});
    EXPECT_EQ(mask.view().row(180)[150], std::byte{255});

    auto twice = tiles_;
    twice.push_back(tiles_[2]);
    EXPECT_NE(refusal(twice).find(tiles_[2].native() + " and " + tiles_[2].native()), std::string::npos);
}

TEST_F(Mosaics, NameTheTileThatDoesNotFit) {
    cut(placed({200, 180}, 1, PixelType::uint8));
    const auto odd = folder_ / "odd.tif";
    const auto refused = [&](const RasterInfo& info) {
        write_raster(odd, RasterFormat::tiff, random_image(info, random_).view(), info);
        auto tiles = tiles_;
        tiles.push_back(odd);
        auto message = refusal(tiles);
        EXPECT_NE(message.find("odd.tif"), std::string::npos) << message;
        return message;
    };
    EXPECT_NE(refused(placed({10, 10}, 2, PixelType::uint8)).find("2 bands"), std::string::npos);
    EXPECT_NE(refused(placed({10, 10}, 1, PixelType::int16)).find("int16"), std::string::npos);
    EXPECT_NE(refused(plain_info({10, 10}, 1, PixelType::uint8)).find("geotransform"), std::string::npos);
    auto shifted = placed({10, 10}, 1, PixelType::uint8);
    (*shifted.geotransform)[0] += 2000 + 4;
    EXPECT_NE(refused(shifted).find("between"), std::string::npos);
    auto finer = placed({10, 10}, 1, PixelType::uint8);
    (*finer.geotransform)[1] = 5;
    EXPECT_NE(refused(finer).find("size"), std::string::npos);
    auto other = placed({10, 10}, 1, PixelType::uint8);
    (*other.geotransform)[0] += 2000;
    other.band.front().nodata = NoData(7.0);
    EXPECT_NE(refused(other).find("nodata"), std::string::npos);
    EXPECT_NE(refusal({}).find("no tile"), std::string::npos);
}

}  // namespace
}  // namespace tilewright
