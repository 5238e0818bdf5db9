// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>

namespace tilewright::inline v0_1 {

/// row[i] -= row[i - distance] for all i from `count` - 1 down to `distance`, counted in samples.
///
/// @param sample_bytes  1, 2, 4 or 8; `row` need not be aligned to it
void difference_simd(std::byte* row, std::size_t count, std::size_t distance, std::size_t sample_bytes);
/// The same in plain C++.
void difference_scalar(std::byte* row, std::size_t count, std::size_t distance, std::size_t sample_bytes);

/// Sorts the bytes of `count` samples by significance: all most significant bytes first, then the next, to the least.
///
/// @param sample_bytes  4 or 8
void gather_bytes_simd(const std::byte* samples, std::size_t count, std::size_t sample_bytes, std::byte* out);
/// The same in plain C++.
void gather_bytes_scalar(const std::byte* samples, std::size_t count, std::size_t sample_bytes, std::byte* out);

/// Adds to each of `count` samples of 1, 2, 4 or 8 bytes the one `bands` before it, from sample `begin` on.
void accumulate_scalar(const std::byte* row, std::size_t begin, std::size_t count, std::size_t bands,
                       std::size_t sample_bytes, std::byte* out);

/// The same for 1 or 2 bytes, from the row's start, as far as whole vectors go. @return how many samples are done
std::size_t accumulate_simd(const std::byte* row, std::size_t count, std::size_t bands, std::size_t sample_bytes,
                            std::byte* out);

}  // namespace tilewright::inline v0_1
