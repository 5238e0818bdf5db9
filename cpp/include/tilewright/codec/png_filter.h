// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "tilewright/codec/compression.h"

#pragma GCC visibility push(default)
namespace tilewright::inline v0_1 {

/// The filter types of PNG (W3C PNG, section 9); the number is the byte that stands before each row.
enum class PngFilter : std::uint8_t { none = 0, sub = 1, up = 2, average = 3, paeth = 4 };

/// Filters one row.
///
/// @param previous  the row above, unfiltered; empty for the first row, which counts as zeros
/// @param pixel_bytes  bytes of a whole pixel, rounded up to 1: 1 to 8
/// @param out  as long as `row`, not overlapping it
void png_filter(PngFilter filter, std::span<const std::byte> row, std::span<const std::byte> previous,
                std::size_t pixel_bytes, std::byte* out);

/// The same in plain C++, which the SIMD version must equal byte for byte.
void png_filter_scalar(PngFilter filter, std::span<const std::byte> row, std::span<const std::byte> previous,
                       std::size_t pixel_bytes, std::byte* out);

/// Filters rows as a PNG's IDAT wants them: each row becomes its filter byte and its filtered bytes.
///
/// Rows are taken in groups of a fixed number of bytes, counted from the first row of a call. Of each large group a
/// few rows are filtered in several ways and compressed; the way that compresses best is taken for all its rows: one
/// filter type, or row by row the one with the smallest sum of absolute differences. Small groups take the latter.
/// `compression` says how much is tried. The bytes depend on the rows and on where calls part them, and are the same
/// on every processor with the same version of libdeflate.
///
/// @param rows  `count` rows of `row_bytes` each, one after the other
/// @param previous  the row above the first; empty at the top of the image
/// @param filterable  false for palette and sub-byte images, which take filter none
/// @param out  count * (row_bytes + 1) bytes, not overlapping `rows`
/// @throws Error resource if memory is short
///
/// Safe from any thread. About 2.5 GB/s for `fast`, 0.7 for `balanced`, 0.2 for `small`.
void png_filter_rows(const std::byte* rows, std::size_t row_bytes, std::size_t count,
                     std::span<const std::byte> previous, std::size_t pixel_bytes, bool filterable,
                     Compression compression, std::byte* out);

}  // namespace tilewright::inline v0_1
#pragma GCC visibility pop
