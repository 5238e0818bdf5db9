// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "tilewright/codec/compression.h"

namespace tilewright {

/// The filter types of PNG (W3C PNG, section 9); the number is the byte that stands before each row.
enum class PngFilter : std::uint8_t { none = 0, sub = 1, up = 2, average = 3, paeth = 4 };

/// Filters one row.
///
/// @param previous  the row above, unfiltered; empty for the first row, which counts as zeros
/// @param pixel_bytes  bytes of a whole pixel, rounded up to 1: 1 to 8
/// @param out  as long as `row`
void png_filter(PngFilter filter, std::span<const std::byte> row, std::span<const std::byte> previous,
                std::size_t pixel_bytes, std::byte* out);

/// The same in plain C++, which the SIMD version must equal byte for byte.
void png_filter_scalar(PngFilter filter, std::span<const std::byte> row, std::span<const std::byte> previous,
                       std::size_t pixel_bytes, std::byte* out);

/// Filters rows as a PNG's IDAT wants them: each row becomes its filter byte and its filtered bytes.
///
/// Which filter is chosen how follows from `compression`: a guess from few rows for `fast`, the smallest sum of
/// absolute differences row by row for the others. Deterministic.
///
/// @param rows  `count` rows of `row_bytes` each, one after the other
/// @param previous  the row above the first; empty at the top of the image
/// @param filterable  false for palette and sub-byte images, which take filter none
/// @param out  count * (row_bytes + 1) bytes
void png_filter_rows(const std::byte* rows, std::size_t row_bytes, std::size_t count,
                     std::span<const std::byte> previous, std::size_t pixel_bytes, bool filterable,
                     Compression compression, std::byte* out);

}  // namespace tilewright
