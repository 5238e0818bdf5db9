// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace tilewright::inline v0_1 {

// What an average over areas spends its time with. Products and sums are rounded one by one: every processor gives the
// same.

/// The pixels of a side that go into one of fewer: [begin, end), with their shares, of which the sum is 1.
struct PixelShares {
    std::int64_t begin;
    std::int64_t end;
    const float* share;
};

/// Floats of a pixel of sums, however many bands it has; those behind its bands hold nothing of use.
constexpr std::size_t sum_floats = 4;

/// sums[i] += share * row[i]
void add_row(const std::uint8_t* row, std::size_t count, float share, float* sums);
/// The same in plain C++.
void add_row_scalar(const std::uint8_t* row, std::size_t count, float share, float* sums);

/// Adds to each pixel of `sums` the pixels of `row` that go into it, as far as they lie in [begin, end).
///
/// @param row  of the pixels from `begin` on, `bands` (1 to 4) floats each; sum_floats - 1 more must be readable
/// @param pixels  one for each of `sums`
void add_pixels(const float* row, std::int64_t begin, std::int64_t end, std::span<const PixelShares> pixels, int bands,
                float* sums);
/// The same in plain C++.
void add_pixels_scalar(const float* row, std::int64_t begin, std::int64_t end, std::span<const PixelShares> pixels,
                       int bands, float* sums);

}  // namespace tilewright::inline v0_1
