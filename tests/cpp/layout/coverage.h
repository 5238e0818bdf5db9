// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <vector>

#include "tilewright/core/window.h"

namespace tilewright {

// How often each pixel is covered; the truth that every layout must meet. Windows must lie in the image.
inline std::vector<int> coverage(Size image, const std::vector<Window>& windows) {
    std::vector<int> covered(static_cast<std::size_t>(image.width_px * image.height_px), 0);
    for (const auto& w : windows) {
        for (auto y = w.y_px; y < w.y_end(); ++y) {
            for (auto x = w.x_px; x < w.x_end(); ++x) ++covered.at(static_cast<std::size_t>(y * image.width_px + x));
        }
    }
    return covered;
}

}  // namespace tilewright
