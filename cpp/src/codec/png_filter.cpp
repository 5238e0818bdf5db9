// SPDX-License-Identifier: Apache-2.0
#include "tilewright/codec/png_filter.h"

#include <algorithm>
#include <cstdlib>

#include "codec/png_filter_simd.h"
#include "codec/png_row.h"

namespace tilewright::inline v0_1 {
namespace {

// Paeth's predictor as the PNG specification writes it (section 9.4).
int paeth(int left, int above, int corner) {
    const int estimate = left + above - corner;
    const int to_left = std::abs(estimate - left);
    const int to_above = std::abs(estimate - above);
    const int to_corner = std::abs(estimate - corner);
    if (to_left <= to_above && to_left <= to_corner) return left;
    return to_above <= to_corner ? above : corner;
}

std::uint8_t filtered(PngFilter filter, int x, int left, int above, int corner) {
    const auto prediction = [&] {
        switch (filter) {
            case PngFilter::none: return 0;
            case PngFilter::sub: return left;
            case PngFilter::up: return above;
            case PngFilter::average: return (left + above) / 2;
            case PngFilter::paeth: return paeth(left, above, corner);
        }
        return 0;
    };
    return static_cast<std::uint8_t>(x - prediction());
}

}  // namespace

void filter_row(PngFilter filter, const std::uint8_t* row, const std::uint8_t* previous, std::size_t row_bytes,
                std::size_t pixel_bytes, std::uint8_t* out) {
    const auto first = std::min(pixel_bytes, row_bytes);
    for (std::size_t i = 0; i < first; ++i) out[i] = filtered(filter, row[i], 0, previous[i], 0);
    filter_row_simd(filter, row, previous, row_bytes, first, out);
}

FilterSums filter_sums_scalar(const std::uint8_t* row, const std::uint8_t* previous, std::size_t size_bytes,
                              std::size_t pixel_bytes) {
    FilterSums sums{};
    for (std::size_t i = pixel_bytes; i < size_bytes; ++i) {
        for (std::size_t type = 0; type < sums.size(); ++type) {
            const int byte = filtered(static_cast<PngFilter>(type), row[i], row[i - pixel_bytes], previous[i],
                                      previous[i - pixel_bytes]);
            sums[type] += static_cast<std::uint64_t>(std::min(byte, 256 - byte));
        }
    }
    return sums;
}

void png_filter(PngFilter filter, std::span<const std::byte> row, std::span<const std::byte> previous,
                std::size_t pixel_bytes, std::byte* out) {
    const RowAbove above(previous, row.size());
    filter_row(filter, reinterpret_cast<const std::uint8_t*>(row.data()), above.data(), row.size(), pixel_bytes,
               reinterpret_cast<std::uint8_t*>(out));
}

void png_filter_scalar(PngFilter filter, std::span<const std::byte> row, std::span<const std::byte> previous,
                       std::size_t pixel_bytes, std::byte* out) {
    const RowAbove above(previous, row.size());
    const auto* x = reinterpret_cast<const std::uint8_t*>(row.data());
    for (std::size_t i = 0; i < row.size(); ++i) {
        const bool first_pixel = i < pixel_bytes;
        out[i] = static_cast<std::byte>(filtered(filter, x[i], first_pixel ? 0 : x[i - pixel_bytes], above.data()[i],
                                                 first_pixel ? 0 : above.data()[i - pixel_bytes]));
    }
}

}  // namespace tilewright::inline v0_1
