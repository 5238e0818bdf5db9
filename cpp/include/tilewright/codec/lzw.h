// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#pragma GCC visibility push(default)
namespace tilewright::inline v0_1 {

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
    struct Progress;
    template <unsigned width>
    void run_fast(const std::byte* data, std::size_t last_bit, std::uint32_t end, Progress& progress);
    void step_carefully(const std::byte* data, std::uint32_t end, Progress& progress);

    // Where each string begins in decoded_. Strings are defined one by one where codes put their strings, and each
    // ends with the first byte of the next, so the next one's start gives its length.
    std::vector<std::uint32_t> starts_;
    std::vector<std::byte> decoded_;  // a prefix with each byte's value once, what was decoded, room to overrun
};

}  // namespace tilewright::inline v0_1
#pragma GCC visibility pop
