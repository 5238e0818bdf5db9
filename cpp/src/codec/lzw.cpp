// SPDX-License-Identifier: Apache-2.0
#include "tilewright/codec/lzw.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <limits>
#include <string>

#include "tilewright/core/error.h"

namespace tilewright {
namespace {

constexpr std::uint32_t clear_code = 256;
constexpr std::uint32_t end_code = 257;
constexpr std::uint32_t first_free_code = 258;
constexpr std::uint32_t table_size = 4096;
constexpr int narrowest = 9;
constexpr int widest = 12;
// Strings are copied by steps of this many bytes: most are shorter, and one unconditional step costs no branch.
constexpr std::size_t step = 16;
constexpr std::size_t literals = 256;

// Bits from the most significant on. Reads eight bytes at a time.
class BitReader {
public:
    BitReader(const std::byte* data, std::size_t bit) : data_(data), bit_(bit) {}

    std::uint32_t take(int width) noexcept {
        std::uint64_t word = 0;
        std::memcpy(&word, data_ + (bit_ >> 3U), sizeof word);
        if constexpr (std::endian::native == std::endian::little) word = __builtin_bswap64(word);
        const auto code = static_cast<std::uint32_t>((word << (bit_ & 7U)) >> (64U - static_cast<unsigned>(width)));
        bit_ += static_cast<std::size_t>(width);
        return code;
    }
    std::size_t bit() const noexcept { return bit_; }

private:
    const std::byte* data_;
    std::size_t bit_;
};

// Through a register, as source and target may overlap where what is copied too much does not matter.
void copy_step(std::byte* to, const std::byte* from) noexcept {
    std::array<std::byte, step> bytes;
    std::memcpy(bytes.data(), from, step);
    std::memcpy(to, bytes.data(), step);
}

[[noreturn]] void refuse(const std::string& reason) {
    throw Error(ErrorCode::corrupt, "LZW data " + reason);
}

}  // namespace

LzwDecoder::LzwDecoder() : table_(table_size) {
    for (std::uint32_t i = 0; i < literals; ++i) table_[i] = {i, 1};
}

bool LzwDecoder::is_old_variant(std::span<const std::byte> encoded) noexcept {
    // Its first code, a clear, reads 0x00 0x01 from the least significant bit.
    return encoded.size() >= 2 && encoded[0] == std::byte{0} && (encoded[1] & std::byte{1}) == std::byte{1};
}

// What the decoder knows between two codes.
struct LzwDecoder::Progress {
    std::uint32_t out = static_cast<std::uint32_t>(literals);
    std::uint32_t next = first_free_code;
    int width = narrowest;
    Entry previous{0, 0};
};

// Decodes while codes begin at or before `last_bit` and `end` is not reached; gives the bit that comes next.
std::size_t LzwDecoder::run(const std::byte* data, std::size_t bit, std::size_t last_bit, std::uint32_t end,
                            Progress& progress) {
    auto* const base = decoded_.data();
    auto* const table = table_.data();
    // In locals, which the compiler may keep in registers.
    auto [out, next, width, previous] = progress;
    BitReader reader(data, bit);
    while (out < end && reader.bit() <= last_bit) {
        const auto code = reader.take(width);
        if (code == clear_code) {
            next = first_free_code;
            width = narrowest;
            previous = {0, 0};
            continue;
        }
        if (code == end_code) refuse("end early");
        if (previous.length == 0) {
            // The first code after a clear stands for itself and defines nothing.
            if (code >= literals) refuse("hold code " + std::to_string(code) + " right after a clear");
        } else {
            if (code > next || code >= table_size) {
                refuse("hold code " + std::to_string(code) + " before it is defined");
            }
            if (next < table_size) {
                // The new string is the previous one and the byte that follows it, wherever that comes from: they lie
                // side by side in the output.
                table[next++] = {previous.start, previous.length + 1};
                // "Early change": the width grows one code before it must.
                if (next + 1 >= (1U << static_cast<unsigned>(width)) && width < widest) ++width;
            }
        }
        const auto entry = table[code];
        const auto length = std::min(entry.length, end - out);
        const auto* from = base + entry.start;
        auto* to = base + out;
        if (out - entry.start >= entry.length) {
            copy_step(to, from);
            for (std::size_t done = step; done < length; done += step) copy_step(to + done, from + done);
        } else {
            // The string that was just defined reaches into itself: its last byte is its first.
            for (std::uint32_t i = 0; i < length; ++i) to[i] = from[i];
        }
        previous = {out, entry.length};
        out += length;
    }
    progress = {out, next, width, previous};
    return reader.bit();
}

std::span<const std::byte> LzwDecoder::decode(std::span<const std::byte> encoded, std::size_t size_bytes) {
    if (size_bytes > std::numeric_limits<std::uint32_t>::max() - 2 * literals) refuse("of one block are too long");
    if (const auto needed = literals + size_bytes + step; decoded_.size() < needed) {
        decoded_.resize(needed);
        for (std::size_t i = 0; i < literals; ++i) decoded_[i] = static_cast<std::byte>(i);
    }
    const auto end = static_cast<std::uint32_t>(literals + size_bytes);
    constexpr std::size_t word_bytes = sizeof(std::uint64_t);
    Progress progress;
    std::size_t bit = 0;
    if (encoded.size() >= word_bytes)
        bit = run(encoded.data(), 0, (encoded.size() - word_bytes) * 8 + 7, end, progress);

    // The last codes are read from a padded copy, since a word read at once would reach past the end.
    if (progress.out < end) {
        const auto rest = encoded.subspan(bit / 8);
        std::array<std::byte, 2 * word_bytes> padded{};
        std::copy(rest.begin(), rest.end(), padded.begin());  // fewer than a word, or the loop had gone on
        bit %= 8;
        while (progress.out < end) {
            if (bit + static_cast<std::size_t>(progress.width) > rest.size() * 8) refuse("end early");
            bit = run(padded.data(), bit, bit, end, progress);
        }
    }
    return {decoded_.data() + literals, size_bytes};
}

}  // namespace tilewright
