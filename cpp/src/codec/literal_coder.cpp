// SPDX-License-Identifier: Apache-2.0
// Nearly all the time that photographs take goes by in the loops that count and write. Compiled once for each
// instruction set, for the shifts by a variable amount that newer ones have; the best that the processor has is chosen
// at run time.
#include "codec/literal_coder.h"

#include <algorithm>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "codec/literal_coder.cpp"
#include <hwy/foreach_target.h>  // must precede highway.h
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace tilewright::inline v0_1::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

HWY_INLINE std::size_t pair_index(const std::uint8_t* bytes) {
    return bytes[0] | std::size_t{bytes[1]} << 8U;
}

void count_pairs(const std::uint8_t* bytes, std::size_t pair_count, std::uint32_t* pairs) {
    for (std::size_t i = 0; i < pair_count; ++i) ++pairs[pair_index(bytes + 2 * i)];
}

void fill_pairs(const std::uint16_t* codes, const std::uint8_t* lengths, std::uint32_t* pairs) {
    const hn::ScalableTag<std::uint32_t> tag;
    const hn::Rebind<std::uint16_t, decltype(tag)> codes_tag;
    const hn::Rebind<std::uint8_t, decltype(tag)> lengths_tag;
    const std::size_t lanes = hn::Lanes(tag);
    for (std::size_t second = 0; second < 256; ++second) {
        const auto second_code = hn::Set(tag, std::uint32_t{codes[second]});
        const auto second_length = hn::Set(tag, std::uint32_t{lengths[second]});
        for (std::size_t first = 0; first < 256; first += lanes) {
            const auto first_codes = hn::PromoteTo(tag, hn::LoadU(codes_tag, codes + first));
            const auto first_lengths = hn::PromoteTo(tag, hn::LoadU(lengths_tag, lengths + first));
            const auto joined = hn::Or(first_codes, hn::Shl(second_code, first_lengths));
            hn::StoreU(hn::Or(hn::ShiftLeft<8>(joined), hn::Add(first_lengths, second_length)), tag,
                       pairs + 256 * second + first);
        }
    }
}

void write_literals(const std::uint8_t* bytes, std::size_t size_bytes, const LiteralCode& code, BitWriter& out) {
    BitWriter writer = out;  // a local, which the compiler may keep in registers
    const auto* const pairs = code.pairs();
    std::size_t i = 0;
    for (; i + 8 <= size_bytes; i += 8) {
        const auto first = pairs[pair_index(bytes + i)];
        const auto second = pairs[pair_index(bytes + i + 2)];
        const auto third = pairs[pair_index(bytes + i + 4)];
        const auto fourth = pairs[pair_index(bytes + i + 6)];
        const auto low = std::uint64_t{first >> 8U} | std::uint64_t{second >> 8U} << (first & 63U);
        const auto high = std::uint64_t{third >> 8U} | std::uint64_t{fourth >> 8U} << (third & 63U);
        const auto low_length = (first + second) & 63U;
        const auto high_length = (third + fourth) & 63U;
        // Eight codes mostly fit, though there are longer ones.
        if (low_length + high_length <= BitWriter::most_bits) {
            writer.put(low | high << low_length, low_length + high_length);
        } else {
            writer.put(low, low_length);
            writer.put(high, high_length);
        }
    }
    for (; i + 2 <= size_bytes; i += 2) {
        const auto pair = pairs[pair_index(bytes + i)];
        writer.put(pair >> 8U, pair & 63U);
    }
    if (i < size_bytes) {
        // The half of a pair of equal bytes.
        const auto pair = pairs[bytes[i] * std::size_t{257}];
        const auto length = (pair & 63U) / 2;
        writer.put(pair >> 8U & ((1U << length) - 1), length);
    }
    out = writer;
}

}  // namespace tilewright::inline v0_1::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace tilewright::inline v0_1 {
namespace {

constexpr std::size_t byte_values = 256;
constexpr std::size_t pair_count = byte_values * byte_values;

}  // namespace

HWY_EXPORT(count_pairs);
HWY_EXPORT(fill_pairs);
HWY_EXPORT(write_literals);

LiteralCounts::LiteralCounts() : pairs_(std::make_unique<std::uint32_t[]>(pair_count)) {}

void LiteralCounts::clear() noexcept {
    std::fill_n(pairs_.get(), pair_count, 0U);
    singles_.fill(0);
}

void LiteralCounts::add(const std::uint8_t* bytes, std::size_t size_bytes) noexcept {
    HWY_DYNAMIC_DISPATCH(count_pairs)(bytes, size_bytes / 2, pairs_.get());
    if (size_bytes % 2 != 0) ++singles_[bytes[size_bytes - 1]];
}

void LiteralCounts::add_to(std::span<std::uint32_t, 256> counts) const noexcept {
    for (std::size_t byte = 0; byte < byte_values; ++byte) counts[byte] += singles_[byte];
    for (std::size_t second = 0; second < 256; ++second) {
        const auto* row = pairs_.get() + byte_values * second;
        std::uint32_t sum = 0;
        for (std::size_t first = 0; first < 256; ++first) {
            counts[first] += row[first];
            sum += row[first];
        }
        counts[second] += sum;
    }
}

LiteralCode::LiteralCode() : pairs_(std::make_unique_for_overwrite<std::uint32_t[]>(pair_count)) {}

void LiteralCode::set(std::span<const std::uint16_t, 256> codes, std::span<const std::uint8_t, 256> lengths) {
    HWY_DYNAMIC_DISPATCH(fill_pairs)(codes.data(), lengths.data(), pairs_.get());
}

void write_literals(const std::uint8_t* bytes, std::size_t size_bytes, const LiteralCode& code, BitWriter& out) {
    HWY_DYNAMIC_DISPATCH(write_literals)(bytes, size_bytes, code, out);
}

}  // namespace tilewright::inline v0_1
#endif
