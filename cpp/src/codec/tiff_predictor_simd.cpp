// SPDX-License-Identifier: Apache-2.0
// Compiled once for each instruction set; the best that the processor has is chosen at run time.
#include "codec/tiff_predictor_simd.h"

#include <bit>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "codec/tiff_predictor_simd.cpp"
#include <hwy/foreach_target.h>  // must precede highway.h
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace tilewright::HWY_NAMESPACE {
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

}  // namespace tilewright::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace tilewright {

HWY_EXPORT(difference);

void difference_simd(std::byte* row, std::size_t count, std::size_t distance, std::size_t sample_bytes) {
    HWY_DYNAMIC_DISPATCH(difference)(row, count, distance, sample_bytes);
}

void gather_bytes_simd(const std::byte* samples, std::size_t count, std::size_t sample_bytes, std::byte* out) {
    gather_bytes_scalar(samples, count, sample_bytes, out);
}

}  // namespace tilewright
#endif
