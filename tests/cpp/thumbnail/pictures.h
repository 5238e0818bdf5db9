// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdlib>
#include <functional>
#include <string>
#include <vector>

#include "raster/made_raster.h"
#include "tilewright/image/image.h"
#include "tilewright/raster/picture_file.h"
#include "tilewright/thumbnail/thumbnail.h"

namespace tilewright {

using Pixel = std::vector<int>;

/// An image of samples that a function gives for column, row and band.
template <typename T>
Image image_by(Size size, int bands, PixelType type,
               const std::function<double(std::int64_t, std::int64_t, int)>& value) {
    Image image(size, bands, type);
    auto* out = reinterpret_cast<T*>(image.data());
    for (std::int64_t y = 0; y < size.height_px; ++y) {
        for (std::int64_t x = 0; x < size.width_px; ++x) {
            for (int band = 0; band < bands; ++band) *out++ = static_cast<T>(value(x, y, band));
        }
    }
    return image;
}

inline Pixel pixel_at(const Image& picture, std::int64_t x, std::int64_t y) {
    const auto view = picture.view();
    Pixel pixel;
    for (int band = 0; band < view.bands; ++band) {
        pixel.push_back(std::to_integer<int>(view.row(y)[x * view.pixel_stride_bytes + band]));
    }
    return pixel;
}

inline bool is_near(const Pixel& a, const Pixel& b, int tolerance) {
    if (a.size() != b.size()) return false;
    for (std::size_t i = 0; i < a.size(); ++i) {
        if (std::abs(a[i] - b[i]) > tolerance) return false;
    }
    return true;
}

}  // namespace tilewright
