// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include "codec/bit_writer.h"

namespace tilewright::inline v0_1 {

/// How often each byte occurs. Bytes are counted by pairs, which takes half the time, and told apart in the end.
class LiteralCounts {
public:
    LiteralCounts();

    void clear() noexcept;
    void add(const std::uint8_t* bytes, std::size_t size_bytes) noexcept;
    /// @param counts  of bytes 0 to 255, added to
    void add_to(std::span<std::uint32_t, 256> counts) const noexcept;

private:
    std::unique_ptr<std::uint32_t[]> pairs_;    // by the first byte plus 256 times the second
    std::array<std::uint32_t, 256> singles_{};  // bytes that were left without a second
};

/// No code of a literal is longer, so that four of them fit one word of a BitWriter.
inline constexpr int longest_literal_code = 12;

/// The codes of all pairs of bytes: with one look-up for two bytes, writing takes half the time.
class LiteralCode {
public:
    LiteralCode();

    /// @param codes    of bytes 0 to 255, first bit least significant
    /// @param lengths  in bits, at most longest_literal_code; 0 for bytes that do not occur
    void set(std::span<const std::uint16_t, 256> codes, std::span<const std::uint8_t, 256> lengths);

    /// Both codes, the first byte's first, in the upper 24 bits, and their length in the lower 8; by the first byte
    /// plus 256 times the second.
    const std::uint32_t* pairs() const noexcept { return pairs_.get(); }

private:
    std::unique_ptr<std::uint32_t[]> pairs_;
};

void write_literals(const std::uint8_t* bytes, std::size_t size_bytes, const LiteralCode& code, BitWriter& out);

}  // namespace tilewright::inline v0_1
