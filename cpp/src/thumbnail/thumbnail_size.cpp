// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>
#include <string>

#include "tilewright/core/error.h"
#include "tilewright/thumbnail/thumbnail.h"

namespace tilewright::inline v0_1 {
namespace {

// The whole number beside `exact` whose `distance` is least; the lower one of two that are alike.
template <typename Distance>
std::int64_t nearer(double exact, Distance distance) {
    const auto below = static_cast<std::int64_t>(std::floor(exact));
    const auto above = static_cast<std::int64_t>(std::ceil(exact));
    return std::max<std::int64_t>(1, distance(above) < distance(below) ? above : below);
}

}  // namespace

Size thumbnail_size(Size image, Size box) {
    if (image.width_px < 1 || image.height_px < 1) {
        throw Error(ErrorCode::invalid_argument, "an image has at least one pixel");
    }
    if (box.width_px < 1 || box.height_px < 1) {
        throw Error(ErrorCode::invalid_argument,
                    "a thumbnail needs at least one pixel, but the size is " + std::to_string(box.width_px) + "x" +
                        std::to_string(box.height_px),
                    "size");
    }
    if (image.width_px <= box.width_px && image.height_px <= box.height_px) return image;
    const double aspect = static_cast<double>(image.width_px) / static_cast<double>(image.height_px);
    const auto width = static_cast<double>(box.width_px);
    const auto height = static_cast<double>(box.height_px);
    if (width / height >= aspect) {
        return {
            nearer(height * aspect, [&](std::int64_t w) { return std::abs(aspect - static_cast<double>(w) / height); }),
            box.height_px};
    }
    return {box.width_px, nearer(width / aspect, [&](std::int64_t h) {
                return h == 0 ? 0.0 : std::abs(aspect - width / static_cast<double>(h));
            })};
}

}  // namespace tilewright::inline v0_1
