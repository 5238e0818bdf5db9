// SPDX-License-Identifier: Apache-2.0
// Compiled once for each instruction set; the best that the processor has is chosen at run time. All compute the same.
#include "codec/sha256_lanes.h"

#include <cstring>

#if defined(__x86_64__)
#include <cpuid.h>
#endif

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "codec/sha256_lanes.cpp"
#include <hwy/foreach_target.h>  // must precede highway.h
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace tilewright::inline v0_1::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

// The first 32 bits of the fractional parts of the cube roots of the first 64 primes (FIPS 180-4, 4.2.2).
constexpr std::array<std::uint32_t, 64> round_constants{
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2};

using Tag = hn::CappedTag<std::uint32_t, sha256_lanes>;
using Words = hn::Vec<Tag>;  // a word of as many messages as a vector has lanes
constexpr Tag tag;

// Word t of every message, side by side in row t.
using Schedule = std::array<std::array<std::uint32_t, sha256_lanes>, 16>;

#if HWY_TARGET == HWY_SCALAR
HWY_INLINE void load_schedule(const std::array<const std::byte*, sha256_lanes>& messages, std::size_t offset,
                              std::size_t lane, Schedule& schedule) {
    std::array<unsigned char, 64> block;
    std::memcpy(block.data(), messages[lane] + offset, block.size());
    for (std::size_t t = 0; t < 16; ++t) {
        const auto* bytes = block.data() + 4 * t;
        schedule[t][0] = std::uint32_t{bytes[0]} << 24U | std::uint32_t{bytes[1]} << 16U |
                         std::uint32_t{bytes[2]} << 8U | std::uint32_t{bytes[3]};
    }
}
#else
// Words are big endian in a message. Four words of four messages at a time, turned about their diagonal.
HWY_INLINE void load_schedule(const std::array<const std::byte*, sha256_lanes>& messages, std::size_t offset,
                              std::size_t lane, Schedule& schedule) {
    const hn::Full128<std::uint8_t> bytes;
    const hn::Full128<std::uint32_t> words;
    const hn::Full128<std::uint64_t> pairs;
    alignas(16) constexpr std::array<std::uint8_t, 16> big_endian{3, 2, 1, 0, 7, 6, 5, 4, 11, 10, 9, 8, 15, 14, 13, 12};
    const auto order = hn::Load(bytes, big_endian.data());
    for (std::size_t m = 0; m < hn::Lanes(tag); m += 4) {
        for (std::size_t t = 0; t < 16; t += 4) {
            const auto load = [&](std::size_t i) HWY_ATTR {
                const auto* from = reinterpret_cast<const std::uint8_t*>(messages[lane + m + i] + offset + 4 * t);
                return hn::BitCast(words, hn::TableLookupBytes(hn::LoadU(bytes, from), order));
            };
            const auto v0 = load(0);
            const auto v1 = load(1);
            const auto v2 = load(2);
            const auto v3 = load(3);
            const auto low01 = hn::BitCast(pairs, hn::InterleaveLower(words, v0, v1));
            const auto low23 = hn::BitCast(pairs, hn::InterleaveLower(words, v2, v3));
            const auto high01 = hn::BitCast(pairs, hn::InterleaveUpper(words, v0, v1));
            const auto high23 = hn::BitCast(pairs, hn::InterleaveUpper(words, v2, v3));
            const auto store = [&](std::size_t row, auto vector) HWY_ATTR {
                hn::Store(hn::BitCast(words, vector), words, schedule[t + row].data() + m);
            };
            store(0, hn::InterleaveLower(pairs, low01, low23));
            store(1, hn::InterleaveUpper(pairs, low01, low23));
            store(2, hn::InterleaveLower(pairs, high01, high23));
            store(3, hn::InterleaveUpper(pairs, high01, high23));
        }
    }
}
#endif

HWY_INLINE Words sum_of(Words a, Words b, Words c, Words d) {
    return hn::Add(hn::Add(a, b), hn::Add(c, d));
}

// One round; what it makes of `d` and `h` is the next round's `e` and `a`.
HWY_INLINE void take_word(Words word, std::uint32_t constant, Words a, Words b, Words c, Words& d, Words e, Words f,
                          Words g, Words& h) {
    const auto choice = hn::Xor(g, hn::And(e, hn::Xor(f, g)));
    const auto majority = hn::Xor(b, hn::And(hn::Xor(a, b), hn::Xor(b, c)));
    const auto mixed_e = hn::Xor3(hn::RotateRight<6>(e), hn::RotateRight<11>(e), hn::RotateRight<25>(e));
    const auto mixed_a = hn::Xor3(hn::RotateRight<2>(a), hn::RotateRight<13>(a), hn::RotateRight<22>(a));
    const auto sum = hn::Add(sum_of(h, hn::Set(tag, constant), word, choice), mixed_e);
    d = hn::Add(d, sum);
    h = hn::Add(sum, hn::Add(majority, mixed_a));
}

// The schedule's word t, which takes the place of word t - 16.
HWY_INLINE Words next_word(Schedule& schedule, std::size_t t) {
    const auto before = [&](std::size_t steps) HWY_ATTR { return hn::Load(tag, schedule[(t - steps) & 15U].data()); };
    const auto w2 = before(2);
    const auto w15 = before(15);
    const auto mixed_2 = hn::Xor3(hn::RotateRight<17>(w2), hn::RotateRight<19>(w2), hn::ShiftRight<10>(w2));
    const auto mixed_15 = hn::Xor3(hn::RotateRight<7>(w15), hn::RotateRight<18>(w15), hn::ShiftRight<3>(w15));
    const auto word = sum_of(before(16), mixed_15, before(7), mixed_2);
    hn::Store(word, tag, schedule[t & 15U].data());
    return word;
}

template <bool first>
HWY_INLINE Words scheduled_word(Schedule& schedule, std::size_t t) {
    if constexpr (first) {
        return hn::Load(tag, schedule[t].data());
    } else {
        return next_word(schedule, t);
    }
}

template <bool first>
HWY_INLINE void take_eight_words(Schedule& schedule, std::size_t t, Words& a, Words& b, Words& c, Words& d, Words& e,
                                 Words& f, Words& g, Words& h) {
    const auto* k = round_constants.data() + t;
    take_word(scheduled_word<first>(schedule, t), k[0], a, b, c, d, e, f, g, h);
    take_word(scheduled_word<first>(schedule, t + 1), k[1], h, a, b, c, d, e, f, g);
    take_word(scheduled_word<first>(schedule, t + 2), k[2], g, h, a, b, c, d, e, f);
    take_word(scheduled_word<first>(schedule, t + 3), k[3], f, g, h, a, b, c, d, e);
    take_word(scheduled_word<first>(schedule, t + 4), k[4], e, f, g, h, a, b, c, d);
    take_word(scheduled_word<first>(schedule, t + 5), k[5], d, e, f, g, h, a, b, c);
    take_word(scheduled_word<first>(schedule, t + 6), k[6], c, d, e, f, g, h, a, b);
    take_word(scheduled_word<first>(schedule, t + 7), k[7], b, c, d, e, f, g, h, a);
}

void hash_blocks(Sha256LaneState& state, const std::array<const std::byte*, sha256_lanes>& messages,
                 std::size_t blocks) {
    alignas(64) Schedule schedule;
    for (std::size_t lane = 0; lane < sha256_lanes; lane += hn::Lanes(tag)) {
        const auto load = [&](std::size_t i) HWY_ATTR { return hn::LoadU(tag, state[i].data() + lane); };
        auto a = load(0), b = load(1), c = load(2), d = load(3), e = load(4), f = load(5), g = load(6), h = load(7);
        const auto add = [&](std::size_t i, Words& word) HWY_ATTR {
            word = hn::Add(word, load(i));
            hn::StoreU(word, tag, state[i].data() + lane);
        };
        for (std::size_t i = 0; i < blocks; ++i) {
            load_schedule(messages, 64 * i, lane, schedule);
            take_eight_words<true>(schedule, 0, a, b, c, d, e, f, g, h);
            take_eight_words<true>(schedule, 8, a, b, c, d, e, f, g, h);
            for (std::size_t t = 16; t < 64; t += 8) take_eight_words<false>(schedule, t, a, b, c, d, e, f, g, h);
            add(0, a);
            add(1, b);
            add(2, c);
            add(3, d);
            add(4, e);
            add(5, f);
            add(6, g);
            add(7, h);
        }
    }
}

bool all_lanes_in_one_vector() {
    return hn::Lanes(tag) == sha256_lanes;
}

}  // namespace tilewright::inline v0_1::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace tilewright::inline v0_1 {

HWY_EXPORT(hash_blocks);
HWY_EXPORT(all_lanes_in_one_vector);

namespace {

bool has_sha_instructions() {
#if defined(__x86_64__)
    unsigned int a = 0;
    unsigned int b = 0;
    unsigned int c = 0;
    unsigned int d = 0;
    return __get_cpuid_count(7, 0, &a, &b, &c, &d) != 0 && (b & bit_SHA) != 0;
#else
    return true;  // As good as every ARM server has them; vectors there are too narrow to be worth it anyway.
#endif
}

}  // namespace

bool sha256_lanes_pay() {
    static const bool pay = !has_sha_instructions() && HWY_DYNAMIC_DISPATCH(all_lanes_in_one_vector)();
    return pay;
}

void hash_blocks_in_lanes(Sha256LaneState& state, const std::array<const std::byte*, sha256_lanes>& messages,
                          std::size_t blocks) {
    HWY_DYNAMIC_DISPATCH(hash_blocks)(state, messages, blocks);
}

}  // namespace tilewright::inline v0_1
#endif
