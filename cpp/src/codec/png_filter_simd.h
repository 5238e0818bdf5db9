// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "tilewright/codec/png_filter.h"

namespace tilewright::inline v0_1 {

/// For each filter type, how large the bytes are that it leaves: the sum of |byte| over the row, as signed numbers.
using FilterSums = std::array<std::uint64_t, 5>;

/// The bytes that a vector takes at most.
inline constexpr std::size_t most_vector_bytes = 64;

/// Filters bytes [pixel_bytes, size_bytes) of a row; the first pixel has no left neighbour and is the caller's.
///
/// @param previous  never null: above the first row stands a row of zeros
void filter_row_simd(PngFilter filter, const std::uint8_t* row, const std::uint8_t* previous, std::size_t size_bytes,
                     std::size_t pixel_bytes, std::uint8_t* out);

/// The sums over bytes [pixel_bytes, size_bytes) of a row for all filters at once, writing none of them.
FilterSums filter_sums_simd(const std::uint8_t* row, const std::uint8_t* previous, std::size_t size_bytes,
                            std::size_t pixel_bytes);

/// The same in plain C++.
FilterSums filter_sums_scalar(const std::uint8_t* row, const std::uint8_t* previous, std::size_t size_bytes,
                              std::size_t pixel_bytes);

}  // namespace tilewright::inline v0_1
