// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace tilewright::inline v0_1 {

/// Bytes [begin, begin + length) of some data, each equal to the byte before it.
struct ByteRun {
    std::uint32_t begin;
    std::uint32_t length;
};

/// Shorter runs are not found: photographs are full of them, and they cost nearly as much as literals, and more time.
inline constexpr std::uint32_t least_run = 16;

/// Appends the runs among bytes [begin, end) of `data`, in order. Byte 0 has none before it and is in no run.
void find_byte_runs(const std::uint8_t* data, std::size_t begin, std::size_t end, std::vector<ByteRun>& runs);

}  // namespace tilewright::inline v0_1
