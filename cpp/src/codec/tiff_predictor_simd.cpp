// SPDX-License-Identifier: Apache-2.0
// Compiled once for each instruction set; the best that the processor has is chosen at run time.
#include "codec/tiff_predictor_simd.h"

#include <bit>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "codec/tiff_predictor_simd.cpp"
#include <hwy/foreach_target.h>  // must precede highway.h
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace tilewright::inline v0_1::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

template <class Sample>
void difference_samples(std::byte* row, std::size_t count, std::size_t distance) {
    std::size_t end = count;
#if HWY_TARGET != HWY_SCALAR
    const hn::ScalableTag<Sample> tag;
    const hn::Repartition<std::uint8_t, decltype(tag)> bytes_tag;
    const std::size_t lanes = hn::Lanes(tag);
    auto* const bytes = reinterpret_cast<std::uint8_t*>(row);
    // Loaded as bytes: rows need not be aligned to their samples.
    const auto load = [&](std::size_t i)
                          HWY_ATTR { return hn::BitCast(tag, hn::LoadU(bytes_tag, bytes + i * sizeof(Sample))); };
    // Backwards, so that what is taken away is still what it was.
    for (; end >= distance + lanes; end -= lanes) {
        const auto i = end - lanes;
        const auto rest = hn::Sub(load(i), load(i - distance));
        hn::StoreU(hn::BitCast(bytes_tag, rest), bytes_tag, bytes + i * sizeof(Sample));
    }
#endif
    difference_scalar(row, end, distance, sizeof(Sample));
}

void difference(std::byte* row, std::size_t count, std::size_t distance, std::size_t sample_bytes) {
    switch (sample_bytes) {
        case 1: return difference_samples<std::uint8_t>(row, count, distance);
        case 2: return difference_samples<std::uint16_t>(row, count, distance);
        case 4: return difference_samples<std::uint32_t>(row, count, distance);
        default: return difference_samples<std::uint64_t>(row, count, distance);
    }
}

#if HWY_TARGET != HWY_SCALAR
// Adds to each pixel the sum of the pixels before it in the vector, in steps that double: x + (x << 1 pixel), ...
template <std::size_t shift, class Tag, class Vector>
HWY_ATTR Vector summed(Tag tag, Vector x) {
    if constexpr (shift < 16) {
        const hn::Repartition<std::uint8_t, Tag> bytes_tag;
        const auto shifted = hn::BitCast(tag, hn::ShiftLeftBytes<shift>(bytes_tag, hn::BitCast(bytes_tag, x)));
        return summed<2 * shift>(tag, hn::Add(x, shifted));
    } else {
        return x;
    }
}

// As many whole pixels as 16 bytes hold at a time. Gives how many samples are done; fewer than a vector is left.
template <class Sample, std::size_t bands>
std::size_t accumulate_pixels(const std::byte* row, std::size_t count, std::byte* out) {
    constexpr std::size_t pixel = bands * sizeof(Sample);
    constexpr std::size_t step = 16 / pixel * pixel;
    const hn::FixedTag<std::uint8_t, 16> bytes_tag;
    const hn::Repartition<Sample, decltype(bytes_tag)> tag;
    alignas(16) std::uint8_t last_pixel[16];
    for (std::size_t i = 0; i < 16; ++i) last_pixel[i] = static_cast<std::uint8_t>(step - pixel + i % pixel);
    const auto spread_last = hn::Load(bytes_tag, last_pixel);
    auto before = hn::Zero(tag);
    const auto* const from = reinterpret_cast<const std::uint8_t*>(row);
    auto* const to = reinterpret_cast<std::uint8_t*>(out);
    std::size_t at = 0;
    for (; at + 16 <= count * sizeof(Sample); at += step) {
        const auto differences = hn::BitCast(tag, hn::LoadU(bytes_tag, from + at));
        const auto samples = hn::Add(summed<pixel>(tag, differences), before);
        // What is stored past the step is written anew by the next.
        hn::StoreU(hn::BitCast(bytes_tag, samples), bytes_tag, to + at);
        before = hn::BitCast(tag, hn::TableLookupBytes(hn::BitCast(bytes_tag, samples), spread_last));
    }
    return at / sizeof(Sample);
}
#endif

std::size_t accumulate([[maybe_unused]] const std::byte* row, [[maybe_unused]] std::size_t count,
                       [[maybe_unused]] std::size_t bands, [[maybe_unused]] std::size_t sample_bytes,
                       [[maybe_unused]] std::byte* out) {
#if HWY_TARGET != HWY_SCALAR
    switch (bands * 16 + sample_bytes) {
        case 1 * 16 + 1: return accumulate_pixels<std::uint8_t, 1>(row, count, out);
        case 3 * 16 + 1: return accumulate_pixels<std::uint8_t, 3>(row, count, out);
        case 4 * 16 + 1: return accumulate_pixels<std::uint8_t, 4>(row, count, out);
        case 1 * 16 + 2: return accumulate_pixels<std::uint16_t, 1>(row, count, out);
        case 3 * 16 + 2: return accumulate_pixels<std::uint16_t, 3>(row, count, out);
        case 4 * 16 + 2: return accumulate_pixels<std::uint16_t, 4>(row, count, out);
        default: break;
    }
#endif
    return 0;
}

}  // namespace tilewright::inline v0_1::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace tilewright::inline v0_1 {

HWY_EXPORT(difference);
HWY_EXPORT(accumulate);

void difference_simd(std::byte* row, std::size_t count, std::size_t distance, std::size_t sample_bytes) {
    HWY_DYNAMIC_DISPATCH(difference)(row, count, distance, sample_bytes);
}

std::size_t accumulate_simd(const std::byte* row, std::size_t count, std::size_t bands, std::size_t sample_bytes,
                            std::byte* out) {
    return HWY_DYNAMIC_DISPATCH(accumulate)(row, count, bands, sample_bytes, out);
}

void gather_bytes_simd(const std::byte* samples, std::size_t count, std::size_t sample_bytes, std::byte* out) {
    gather_bytes_scalar(samples, count, sample_bytes, out);
}

}  // namespace tilewright::inline v0_1
#endif
