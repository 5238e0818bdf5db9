// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>

namespace tilewright::inline v0_1 {

/// How many symbols DEFLATE's largest alphabet has: literals, the end of a block, lengths.
inline constexpr int most_huffman_symbols = 286;

/// Lengths, in bits, of a prefix code that is short for frequent symbols: Huffman's code, and where that has codes
/// longer than `longest`, a slightly worse one that has not.
///
/// The code is always complete, as strict decoders want it; a lone symbol therefore shares a code of one bit with
/// another that never occurs. Source: Moffat and Katajainen, "In-place calculation of minimum-redundancy codes", 1995.
///
/// @param counts   of each symbol, at most most_huffman_symbols; at least two symbols
/// @param longest  2^longest is at least the number of symbols
/// @param lengths  one for each symbol; 0 for those that never occur
void huffman_lengths(std::span<const std::uint32_t> counts, int longest, std::span<std::uint8_t> lengths);

/// The codes that DEFLATE gives such lengths (RFC 1951, section 3.2.2), first bit least significant.
void huffman_codes(std::span<const std::uint8_t> lengths, std::span<std::uint16_t> codes);

}  // namespace tilewright::inline v0_1
