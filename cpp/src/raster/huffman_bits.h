// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <vector>

namespace tilewright::inline v0_1 {

/// The Huffman-coded data of a JPEG is not what this decoder takes; libjpeg is to say what is wrong with it, if
/// anything.
struct OddJpeg {};

/// Bits from a buffer, the most significant first.
///
/// Bytes behind the buffer's end must be readable. Whoever takes more bits than there are gets any, and learns of it
/// from is_past().
class BitReader {
public:
    void begin(const std::uint8_t* at) noexcept {
        next_ = at;
        bits_ = 0;
        count_ = 0;
    }
    /// What was at `from` lies at `to` now.
    void move(const std::uint8_t* from, const std::uint8_t* to) noexcept { next_ = to + (next_ - from); }
    /// Makes at least 56 bits ready.
    void refill() noexcept {
        std::uint64_t word = 0;
        std::memcpy(&word, next_, sizeof word);
        if constexpr (std::endian::native == std::endian::little) word = __builtin_bswap64(word);
        bits_ |= word >> count_;
        next_ += (63 - count_) >> 3U;
        count_ |= 56U;
    }
    /// The next `width` bits, 1 to 32, of those ready.
    std::uint32_t peek(unsigned width) const noexcept { return static_cast<std::uint32_t>(bits_ >> (64 - width)); }
    void skip(unsigned width) noexcept {
        bits_ <<= width;
        count_ -= width;
    }
    /// The first byte of which no bit was taken.
    const std::uint8_t* position() const noexcept { return next_ - (count_ >> 3U); }
    bool is_past(const std::uint8_t* end) const noexcept { return position() > end; }

private:
    const std::uint8_t* next_ = nullptr;
    std::uint64_t bits_ = 0;
    unsigned count_ = 0;
};

/// One Huffman code of a JPEG, as tables for its next bits.
class HuffmanCode {
public:
    static constexpr unsigned table_bits = 10;

    /// Takes a code as JPEG writes it down; does nothing if it is the one it has.
    /// @param counts  of the codes of 0 to 16 bits @param symbols  in the order of their codes, 256 of them
    /// @param blocks  whose coefficients it will skip; 0: none
    /// @throws OddJpeg
    void set(const std::uint8_t* counts, const std::uint8_t* symbols, std::int64_t blocks);

    /// The next symbol; up to 16 bits of those ready. @throws OddJpeg if no symbol has this code
    std::uint8_t next(BitReader& bits) const {
        const Symbol found = symbols_[bits.peek(table_bits)];
        if (found.width == 0) {
            // A copy, so that `bits` can stay in registers.
            auto rest = bits;
            const auto symbol = next_long(rest);
            bits = rest;
            return symbol;
        }
        bits.skip(found.width);
        return found.symbol;
    }

    /// Goes past the AC coefficients of a block. @throws OddJpeg if they are more than 63
    void skip_coefficients(BitReader& bits) const {
        if (runs_.size() == std::size_t{1} << many_bits) return skip_by_runs<many_bits>(bits);
        return skip_by_runs<few_bits>(bits);
    }

private:
    static constexpr int last_coefficient = 63;

    struct Symbol {
        std::uint8_t symbol = 0;
        std::uint8_t width = 0;  // of its code; 0: longer than the table's index
    };
    // A run is as many whole symbols, with the bits of their values, as an index holds: their width in bits, whether
    // they end their block, and how many coefficients they stand for, which is more than a block has if they end it or
    // are none at all, so that one comparison finds all that is not the common case.
    static constexpr unsigned few_bits = table_bits;
    static constexpr unsigned many_bits = 13;
    static constexpr unsigned width_mask = 15;
    static constexpr unsigned ends_block = 16;
    static constexpr unsigned coefficients_shift = 8;
    static constexpr int ending = 64;
    static constexpr unsigned no_run = 255U << coefficients_shift;

    template <unsigned run_bits>
    void skip_by_runs(BitReader& bits) const {
        // A step takes no more bits than the index has.
        constexpr int steps = 56 / run_bits;
        int done = 1;
        bits.refill();
        for (int step = 0;; ++step) {
            if (step == steps) {
                bits.refill();
                step = 0;
            }
            const unsigned run = runs_[bits.peek(run_bits)];
            const int after = done + static_cast<int>(run >> coefficients_shift);
            if (after > last_coefficient) {
                const bool ends = (run & ends_block) != 0;
                if (ends ? after <= last_coefficient + ending : after == last_coefficient + 1) {
                    bits.skip(run & width_mask);
                    return;
                }
                auto rest = bits;
                auto so_far = done;
                const bool ended = skip_one(rest, so_far);
                bits = rest;
                if (ended) return;
                done = so_far;
                step = steps - 1;
                continue;
            }
            bits.skip(run & width_mask);
            done = after;
        }
    }

    std::uint8_t next_long(BitReader& bits) const;
    bool skip_one(BitReader& bits, int& done) const;
    void choose_runs();
    void make_runs(unsigned run_bits);

    std::array<std::uint8_t, 17> counts_{};
    std::array<std::uint8_t, 256> values_{};
    std::array<std::int32_t, 18> past_{};    // the first code of each width that no symbol has
    std::array<std::int32_t, 17> offset_{};  // from a code of a width to its place among the symbols
    std::vector<Symbol> symbols_;
    std::vector<std::uint16_t> runs_;
    std::int64_t blocks_ = 0;  // that it was set for so far
};

}  // namespace tilewright::inline v0_1
