// SPDX-License-Identifier: Apache-2.0
#include "thumbnail/weighted.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <opencv2/core.hpp>
#include <opencv2/imgproc.hpp>
#include <utility>

#include "tilewright/raster/viewable.h"

namespace tilewright::inline v0_1 {
namespace {

std::byte rounded(double value) {
    return static_cast<std::byte>(std::clamp(value + 0.5, 0.0, 255.0));
}

}  // namespace

Size whole_pixels(Size from, Size least) noexcept {
    const auto averaged = [](std::int64_t side, std::int64_t at_least) {
        return side / std::max<std::int64_t>(1, side / at_least);
    };
    return {averaged(from.width_px, least.width_px), averaged(from.height_px, least.height_px)};
}

Image resampled(Image image, Size to) {
    if (image.size() == to) return image;
    const int type = CV_MAKETYPE(CV_64F, image.bands());
    const auto matrix = [type](const Image& of) {
        return cv::Mat(static_cast<int>(of.size().height_px), static_cast<int>(of.size().width_px), type,
                       const_cast<std::byte*>(of.data()));
    };
    Image result(to, image.bands(), image.type());
    auto into = matrix(result);
    cv::resize(matrix(image), into, into.size(), 0, 0, cv::INTER_AREA);
    return result;
}

Image unweighted(const Image& weighted, bool to_be_stretched) {
    const int colors = weighted.bands() - 1;
    const auto* numbers = reinterpret_cast<const double*>(weighted.data());
    const auto pixels = static_cast<std::size_t>(weighted.size().width_px * weighted.size().height_px);
    const auto steps = static_cast<std::size_t>(weighted.bands());
    Image colors_of_all(weighted.size(), colors, PixelType::float64);
    auto* color = reinterpret_cast<double*>(colors_of_all.data());
    bool opaque = true;
    for (std::size_t i = 0; i < pixels; ++i) {
        const double weight = numbers[i * steps + steps - 1];
        opaque = opaque && rounded(weight * 255) == std::byte{255};
        for (std::size_t band = 0; band + 1 < steps; ++band) {
            *color++ = weight > 0 ? numbers[i * steps + band] / weight : std::numeric_limits<double>::quiet_NaN();
        }
    }
    Image picture(weighted.size(), opaque ? colors : colors + 1, PixelType::uint8);
    const auto stretched = to_be_stretched ? viewable(std::as_const(colors_of_all).view()) : Image();
    color = reinterpret_cast<double*>(colors_of_all.data());
    auto* out = picture.data();
    for (std::size_t i = 0; i < pixels; ++i) {
        for (std::size_t band = 0; band + 1 < steps; ++band, ++color) {
            const auto at = i * (steps - 1) + band;
            *out++ = to_be_stretched ? stretched.data()[at] : (std::isnan(*color) ? std::byte{0} : rounded(*color));
        }
        if (!opaque) *out++ = rounded(numbers[i * steps + steps - 1] * 255);
    }
    return picture;
}

}  // namespace tilewright::inline v0_1
