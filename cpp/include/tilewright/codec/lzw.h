// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace tilewright {

/// Decodes TIFF's LZW (TIFF 6.0, section 13: most significant bit first, codes of 9 to 12 bits, early change).
///
/// A string of the table is a place in what was decoded before and a length, so each code is one copy; usual decoders
/// walk a list backwards, a byte a step. One instance serves one thread at a time and keeps its memory between calls.
class LzwDecoder {
public:
    LzwDecoder();

    /// Decodes the first `size_bytes` bytes of a strip or tile.
    ///
    /// @param encoded  untrusted; whatever it holds, nothing outside of it is read
    /// @return the bytes, valid until the next call
    /// @throws Error corrupt if a code is impossible or the data end early
    std::span<const std::byte> decode(std::span<const std::byte> encoded, std::size_t size_bytes);

    /// Whether the data are of the variant of before TIFF 5.0, least significant bit first, which decode() cannot read.
    static bool is_old_variant(std::span<const std::byte> encoded) noexcept;

private:
    struct Entry {
        std::uint32_t start;   // in decoded_
        std::uint32_t length;  // 1 and more
    };

    struct Progress;
    std::size_t run(const std::byte* data, std::size_t bit, std::size_t last_bit, std::uint32_t end,
                    Progress& progress);

    std::vector<Entry> table_;
    std::vector<std::byte> decoded_;  // a prefix with each byte's value once, what was decoded, room to overrun
};

}  // namespace tilewright
