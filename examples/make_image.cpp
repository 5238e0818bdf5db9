// SPDX-License-Identifier: Apache-2.0
// Writes an image from memory, with georeferencing and nodata: make_image FILE.tif WIDTH HEIGHT
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <iostream>

#include "tilewright/core/error.h"
#include "tilewright/image/image.h"
#include "tilewright/raster/raster_writer.h"

namespace tw = tilewright;

namespace {

/// Heights of hills in metres, float32, with a strip at the left where nothing was measured.
tw::Image hills(tw::Size size, float nodata) {
    tw::Image image(size, 1, tw::PixelType::float32);
    const tw::MutableImageView view = image.view();
    for (std::int64_t y = 0; y < size.height_px; ++y) {
        for (std::int64_t x = 0; x < size.width_px; ++x) {
            const float height_m = x < 20 ? nodata : 300.0F + 80.0F * std::sin(float(x) / 90) * std::cos(float(y) / 70);
            std::memcpy(view.row(y) + x * view.pixel_stride_bytes, &height_m, sizeof height_m);
        }
    }
    return image;
}

}  // namespace

int main(int argument_count, char** arguments) {
    if (argument_count != 4) {
        std::cerr << "usage: make_image FILE.tif WIDTH HEIGHT\n";
        return 2;
    }
    try {
        constexpr float nodata = -9999;
        tw::RasterInfo info;
        info.size = {std::atoll(arguments[2]), std::atoll(arguments[3])};
        info.bands = 1;
        info.type = tw::PixelType::float32;
        info.band.resize(1);
        info.band[0].color_interpretation = "Gray";
        info.band[0].description = "height";
        info.band[0].unit = "m";
        info.band[0].nodata = double{nodata};
        info.geotransform = tw::GeoTransform{412'000, 0.5, 0, 5'655'000, 0, -0.5};
        const tw::Image image = hills(info.size, nodata);
        const tw::WrittenFile file = tw::write_raster(arguments[1], tw::RasterFormat::tiff, image.view(), info);
        std::cout << file.path.string() << ": " << file.size_bytes << " bytes, SHA-256 " << file.sha256 << "\n";
    } catch (const tw::Error& error) {
        std::cerr << error.where() << ": " << error.what() << " (" << tw::name(error.code()) << ")\n";
        return 1;
    }
}
