// SPDX-License-Identifier: Apache-2.0
#include "tilewright/codec/lzw.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <numeric>
#include <string>

#include "tilewright/core/error.h"

namespace tilewright::inline v0_1 {
namespace {

constexpr std::uint32_t literals = 256;
constexpr std::uint32_t clear_code = 256;
constexpr std::uint32_t end_code = 257;
constexpr std::uint32_t first_string = 258;
constexpr std::uint32_t last_string = 4095;
constexpr unsigned widest = 12;
// Strings are copied by steps of this many bytes: most are shorter, and one unconditional step costs no branch.
constexpr std::size_t step = 16;
// Codes are taken from one word as many at a time, and only then is it asked whether that was enough.
constexpr std::uint32_t group = 4;
constexpr std::size_t overrun = group * step;
// Together with the literals no position reaches 2^30, so a length of more is a sign that a code is none of a string.
constexpr std::size_t most_decoded_bytes = (std::size_t{1} << 30) - literals - overrun;
constexpr std::uint32_t beyond_all = std::uint32_t{3} << 30;

// Codes begin with the most significant bit; the word's first is bit 7 at most of its highest byte.
std::uint64_t word_at(const std::byte* data, std::size_t bit) noexcept {
    std::uint64_t word = 0;
    std::memcpy(&word, data + bit / 8, sizeof word);
    if constexpr (std::endian::native == std::endian::little) word = __builtin_bswap64(word);
    return word << (bit % 8);
}

// Through a register, as source and target may overlap where what is copied too much does not matter.
void copy_step(std::byte* to, const std::byte* from) noexcept {
    std::array<std::byte, step> bytes;
    std::memcpy(bytes.data(), from, step);
    std::memcpy(to, bytes.data(), step);
}

// "Early change": the width grows one code before it must.
unsigned width_of(std::uint32_t next) noexcept {
    return std::min(static_cast<unsigned>(std::bit_width(next)), widest);
}

[[noreturn]] void refuse_codes(const std::string& reason) {
    throw Error(ErrorCode::corrupt, "LZW data " + reason);
}

}  // namespace

LzwDecoder::LzwDecoder() : starts_(last_string + 2) {
    std::iota(starts_.begin(), starts_.begin() + literals + 1, 0U);
    // What makes the clear code's and the end code's strings longer than anything.
    starts_[end_code] = beyond_all;
}

bool LzwDecoder::is_old_variant(std::span<const std::byte> encoded) noexcept {
    // Its first code, a clear, reads 0x00 0x01 from the least significant bit.
    return encoded.size() >= 2 && encoded[0] == std::byte{0} && (encoded[1] & std::byte{1}) == std::byte{1};
}

// Where the decoder stands between two codes.
struct LzwDecoder::Progress {
    std::size_t bit = 0;                // where the next code begins
    std::uint32_t out = literals;       // where its string goes
    std::uint32_t next = first_string;  // the string that begins there, for the codes to come
};

// Decodes what is usual, several codes at once, up to a code that needs care or to a change of width; which is a
// constant here, as shifts by a variable take three times as long.
template <unsigned width>
void LzwDecoder::run_fast(const std::byte* data, std::size_t last_bit, std::uint32_t end, Progress& progress) {
    auto* const base = decoded_.data();
    auto* const starts = starts_.data();
    auto [bit, out, next] = progress;
    constexpr auto next_width_at = std::uint32_t{1} << width;
    while (next + group <= next_width_at && out < end && bit <= last_bit) {
        auto word = word_at(data, bit);
        std::uint32_t done = 0;
#pragma GCC unroll 4
        for (; done < group; ++done) {
            const auto code = static_cast<std::uint32_t>(word >> (64 - width));
            word <<= width;
            starts[next + done] = out;
            if (code + 1 >= next + done) break;  // reaches into what it decodes, or is not yet defined
            const auto start = starts[code];
            const auto length = starts[code + 1] - start + (code >= literals ? 1 : 0);
            if (length > step) {
                if (out + std::size_t{length} > end) break;
                for (std::size_t i = step; i < length; i += step) copy_step(base + out + i, base + start + i);
            }
            copy_step(base + out, base + start);
            out += length;
        }
        bit += std::size_t{done} * width;
        next += done;
        if (done < group) break;
    }
    progress = {bit, out, next};
}

// Decodes one code, whatever it is.
void LzwDecoder::step_carefully(const std::byte* data, std::uint32_t end, Progress& progress) {
    auto& [bit, out, next] = progress;
    const auto width = width_of(next);
    const auto code = static_cast<std::uint32_t>(word_at(data, bit) >> (64 - width));
    bit += width;
    if (code == clear_code) {
        next = first_string;
        return;
    }
    if (code == end_code) refuse_codes("end early");
    if (next == first_string && code >= literals)
        refuse_codes("hold code " + std::to_string(code) + " right after a clear");
    if (code >= next) refuse_codes("hold code " + std::to_string(code) + " before it is defined");
    // A full table stays as it is until it is cleared.
    if (next <= last_string + 1) starts_[next] = out;
    const auto start = starts_[code];
    const auto length = std::min(starts_[code + 1] - start + (code >= literals ? 1 : 0), end - out);
    // The string that was defined last ends with its own first byte, which is not there yet.
    const auto there = std::min(length, out - start);
    auto* const to = decoded_.data() + out;
    std::memcpy(to, decoded_.data() + start, there);
    if (there < length) to[there] = to[0];
    out += length;
    if (next <= last_string + 1) ++next;
}

std::span<const std::byte> LzwDecoder::decode(std::span<const std::byte> encoded, std::size_t size_bytes) {
    if (size_bytes > most_decoded_bytes) refuse_codes("of one block are too long");
    if (const auto needed = literals + size_bytes + overrun; decoded_.size() < needed) {
        decoded_.resize(needed);
        for (std::size_t i = 0; i < literals; ++i) decoded_[i] = static_cast<std::byte>(i);
    }
    const auto end = static_cast<std::uint32_t>(literals + size_bytes);
    constexpr std::size_t word_bytes = sizeof(std::uint64_t);
    Progress progress;
    if (encoded.size() >= word_bytes) {
        const auto last_bit = (encoded.size() - word_bytes) * 8 + 7;
        while (progress.out < end && progress.bit <= last_bit) {
            switch (width_of(progress.next)) {
                case 9: run_fast<9>(encoded.data(), last_bit, end, progress); break;
                case 10: run_fast<10>(encoded.data(), last_bit, end, progress); break;
                case 11: run_fast<11>(encoded.data(), last_bit, end, progress); break;
                default: run_fast<12>(encoded.data(), last_bit, end, progress);
            }
            if (progress.out < end && progress.bit <= last_bit) step_carefully(encoded.data(), end, progress);
        }
    }

    // The last codes are read from a padded copy, since a word read at once would reach past the end.
    if (progress.out < end) {
        const auto rest = encoded.subspan(progress.bit / 8);
        std::array<std::byte, 2 * word_bytes> padded{};
        std::copy(rest.begin(), rest.end(), padded.begin());  // fewer than a word, or the loop had gone on
        progress.bit %= 8;
        while (progress.out < end) {
            if (progress.bit + width_of(progress.next) > rest.size() * 8) refuse_codes("end early");
            step_carefully(padded.data(), end, progress);
        }
    }
    return {decoded_.data() + literals, size_bytes};
}

}  // namespace tilewright::inline v0_1
