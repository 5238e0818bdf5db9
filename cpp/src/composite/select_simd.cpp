// SPDX-License-Identifier: Apache-2.0
// Compiled once for each instruction set; the best that the processor has is chosen at run time.
#include "composite/select.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "composite/select_simd.cpp"
#include <hwy/cache_control.h>
#include <hwy/foreach_target.h>  // must precede highway.h
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace tilewright::inline v0_1::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

#if HWY_TARGET == HWY_SCALAR

void sum_rgb(const RgbSamples& samples, std::int16_t* keys, std::uint16_t* counts) {
    sum_rgb_scalar(samples, keys, counts);
}
template <class Key>
void select(const Keys<Key>& keys, const std::uint16_t* places, Key* found, std::uint16_t* less) {
    select_keys_scalar(keys, places, found, less);
}
template <class Key>
void find(const Keys<Key>& keys, const Key* wanted, const std::uint16_t* n, std::uint16_t* found) {
    find_datasets_scalar(keys, wanted, n, found);
}

#else

void sum_rgb(const RgbSamples& samples, std::int16_t* keys, std::uint16_t* counts) {
    const hn::CappedTag<std::uint8_t, lanes> bytes_tag;
    const hn::Half<decltype(bytes_tag)> half_tag;
    const hn::Rebind<std::int16_t, decltype(half_tag)> tag;
    const hn::RebindToSigned<decltype(half_tag)> signs_tag;
    const hn::RebindToUnsigned<decltype(tag)> counts_tag;
    const auto step = hn::Lanes(bytes_tag);
    for (std::size_t i = 0; i < samples.groups * lanes; ++i) counts[i] = 0;
    for (std::size_t n = 0; n < samples.count; ++n) {
        const auto* pixels = samples.datasets[n];
        const auto* mask = samples.masks == nullptr ? nullptr : samples.masks[n];
        const auto drop = samples.dropped[n];
        // Each dataset lies elsewhere, and its part is short: the processor does not guess where the next one begins.
        const auto* next = n + 1 < samples.count ? samples.datasets[n + 1] : pixels;
        for (std::size_t i = 0; i < samples.groups * lanes; i += step) {
            constexpr std::size_t cache_line = 64;
            for (std::size_t ahead = 0; ahead < 3 * step; ahead += cache_line) hwy::Prefetch(next + 3 * i + ahead);
            auto red = hn::Zero(bytes_tag);
            auto green = red;
            auto blue = red;
            hn::LoadInterleaved3(bytes_tag, pixels + 3 * i, red, green, blue);
            auto dropped = hn::FirstN(bytes_tag, 0);
            for (const int value : {drop.nodata, drop.saturation}) {
                if (value < 0) continue;
                const auto wanted = hn::Set(bytes_tag, static_cast<std::uint8_t>(value));
                dropped =
                    hn::Or(dropped, hn::Or(hn::Eq(red, wanted), hn::Or(hn::Eq(green, wanted), hn::Eq(blue, wanted))));
            }
            if (mask != nullptr) {
                dropped = hn::Or(dropped, hn::Eq(hn::LoadU(bytes_tag, mask + i), hn::Zero(bytes_tag)));
            }
            const auto dropped_bytes = hn::VecFromMask(bytes_tag, dropped);
            const auto store = [&](auto r, auto g, auto b, auto drops, std::size_t at) HWY_ATTR {
                const auto sum = hn::Add(hn::PromoteTo(tag, r), hn::Add(hn::PromoteTo(tag, g), hn::PromoteTo(tag, b)));
                // A byte of ones becomes a word of ones: -1, to be taken from what counts.
                const auto off = hn::PromoteTo(tag, hn::BitCast(signs_tag, drops));
                const auto out = hn::And(off, hn::Set(tag, dropped_key<std::int16_t>));
                hn::StoreU(hn::Or(sum, out), tag, keys + (at / lanes * samples.count + n) * lanes + at % lanes);
                const auto one = hn::Add(hn::Set(tag, std::int16_t{1}), off);
                hn::StoreU(hn::Add(hn::LoadU(counts_tag, counts + at), hn::BitCast(counts_tag, one)), counts_tag,
                           counts + at);
            };
            store(hn::LowerHalf(half_tag, red), hn::LowerHalf(half_tag, green), hn::LowerHalf(half_tag, blue),
                  hn::LowerHalf(half_tag, dropped_bytes), i);
            store(hn::UpperHalf(half_tag, red), hn::UpperHalf(half_tag, green), hn::UpperHalf(half_tag, blue),
                  hn::UpperHalf(half_tag, dropped_bytes), i + step / 2);
        }
    }
}

// Places and counts are of 16 bits, as are the lanes of small keys; those of large ones have 32.
template <class Tag>
HWY_ATTR auto load_count(Tag tag, const std::uint16_t* from) {
    const hn::RebindToUnsigned<Tag> unsigned_tag;
    const hn::Rebind<std::uint16_t, Tag> counts_tag;
    if constexpr (sizeof(hn::TFromD<Tag>) == 2) {
        return hn::BitCast(tag, hn::LoadU(counts_tag, from));
    } else {
        return hn::BitCast(tag, hn::PromoteTo(unsigned_tag, hn::LoadU(counts_tag, from)));
    }
}

template <class Tag, class Vector>
HWY_ATTR void store_count(Tag, Vector counts, std::uint16_t* into) {
    const hn::Rebind<std::uint16_t, Tag> counts_tag;
    if constexpr (sizeof(hn::TFromD<Tag>) == 2) {
        hn::StoreU(hn::BitCast(counts_tag, counts), counts_tag, into);
    } else {
        hn::StoreU(hn::DemoteTo(counts_tag, counts), counts_tag, into);
    }
}

template <class Key>
void select(const Keys<Key>& keys, const std::uint16_t* places, Key* found, std::uint16_t* less) {
    const hn::CappedTag<Key, lanes> tag;
    const auto count_less = [&](const Key* column, auto middle) HWY_ATTR {
        // Several sums, so that no addition waits for the one before.
        auto a = hn::Zero(tag);
        auto b = a;
        auto c = a;
        auto d = a;
        const auto is_less = [&](std::size_t n) HWY_ATTR {
            return hn::VecFromMask(tag, hn::Lt(hn::LoadU(tag, column + n * lanes), middle));
        };
        std::size_t n = 0;
        for (; n + 4 <= keys.datasets; n += 4) {
            a = hn::Sub(a, is_less(n));
            b = hn::Sub(b, is_less(n + 1));
            c = hn::Sub(c, is_less(n + 2));
            d = hn::Sub(d, is_less(n + 3));
        }
        for (; n < keys.datasets; ++n) a = hn::Sub(a, is_less(n));
        return hn::Add(hn::Add(a, b), hn::Add(c, d));
    };
    for (std::size_t i = 0; i < lanes; i += hn::Lanes(tag)) {
        const auto place = load_count(tag, places + i);
        auto value = hn::Set(tag, keys.low);
        auto below = hn::Zero(tag);
        for (unsigned bit = keys.bits; bit-- > 0;) {
            const auto middle = hn::Add(value, hn::Set(tag, static_cast<Key>(std::uint64_t{1} << bit)));
            const auto count = count_less(keys.rows + i, middle);
            const auto is_above = hn::Gt(count, place);
            value = hn::IfThenElse(is_above, value, middle);
            below = hn::IfThenElse(is_above, below, count);
        }
        hn::StoreU(value, tag, found + i);
        store_count(tag, below, less + i);
    }
}

template <class Key>
void find(const Keys<Key>& keys, const Key* wanted, const std::uint16_t* n, std::uint16_t* found) {
    const hn::CappedTag<Key, lanes> tag;
    for (std::size_t i = 0; i < lanes; i += hn::Lanes(tag)) {
        const auto key = hn::LoadU(tag, wanted + i);
        auto left = load_count(tag, n + i);
        auto dataset = hn::Zero(tag);
        auto at = hn::Zero(tag);
        const auto one = hn::Set(tag, Key{1});
        for (std::size_t row = 0; row < keys.datasets; ++row) {
            const auto is_equal = hn::Eq(hn::LoadU(tag, keys.rows + row * lanes + i), key);
            dataset = hn::IfThenElse(hn::And(is_equal, hn::Eq(left, hn::Zero(tag))), at, dataset);
            left = hn::Add(left, hn::VecFromMask(tag, is_equal));  // of ones, which is -1
            at = hn::Add(at, one);
        }
        store_count(tag, dataset, found + i);
    }
}

#endif

void select_16(const Keys<std::int16_t>& keys, const std::uint16_t* places, std::int16_t* found, std::uint16_t* less) {
    select(keys, places, found, less);
}
void select_32(const Keys<std::int32_t>& keys, const std::uint16_t* places, std::int32_t* found, std::uint16_t* less) {
    select(keys, places, found, less);
}
void find_16(const Keys<std::int16_t>& keys, const std::int16_t* wanted, const std::uint16_t* n, std::uint16_t* found) {
    find(keys, wanted, n, found);
}
void find_32(const Keys<std::int32_t>& keys, const std::int32_t* wanted, const std::uint16_t* n, std::uint16_t* found) {
    find(keys, wanted, n, found);
}

}  // namespace tilewright::inline v0_1::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace tilewright::inline v0_1 {

HWY_EXPORT(sum_rgb);
HWY_EXPORT(select_16);
HWY_EXPORT(select_32);
HWY_EXPORT(find_16);
HWY_EXPORT(find_32);

void sum_rgb(const RgbSamples& samples, std::int16_t* keys, std::uint16_t* counts) {
    HWY_DYNAMIC_DISPATCH(sum_rgb)(samples, keys, counts);
}

void select_keys(const Keys<std::int16_t>& keys, const std::uint16_t* places, std::int16_t* found,
                 std::uint16_t* less) {
    HWY_DYNAMIC_DISPATCH(select_16)(keys, places, found, less);
}

void select_keys(const Keys<std::int32_t>& keys, const std::uint16_t* places, std::int32_t* found,
                 std::uint16_t* less) {
    HWY_DYNAMIC_DISPATCH(select_32)(keys, places, found, less);
}

void find_datasets(const Keys<std::int16_t>& keys, const std::int16_t* wanted, const std::uint16_t* n,
                   std::uint16_t* found) {
    HWY_DYNAMIC_DISPATCH(find_16)(keys, wanted, n, found);
}

void find_datasets(const Keys<std::int32_t>& keys, const std::int32_t* wanted, const std::uint16_t* n,
                   std::uint16_t* found) {
    HWY_DYNAMIC_DISPATCH(find_32)(keys, wanted, n, found);
}

}  // namespace tilewright::inline v0_1
#endif
