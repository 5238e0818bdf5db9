// SPDX-License-Identifier: Apache-2.0
// What filters leave of a photograph is noise with a peak at zero. Matches in it are short, costly to find and hardly
// cheaper than literals; nearly all there is to gain is a good Huffman code, and runs where the picture is flat.
#include <algorithm>
#include <array>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "codec/bit_writer.h"
#include "codec/byte_runs.h"
#include "codec/deflate_engine.h"
#include "codec/huffman.h"
#include "codec/literal_coder.h"

namespace tilewright::inline v0_1 {
namespace {

// RFC 1951, section 3.2.3.
constexpr unsigned stored_block = 0;
constexpr unsigned dynamic_block = 2;
constexpr std::size_t most_stored_bytes = 65535;

// Longer blocks adapt less, shorter ones spend more on their codes; photographs hardly care.
constexpr std::size_t block_bytes = 16 * most_stored_bytes;

constexpr std::size_t end_of_block = 256;
constexpr std::size_t first_length = 257;
constexpr std::size_t literals_and_lengths = 286;
constexpr std::uint32_t longest_match = 258;
constexpr std::uint32_t shortest_match = 3;

// Two codes of one bit each: matches use but the first, a distance of one, and strict decoders want a complete code.
constexpr std::array<std::uint8_t, 2> distance_lengths{1, 1};

// The code of a match's length, and the bits that follow it.
struct LengthCode {
    std::uint16_t symbol;
    std::uint8_t extra_bits;
    std::uint16_t first;  // the shortest length with this symbol
};

constexpr std::array<LengthCode, longest_match + 1> length_codes = [] {
    std::array<LengthCode, longest_match + 1> codes{};
    std::uint32_t length = shortest_match;
    for (std::uint16_t symbol = first_length; length < longest_match; ++symbol) {
        const auto step = (symbol - first_length) / 4;
        const auto extra_bits = static_cast<std::uint8_t>(step > 1 ? step - 1 : 0);
        const auto first = static_cast<std::uint16_t>(length);
        for (std::uint32_t i = 0; i < 1U << extra_bits && length < longest_match; ++i) {
            codes[length++] = {symbol, extra_bits, first};
        }
    }
    codes[longest_match] = {literals_and_lengths - 1, 0, longest_match};
    return codes;
}();

// A run as matches of allowed lengths.
template <typename Use>
void for_each_match(const ByteRun& run, const Use& use) {
    for (auto left = run.length; left > 0;) {
        auto length = std::min(left, longest_match);
        // What is left must be a match too.
        if (left != length && left - length < shortest_match) length -= shortest_match;
        use(length);
        left -= length;
    }
}

// The lengths of a block's codes, themselves coded (RFC 1951, section 3.2.7).
class CodeLengths {
public:
    CodeLengths(std::span<const std::uint8_t> literals, std::span<const std::uint8_t> distances)
        : literals_(used(literals, first_length)), distances_(distances.size()) {
        std::array<std::uint8_t, literals_and_lengths + distance_lengths.size()> all;
        auto* end = std::copy_n(literals.begin(), literals_, all.begin());
        end = std::copy(distances.begin(), distances.end(), end);
        for (auto* at = all.begin(); at != end;) {
            auto* different = std::find_if(at, end, [at](std::uint8_t length) { return length != *at; });
            add_repeated(*at, static_cast<unsigned>(different - at));
            at = different;
        }
        std::array<std::uint32_t, symbols> counts{};
        for (std::size_t i = 0; i < tokens_; ++i) ++counts[token_[i].symbol];
        huffman_lengths(counts, 7, lengths_);
        huffman_codes(lengths_, codes_);
    }

    std::size_t bits() const {
        auto bits = 5 + 5 + 4 + 3 * ordered_lengths();
        for (std::size_t i = 0; i < tokens_; ++i) bits += lengths_[token_[i].symbol] + token_[i].extra_bits;
        return bits;
    }

    void write(BitWriter& out) const {
        const auto ordered = ordered_lengths();
        out.put(literals_ - first_length, 5);
        out.put(distances_ - 1, 5);
        out.put(ordered - 4, 4);
        for (std::size_t i = 0; i < ordered; ++i) out.put(lengths_[order[i]], 3);
        for (std::size_t i = 0; i < tokens_; ++i) {
            const auto& token = token_[i];
            out.put(codes_[token.symbol], lengths_[token.symbol]);
            out.put(token.extra, token.extra_bits);
        }
    }

private:
    static constexpr std::size_t symbols = 19;
    static constexpr std::array<std::uint8_t, symbols> order{16, 17, 18, 0, 8,  7, 9,  6, 10, 5,
                                                             11, 4,  12, 3, 13, 2, 14, 1, 15};
    static constexpr std::uint8_t repeat_previous = 16;  // 3 to 6 times
    static constexpr std::uint8_t few_zeros = 17;        // 3 to 10
    static constexpr std::uint8_t many_zeros = 18;       // 11 to 138

    struct Token {
        std::uint8_t symbol;
        std::uint8_t extra;
        std::uint8_t extra_bits;
    };

    std::size_t ordered_lengths() const {
        auto ordered = order.size();
        while (ordered > 4 && lengths_[order[ordered - 1]] == 0) --ordered;
        return ordered;
    }

    static std::size_t used(std::span<const std::uint8_t> lengths, std::size_t least) {
        auto count = lengths.size();
        while (count > least && lengths[count - 1] == 0) --count;
        return count;
    }

    void add(std::uint8_t symbol, unsigned extra, std::uint8_t extra_bits) {
        token_[tokens_++] = {symbol, static_cast<std::uint8_t>(extra), extra_bits};
    }

    void add_repeated(std::uint8_t length, unsigned times) {
        if (length == 0) {
            for (; times >= 11; times -= std::min(times, 138U)) add(many_zeros, std::min(times, 138U) - 11, 7);
            if (times >= 3) {
                add(few_zeros, times - 3, 3);
                times = 0;
            }
        } else {
            add(length, 0, 0);
            --times;
            for (; times >= 3; times -= std::min(times, 6U)) add(repeat_previous, std::min(times, 6U) - 3, 2);
        }
        for (; times > 0; --times) add(length, 0, 0);
    }

    std::size_t literals_;
    std::size_t distances_;
    std::array<Token, literals_and_lengths + distance_lengths.size()> token_;
    std::size_t tokens_ = 0;
    std::array<std::uint8_t, symbols> lengths_{};
    std::array<std::uint16_t, symbols> codes_{};
};

class RunsEngine final : public DeflateEngine {
public:
    void compress(std::span<const std::byte> part, bool last, std::vector<std::byte>& out) override {
        if (!tables_) tables_.emplace();
        if (!buffer_) buffer_ = std::make_unique_for_overwrite<std::uint8_t[]>(block_bytes + 4096);
        BitWriter writer(buffer_.get());
        const auto move_to_out = [&] {
            const auto bytes = std::as_bytes(std::span<const std::uint8_t>(buffer_.get(), writer.end()));
            out.insert(out.end(), bytes.begin(), bytes.end());
            writer.continue_at(buffer_.get());
        };
        std::size_t begin = 0;
        do {
            const auto end = std::min(begin + block_bytes, part.size());
            write_block(part, begin, end, last && end == part.size(), writer);
            move_to_out();
            begin = end;
        } while (begin < part.size());
        if (!last) write_stored({}, false, writer);
        writer.fill_byte();
        move_to_out();
    }

    // The same blocks, counted only: no tables of pairs, which take longer to fill than a sample to read.
    std::size_t compressed_bytes(std::span<const std::byte> part) override {
        std::size_t bits = 0;
        std::size_t begin = 0;
        do {
            const auto end = std::min(begin + block_bytes, part.size());
            Counts counts{};
            const auto count = [&](const std::uint8_t* bytes, std::size_t size_bytes) {
                for (std::size_t i = 0; i < size_bytes; ++i) ++counts[bytes[i]];
            };
            const auto extra_bits = count_block(part, begin, end, counts, count);
            const auto lengths = lengths_of(counts);
            const auto body_bits = extra_bits + code_bits(counts, lengths);
            if (is_stored(body_bits, end - begin)) {
                for (auto left = end - begin;;) {
                    const auto stored = std::min(left, most_stored_bytes);
                    bits = (bits + 3 + 7) / 8 * 8 + 32 + 8 * stored;
                    left -= stored;
                    if (left == 0) break;
                }
            } else {
                bits += 3 + CodeLengths(lengths, distance_lengths).bits() + body_bits;
            }
            begin = end;
        } while (begin < part.size());
        return (bits + 7) / 8;
    }

private:
    using Counts = std::array<std::uint32_t, literals_and_lengths>;
    using Lengths = std::array<std::uint8_t, literals_and_lengths>;

    // Finds the runs of a block, counts their matches, and has `count` see to the literals between them.
    // @return the bits of the matches beside their codes
    template <typename Count>
    std::size_t count_block(std::span<const std::byte> part, std::size_t begin, std::size_t end, Counts& counts,
                            const Count& count) {
        const auto* data = reinterpret_cast<const std::uint8_t*>(part.data());
        runs_.clear();
        find_byte_runs(data, begin, end, runs_);
        std::size_t extra_bits = 0;
        std::size_t at = begin;
        for (const auto& run : runs_) {
            count(data + at, run.begin - at);
            for_each_match(run, [&](std::uint32_t length) {
                ++counts[length_codes[length].symbol];
                extra_bits += length_codes[length].extra_bits + distance_lengths[0];
            });
            at = run.begin + run.length;
        }
        count(data + at, end - at);
        counts[end_of_block] = 1;
        return extra_bits;
    }

    static Lengths lengths_of(const Counts& counts) {
        Lengths lengths{};
        huffman_lengths(counts, longest_literal_code, lengths);
        return lengths;
    }

    static std::size_t code_bits(const Counts& counts, const Lengths& lengths) {
        std::size_t bits = 0;
        for (std::size_t i = 0; i < counts.size(); ++i) bits += std::size_t{counts[i]} * lengths[i];
        return bits;
    }

    static bool is_stored(std::size_t body_bits, std::size_t size_bytes) { return body_bits / 8 >= size_bytes; }

    void write_block(std::span<const std::byte> part, std::size_t begin, std::size_t end, bool final_block,
                     BitWriter& out) {
        auto& [literal_counts, code] = *tables_;
        Counts counts{};
        literal_counts.clear();
        const auto extra_bits =
            count_block(part, begin, end, counts,
                        [&literal_counts = literal_counts](const std::uint8_t* bytes, std::size_t size_bytes) {
                            literal_counts.add(bytes, size_bytes);
                        });
        literal_counts.add_to(std::span(counts).first<256>());
        const auto lengths = lengths_of(counts);
        if (is_stored(extra_bits + code_bits(counts, lengths), end - begin)) {
            return write_stored(part.subspan(begin, end - begin), final_block, out);
        }

        std::array<std::uint16_t, literals_and_lengths> codes{};
        huffman_codes(lengths, codes);
        out.put(final_block ? 1 : 0, 1);
        out.put(dynamic_block, 2);
        CodeLengths(lengths, distance_lengths).write(out);
        code.set(std::span(codes).first<256>(), std::span(lengths).first<256>());
        const auto* data = reinterpret_cast<const std::uint8_t*>(part.data());
        std::size_t at = begin;
        for (const auto& run : runs_) {
            write_literals(data + at, run.begin - at, code, out);
            for_each_match(run, [&](std::uint32_t length) {
                const auto& match = length_codes[length];
                out.put(codes[match.symbol], lengths[match.symbol]);
                out.put(length - match.first, match.extra_bits);
                out.put(0, distance_lengths[0]);
            });
            at = run.begin + run.length;
        }
        write_literals(data + at, end - at, code, out);
        out.put(codes[end_of_block], lengths[end_of_block]);
    }

    // As stored blocks; an empty one if there is nothing.
    static void write_stored(std::span<const std::byte> bytes, bool final_block, BitWriter& out) {
        do {
            const auto stored = bytes.first(std::min(bytes.size(), most_stored_bytes));
            bytes = bytes.subspan(stored.size());
            out.put(final_block && bytes.empty() ? 1 : 0, 1);
            out.put(stored_block, 2);
            out.fill_byte();
            out.put(stored.size(), 16);
            out.put(~stored.size() & 0xffff, 16);
            out.put_bytes(stored);
        } while (!bytes.empty());
    }

    std::vector<ByteRun> runs_;
    struct Tables {
        LiteralCounts counts;
        LiteralCode code;
    };
    std::optional<Tables> tables_;  // half a megabyte that judges do without
    // One block: where codes would make it larger it is stored as it is. The rest is for tables and heads.
    std::unique_ptr<std::uint8_t[]> buffer_;
};

}  // namespace

std::unique_ptr<DeflateEngine> make_runs_engine() {
    return std::make_unique<RunsEngine>();
}

}  // namespace tilewright::inline v0_1
