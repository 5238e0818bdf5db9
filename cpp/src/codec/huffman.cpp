// SPDX-License-Identifier: Apache-2.0
#include "codec/huffman.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <numeric>

namespace tilewright::inline v0_1 {
namespace {

constexpr int longest_possible = 15;  // of any DEFLATE code

// The count above, the symbol below, so that sorting sorts by count and, where that is equal, by symbol.
constexpr unsigned symbol_bits = 9;
using CountedSymbol = std::uint64_t;

// Moffat and Katajainen: turns counts, ascending, into lengths of codes, descending, in place. `a` holds in turn
// counts, sums of subtrees, indices of parents, and depths. At least two of them.
void counts_to_depths(std::span<std::uint64_t> a) {
    const std::size_t n = a.size();
    std::size_t leaf = 0;
    std::size_t root = 0;
    const auto take_least = [&](std::size_t next) {
        if (leaf >= n || (root < next && a[root] < a[leaf])) {
            const auto sum = a[root];
            a[root++] = next;
            return sum;
        }
        return a[leaf++];
    };
    for (std::size_t next = 0; next + 1 < n; ++next) {
        const auto first = take_least(next);
        a[next] = first + take_least(next);
    }

    a[n - 2] = 0;
    for (std::size_t i = n - 2; i-- > 0;) a[i] = a[a[i]] + 1;

    std::size_t available = 1;
    std::size_t inner = n - 1;  // one past the inner nodes not yet counted
    std::size_t next = n;
    for (std::uint64_t depth = 0; available > 0; ++depth) {
        std::size_t used = 0;
        while (inner > 0 && a[inner - 1] == depth) {
            ++used;
            --inner;
        }
        while (available > used) {
            a[--next] = depth;
            --available;
        }
        available = 2 * used;
    }
}

std::uint16_t reversed(std::uint32_t code, unsigned length) {
    std::uint32_t out = 0;
    for (unsigned bit = 0; bit < length; ++bit) out |= (code >> bit & 1U) << (length - 1 - bit);
    return static_cast<std::uint16_t>(out);
}

}  // namespace

void huffman_lengths(std::span<const std::uint32_t> counts, int longest, std::span<std::uint8_t> lengths) {
    std::array<CountedSymbol, most_huffman_symbols> symbols;
    std::size_t used = 0;
    for (std::size_t symbol = 0; symbol < counts.size(); ++symbol) {
        if (counts[symbol] != 0) symbols[used++] = CountedSymbol{counts[symbol]} << symbol_bits | symbol;
    }
    std::fill(lengths.begin(), lengths.end(), std::uint8_t{0});
    if (used < 2) {
        const auto only = used == 0 ? 0 : static_cast<std::size_t>(symbols[0] & ((1U << symbol_bits) - 1));
        lengths[only] = 1;
        lengths[only == 0 ? 1 : 0] = 1;
        return;
    }
    const auto sorted = std::span(symbols).first(used);
    std::sort(sorted.begin(), sorted.end());
    const auto count_of = [](CountedSymbol symbol) { return symbol >> symbol_bits; };
    const auto total = std::accumulate(sorted.begin(), sorted.end(), std::uint64_t{0},
                                       [&](auto sum, auto symbol) { return sum + count_of(symbol); });

    std::array<std::uint64_t, most_huffman_symbols> depths;
    const auto used_depths = std::span(depths).first(used);
    std::uint64_t floor = 0;
    for (;;) {
        std::transform(sorted.begin(), sorted.end(), used_depths.begin(),
                       [&](auto symbol) { return std::max(count_of(symbol), floor); });
        counts_to_depths(used_depths);
        if (used_depths.front() <= static_cast<std::uint64_t>(longest)) break;
        // As if rare symbols were less rare: costs less than cutting their codes and lengthening others.
        floor = std::max(total >> static_cast<unsigned>(longest + 1), floor + floor / 4 + 1);
    }
    for (std::size_t i = 0; i < used; ++i) {
        lengths[sorted[i] & ((1U << symbol_bits) - 1)] = static_cast<std::uint8_t>(depths[i]);
    }
}

void huffman_codes(std::span<const std::uint8_t> lengths, std::span<std::uint16_t> codes) {
    std::array<std::uint32_t, longest_possible + 1> of_length{};
    for (const auto length : lengths) ++of_length[length];
    of_length[0] = 0;
    std::array<std::uint32_t, longest_possible + 2> next{};
    for (std::size_t length = 1; length <= longest_possible; ++length) {
        next[length + 1] = (next[length] + of_length[length]) << 1U;
    }
    for (std::size_t symbol = 0; symbol < lengths.size(); ++symbol) {
        const unsigned length = lengths[symbol];
        codes[symbol] = length == 0 ? std::uint16_t{0} : reversed(next[length]++, length);
    }
}

}  // namespace tilewright::inline v0_1
