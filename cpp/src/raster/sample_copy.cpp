// SPDX-License-Identifier: Apache-2.0
#include "raster/sample_copy.h"

#include <cstring>

namespace tilewright::inline v0_1 {
namespace {

// A constant size lets the compiler turn each copy into one load and one store.
template <std::size_t SampleBytes>
void copy_row(const std::byte* from, std::ptrdiff_t from_stride, std::byte* to, std::ptrdiff_t to_stride,
              std::int64_t count) {
    for (std::int64_t i = 0; i < count; ++i) {
        std::memcpy(to, from, SampleBytes);
        from += from_stride;
        to += to_stride;
    }
}

}  // namespace

void copy_samples(const ImageView& from, const MutableImageView& to) {
    const auto sample = size_bytes(from.type);
    const bool packed = from.rows_are_packed() && to.rows_are_packed();
    for (std::int64_t y = 0; y < from.size.height_px; ++y) {
        if (packed) {
            std::memcpy(to.row(y), from.row(y), static_cast<std::size_t>(from.size.width_px) * from.pixel_bytes());
            continue;
        }
        for (int band = 0; band < from.bands; ++band) {
            const std::byte* source = from.row(y) + band * from.band_stride_bytes;
            std::byte* target = to.row(y) + band * to.band_stride_bytes;
            const auto copy = [&](auto copier) {
                copier(source, from.pixel_stride_bytes, target, to.pixel_stride_bytes, from.size.width_px);
            };
            switch (sample) {
                case 1: copy(copy_row<1>); break;
                case 2: copy(copy_row<2>); break;
                case 4: copy(copy_row<4>); break;
                case 8: copy(copy_row<8>); break;
                default: copy(copy_row<16>); break;
            }
        }
    }
}

void fill_opaque(const MutableImageView& mask) {
    for (std::int64_t y = 0; y < mask.size.height_px; ++y) {
        for (std::int64_t x = 0; x < mask.size.width_px; ++x) mask.row(y)[x * mask.pixel_stride_bytes] = std::byte{255};
    }
}

}  // namespace tilewright::inline v0_1
