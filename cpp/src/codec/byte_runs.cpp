// SPDX-License-Identifier: Apache-2.0
// Compiled once for each instruction set; the best that the processor has is chosen at run time. All find the same.
#include "codec/byte_runs.h"

#include <algorithm>
#include <bit>
#include <cstring>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "codec/byte_runs.cpp"
#include <hwy/foreach_target.h>  // must precede highway.h
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace tilewright::inline v0_1::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

constexpr std::size_t word = 64;

// Bit i says whether byte i equals the byte before it.
HWY_INLINE std::uint64_t equal_to_previous(const std::uint8_t* bytes) {
    std::uint64_t mask = 0;
#if HWY_TARGET == HWY_SCALAR
    for (std::size_t i = 0; i < word; ++i) mask |= std::uint64_t{bytes[i] == bytes[i - 1]} << i;
#else
    const hn::CappedTag<std::uint8_t, word> tag;
    auto* out = reinterpret_cast<std::uint8_t*>(&mask);
    for (std::size_t i = 0; i < word; i += hn::Lanes(tag)) {
        out += hn::StoreMaskBits(tag, hn::Eq(hn::LoadU(tag, bytes + i), hn::LoadU(tag, bytes + i - 1)), out);
    }
#endif
    return mask;
}

// Each step doubles the number of equal bytes that a bit stands for.
HWY_INLINE bool holds_a_run(std::uint64_t mask) {
    static_assert(least_run == 16);
    mask &= mask >> 1U;
    mask &= mask >> 2U;
    mask &= mask >> 4U;
    return (mask & mask >> 8U) != 0;
}

void find_byte_runs(const std::uint8_t* data, std::size_t begin, std::size_t end, std::vector<ByteRun>& runs) {
    const auto add = [&](std::size_t at, std::size_t length) {
        if (length >= least_run) {
            runs.push_back({static_cast<std::uint32_t>(at), static_cast<std::uint32_t>(length)});
        }
    };
    std::size_t at = std::max<std::size_t>(begin, 1);
    std::size_t open = 0;  // length of the run that reaches up to `at`
    for (; at + word <= end; at += word) {
        const auto mask = equal_to_previous(data + at);
        if (mask == ~std::uint64_t{0}) {
            open += word;
            continue;
        }
        const auto first = static_cast<std::size_t>(std::countr_one(mask));
        add(at - open, open + first);
        open = static_cast<std::size_t>(std::countl_one(mask));
        if (!holds_a_run(mask)) continue;
        // Those in between, which touch neither end.
        auto inner = mask >> first << first;
        inner = inner << open >> open;
        while (inner != 0) {
            const auto skip = static_cast<std::size_t>(std::countr_zero(inner));
            const auto length = static_cast<std::size_t>(std::countr_one(inner >> skip));
            add(at + skip, length);
            inner &= ~(((std::uint64_t{1} << length) - 1) << skip);
        }
    }
    for (; at < end; ++at) {
        if (data[at] == data[at - 1]) {
            ++open;
            continue;
        }
        add(at - open, open);
        open = 0;
    }
    add(end - open, open);
}

}  // namespace tilewright::inline v0_1::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace tilewright::inline v0_1 {

HWY_EXPORT(find_byte_runs);

void find_byte_runs(const std::uint8_t* data, std::size_t begin, std::size_t end, std::vector<ByteRun>& runs) {
    HWY_DYNAMIC_DISPATCH(find_byte_runs)(data, begin, end, runs);
}

}  // namespace tilewright::inline v0_1
#endif
