// SPDX-License-Identifier: Apache-2.0
#include "tilewright/codec/png_filter.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <vector>

#include "codec/png_filter_simd.h"

namespace tilewright {
namespace {

const std::uint8_t* as_integers(const std::byte* bytes) {
    return reinterpret_cast<const std::uint8_t*>(bytes);
}

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

void filter_first_pixel(PngFilter filter, const std::uint8_t* row, const std::uint8_t* previous,
                        std::size_t pixel_bytes, std::uint8_t* out) {
    for (std::size_t i = 0; i < pixel_bytes; ++i) out[i] = filtered(filter, row[i], 0, previous[i], 0);
}

// The row above, or zeros where there is none.
class RowAbove {
public:
    RowAbove(std::span<const std::byte> previous, std::size_t row_bytes)
        : zeros_(previous.empty() ? row_bytes : 0),
          row_(previous.empty() ? zeros_.data() : as_integers(previous.data())) {}

    const std::uint8_t* data() const { return row_; }

private:
    std::vector<std::uint8_t> zeros_;
    const std::uint8_t* row_;
};

void filter_row(PngFilter filter, const std::uint8_t* row, const std::uint8_t* previous, std::size_t row_bytes,
                std::size_t pixel_bytes, std::uint8_t* out) {
    const auto first = std::min(pixel_bytes, row_bytes);
    filter_first_pixel(filter, row, previous, first, out);
    filter_row_simd(filter, row, previous, row_bytes, first, out);
}

// How much of a row `fast` looks at; all of it would cost a third as much time as compressing it.
constexpr std::size_t fast_sample_every = 8;

// The filter that leaves the least. None is in the running as well: it wins on drawings and text.
PngFilter choose_filter(const std::uint8_t* row, const std::uint8_t* previous, std::size_t row_bytes,
                        std::size_t pixel_bytes, Compression compression) {
    const std::size_t every = compression == Compression::fast ? fast_sample_every : 1;
    const auto sums = filter_sums_simd(row, previous, row_bytes, std::min(pixel_bytes, row_bytes), every);
    return static_cast<PngFilter>(std::min_element(sums.begin(), sums.end()) - sums.begin());
}

}  // namespace

FilterSums filter_sums_scalar(const std::uint8_t* row, const std::uint8_t* previous, std::size_t size_bytes,
                              std::size_t pixel_bytes, std::size_t every) {
    FilterSums sums{};
    for (std::size_t i = pixel_bytes; i < size_bytes; ++i) {
        if ((i - pixel_bytes) / sum_block_bytes % every != 0) continue;
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
    filter_row(filter, as_integers(row.data()), above.data(), row.size(), pixel_bytes,
               reinterpret_cast<std::uint8_t*>(out));
}

void png_filter_scalar(PngFilter filter, std::span<const std::byte> row, std::span<const std::byte> previous,
                       std::size_t pixel_bytes, std::byte* out) {
    const RowAbove above(previous, row.size());
    const auto* x = as_integers(row.data());
    for (std::size_t i = 0; i < row.size(); ++i) {
        const bool first_pixel = i < pixel_bytes;
        out[i] = static_cast<std::byte>(filtered(filter, x[i], first_pixel ? 0 : x[i - pixel_bytes], above.data()[i],
                                                 first_pixel ? 0 : above.data()[i - pixel_bytes]));
    }
}

void png_filter_rows(const std::byte* rows, std::size_t row_bytes, std::size_t count,
                     std::span<const std::byte> previous, std::size_t pixel_bytes, bool filterable,
                     Compression compression, std::byte* out) {
    const RowAbove first_above(previous, row_bytes);
    const auto* above = first_above.data();
    const auto* row = as_integers(rows);
    auto* filtered_row = reinterpret_cast<std::uint8_t*>(out);
    for (std::size_t y = 0; y < count; ++y) {
        const auto filter =
            filterable ? choose_filter(row, above, row_bytes, pixel_bytes, compression) : PngFilter::none;
        filtered_row[0] = static_cast<std::uint8_t>(filter);
        filter_row(filter, row, above, row_bytes, pixel_bytes, filtered_row + 1);
        above = row;
        row += row_bytes;
        filtered_row += row_bytes + 1;
    }
}

}  // namespace tilewright
