// SPDX-License-Identifier: Apache-2.0
// Compiled once for each instruction set; the best that the processor has is chosen at run time.
#include "thumbnail/area_sums.h"

#include <algorithm>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "thumbnail/area_sums.cpp"
#include <hwy/foreach_target.h>  // must precede highway.h
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace tilewright::inline v0_1::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

void add_row(const std::uint8_t* row, std::size_t count, float share, float* sums) {
    std::size_t i = 0;
#if HWY_TARGET != HWY_SCALAR
    const hn::ScalableTag<float> tag;
    const hn::Rebind<std::int32_t, decltype(tag)> whole_tag;
    const hn::Rebind<std::uint8_t, decltype(tag)> bytes_tag;
    const auto shares = hn::Set(tag, share);
    for (const auto lanes = hn::Lanes(tag); i + lanes <= count; i += lanes) {
        const auto samples = hn::ConvertTo(tag, hn::PromoteTo(whole_tag, hn::LoadU(bytes_tag, row + i)));
        hn::StoreU(hn::Add(hn::LoadU(tag, sums + i), hn::Mul(shares, samples)), tag, sums + i);
    }
#endif
    add_row_scalar(row + i, count - i, share, sums + i);
}

void add_pixels(const float* row, std::int64_t begin, std::int64_t end, std::span<const PixelShares> pixels, int bands,
                float* sums) {
#if HWY_TARGET != HWY_SCALAR
    const hn::FixedTag<float, sum_floats> tag;
    for (const auto& pixel : pixels) {
        const auto from = std::max(pixel.begin, begin);
        const auto* share = pixel.share + (from - pixel.begin);
        const auto* at = row + (from - begin) * bands;
        auto mean = hn::Zero(tag);
        for (auto left = std::min(pixel.end, end) - from; left > 0; --left, ++share, at += bands) {
            mean = hn::Add(mean, hn::Mul(hn::Set(tag, *share), hn::LoadU(tag, at)));
        }
        hn::StoreU(hn::Add(hn::LoadU(tag, sums), mean), tag, sums);
        sums += sum_floats;
    }
#else
    add_pixels_scalar(row, begin, end, pixels, bands, sums);
#endif
}

}  // namespace tilewright::inline v0_1::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace tilewright::inline v0_1 {

HWY_EXPORT(add_row);
HWY_EXPORT(add_pixels);

void add_row(const std::uint8_t* row, std::size_t count, float share, float* sums) {
    HWY_DYNAMIC_DISPATCH(add_row)(row, count, share, sums);
}

void add_row_scalar(const std::uint8_t* row, std::size_t count, float share, float* sums) {
    for (std::size_t i = 0; i < count; ++i) sums[i] += share * static_cast<float>(row[i]);
}

void add_pixels(const float* row, std::int64_t begin, std::int64_t end, std::span<const PixelShares> pixels, int bands,
                float* sums) {
    HWY_DYNAMIC_DISPATCH(add_pixels)(row, begin, end, pixels, bands, sums);
}

void add_pixels_scalar(const float* row, std::int64_t begin, std::int64_t end, std::span<const PixelShares> pixels,
                       int bands, float* sums) {
    for (const auto& pixel : pixels) {
        for (int band = 0; band < bands; ++band) {
            float mean = 0;
            for (auto i = std::max(pixel.begin, begin); i < std::min(pixel.end, end); ++i) {
                mean += pixel.share[i - pixel.begin] * row[(i - begin) * bands + band];
            }
            sums[band] += mean;
        }
        sums += sum_floats;
    }
}

}  // namespace tilewright::inline v0_1
#endif
