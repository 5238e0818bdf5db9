// SPDX-License-Identifier: Apache-2.0
#include "raster/huffman_bits.h"

#include <algorithm>

namespace tilewright::inline v0_1 {
namespace {

constexpr int most_code_bits = 16;
// Finding long runs takes as long as they save here. Some TIFFs have other codes in each strip.
constexpr std::int64_t blocks_worth_long_runs = 4096;
constexpr std::uint8_t sixteen_zeros = 0xF0;

}  // namespace

void HuffmanCode::set(const std::uint8_t* counts, const std::uint8_t* symbols, std::int64_t blocks) {
    if (!symbols_.empty() && std::equal(counts_.begin() + 1, counts_.end(), counts + 1) &&
        std::equal(values_.begin(), values_.end(), symbols)) {
        blocks_ += blocks;
        if (blocks > 0) choose_runs();
        return;
    }
    runs_.clear();
    blocks_ = blocks;
    symbols_.assign(std::size_t{1} << table_bits, {});
    std::copy_n(counts + 1, most_code_bits, counts_.begin() + 1);
    std::copy_n(symbols, values_.size(), values_.begin());
    std::int32_t code = 0;
    std::size_t place = 0;
    for (int width = 1; width <= most_code_bits; ++width, code <<= 1) {
        const auto slot = static_cast<std::size_t>(width);
        offset_[slot] = static_cast<std::int32_t>(place) - code;
        for (int i = 0; i < counts_[slot]; ++i, ++code, ++place) {
            if (place >= values_.size() || code >= std::int32_t{1} << width) {
                symbols_.clear();
                throw OddJpeg{};
            }
            if (width > static_cast<int>(table_bits)) continue;
            const unsigned spare = table_bits - static_cast<unsigned>(width);
            const Symbol entry{values_[place], static_cast<std::uint8_t>(width)};
            std::fill_n(symbols_.begin() + (code << spare), std::size_t{1} << spare, entry);
        }
        past_[slot] = code;
    }
    if (blocks > 0) choose_runs();
}

void HuffmanCode::choose_runs() {
    const auto bits = blocks_ >= blocks_worth_long_runs ? many_bits : few_bits;
    if (runs_.size() != std::size_t{1} << bits) make_runs(bits);
}

void HuffmanCode::make_runs(unsigned run_bits) {
    runs_.assign(std::size_t{1} << run_bits, no_run);
    for (std::size_t index = 0; index < runs_.size(); ++index) {
        unsigned width = 0;
        unsigned coefficients = 0;
        bool ends = false;
        while (!ends) {
            const auto rest = (index << width >> (run_bits - table_bits)) & (symbols_.size() - 1);
            const Symbol found = symbols_[rest];
            const unsigned taken = width + found.width + (found.symbol & 15U);
            // What hangs over the index's end may be any code.
            if (found.width == 0 || taken > run_bits) break;
            ends = (found.symbol & 15U) == 0 && found.symbol != sixteen_zeros;
            if (!ends) coefficients += (found.symbol >> 4U) + 1U;
            width = taken;
        }
        if (width == 0) continue;
        coefficients = std::min(coefficients, 64U) + (ends ? unsigned{ending} : 0U);
        runs_[index] =
            static_cast<std::uint16_t>(coefficients << coefficients_shift | (ends ? ends_block : 0U) | width);
    }
}

std::uint8_t HuffmanCode::next_long(BitReader& bits) const {
    for (int width = static_cast<int>(table_bits) + 1; width <= most_code_bits; ++width) {
        const auto code = static_cast<std::int32_t>(bits.peek(static_cast<unsigned>(width)));
        const auto slot = static_cast<std::size_t>(width);
        if (code >= past_[slot]) continue;
        bits.skip(static_cast<unsigned>(width));
        const auto place = code + offset_[slot];
        return values_[static_cast<std::size_t>(place)];
    }
    throw OddJpeg{};
}

// One symbol and its value; whether the block ends there.
bool HuffmanCode::skip_one(BitReader& bits, int& done) const {
    bits.refill();
    const auto symbol = next(bits);
    const unsigned value_bits = symbol & 15U;
    if (value_bits == 0 && symbol != sixteen_zeros) return true;
    bits.skip(value_bits);
    done += (symbol >> 4U) + 1;
    if (done > last_coefficient + 1) throw OddJpeg{};
    return done == last_coefficient + 1;
}

}  // namespace tilewright::inline v0_1
