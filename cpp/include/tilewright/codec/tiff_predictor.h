// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>

#pragma GCC visibility push(default)
namespace tilewright::inline v0_1 {

/// TIFF's horizontal differencing (predictor 2, TIFF 6.0 section 14) of one row, in place.
///
/// @param row  `width` pixels of `bands` unsigned integers in the machine's byte order, interleaved by pixel
/// @param sample_bytes  1, 2, 4 or 8; signed and unsigned samples differ alike
void tiff_difference(std::byte* row, std::size_t width, std::size_t bands, std::size_t sample_bytes);

/// Undoes tiff_difference.
///
/// @param row  differences in the machine's byte order, interleaved by pixel
/// @param out  as long as `row`, not overlapping it
void tiff_undo_difference(const std::byte* row, std::size_t width, std::size_t bands, std::size_t sample_bytes,
                          std::byte* out);

/// TIFF's floating point predictor (predictor 3, Adobe Photoshop TIFF Technical Note 3) of one row.
///
/// @param row  `width` pixels of `bands` floats of `sample_bytes` (4 or 8) in the machine's byte order
/// @param out  width * bands * sample_bytes bytes, not overlapping `row`
void tiff_float_difference(const std::byte* row, std::size_t width, std::size_t bands, std::size_t sample_bytes,
                           std::byte* out);

/// Undoes tiff_float_difference; `out` gets floats in the machine's byte order and does not overlap `row`.
void tiff_undo_float_difference(const std::byte* row, std::size_t width, std::size_t bands, std::size_t sample_bytes,
                                std::byte* out);

}  // namespace tilewright::inline v0_1
#pragma GCC visibility pop
