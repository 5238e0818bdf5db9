// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "tilewright/image/image.h"

namespace tilewright::inline v0_1 {

/// Copies `count` pixels of row `y` from column `x` on, interleaved by pixel without gaps, whatever the view's strides.
void copy_pixels(const ImageView& view, std::int64_t y, std::int64_t x, std::int64_t count, std::byte* out);

/// Swaps the bytes of each of `count` 16-bit samples in place.
void swap_bytes_16(std::byte* samples, std::size_t count) noexcept;

/// Bytes of a row of `samples` samples of `bits` bits each, which ends on a whole byte.
constexpr std::size_t packed_row_bytes(std::size_t samples, int bits) noexcept {
    return (samples * static_cast<std::size_t>(bits) + 7) / 8;
}

/// Packs unsigned samples into `bits` bits each, the most significant bit first, as PNG and TIFF do.
///
/// @param samples  of `sample_bytes` (1, 2 or 4) in the machine's byte order
/// @param bits  less than sample_bytes * 8
/// @return false if a sample needs more bits
bool pack_bits(std::span<const std::byte> samples, std::size_t sample_bytes, int bits, std::byte* out) noexcept;

}  // namespace tilewright::inline v0_1
