// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <cstring>

#include "tilewright/image/image.h"

namespace tilewright {

/// Whether two images are of one shape and type and have the same bits in every sample, however they lie in memory.
inline bool same_samples(const ImageView& a, const ImageView& b) {
    if (a.size != b.size || a.bands != b.bands || a.type != b.type) return false;
    const auto sample = size_bytes(a.type);
    for (std::int64_t y = 0; y < a.size.height_px; ++y) {
        for (std::int64_t x = 0; x < a.size.width_px; ++x) {
            for (int band = 0; band < a.bands; ++band) {
                if (std::memcmp(a.row(y) + x * a.pixel_stride_bytes + band * a.band_stride_bytes,
                                b.row(y) + x * b.pixel_stride_bytes + band * b.band_stride_bytes, sample) != 0) {
                    return false;
                }
            }
        }
    }
    return true;
}

}  // namespace tilewright
