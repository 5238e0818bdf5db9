// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>

namespace tilewright::inline v0_1 {

/// Writes bits as DEFLATE packs them (RFC 1951, section 3.1.1): from the least significant on.
///
/// Stores eight bytes at a time, so as many must be free behind the end.
class BitWriter {
public:
    explicit BitWriter(std::uint8_t* out) noexcept : out_(out) {}

    /// What one call takes.
    static constexpr unsigned most_bits = 56;

    /// @param count  at most most_bits; no bit of `bits` above them may be set
    void put(std::uint64_t bits, unsigned count) noexcept {
        pending_ |= bits << count_;
        count_ += count;
        auto word = pending_;
        if constexpr (std::endian::native == std::endian::big) word = __builtin_bswap64(word);
        std::memcpy(out_, &word, sizeof word);
        out_ += count_ / 8;
        pending_ >>= count_ & ~7U;
        count_ %= 8;
    }

    /// Zeros up to a whole byte.
    void fill_byte() noexcept { put(0, (8 - count_) % 8); }

    /// @pre stands at a whole byte
    void put_bytes(std::span<const std::byte> bytes) noexcept {
        if (!bytes.empty()) std::memcpy(out_, bytes.data(), bytes.size());
        out_ += bytes.size();
    }

    /// One past the last whole byte.
    const std::uint8_t* end() const noexcept { return out_; }

    /// Goes on at another place, with the bits that make no whole byte yet.
    void continue_at(std::uint8_t* out) noexcept { out_ = out; }

private:
    std::uint8_t* out_;
    std::uint64_t pending_ = 0;
    unsigned count_ = 0;  // fewer than 8 between two calls
};

}  // namespace tilewright::inline v0_1
