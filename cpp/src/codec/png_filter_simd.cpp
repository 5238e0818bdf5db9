// SPDX-License-Identifier: Apache-2.0
// Compiled once for each instruction set; the best that the processor has is chosen at run time. All give the same
// bytes: whole numbers leave no room for anything else.
#include "codec/png_filter_simd.h"

#include <algorithm>
#include <array>
#include <cstring>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "codec/png_filter_simd.cpp"
#include <hwy/foreach_target.h>  // must precede highway.h
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace tilewright::inline v0_1::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

// Cut off, so that the rest of a row fits buffers of a known size.
using Tag = hn::CappedTag<std::uint8_t, most_vector_bytes>;
using Bytes = hn::Vec<Tag>;

HWY_INLINE Bytes average_down(Bytes a, Bytes b) {
    // Processors round the average up, PNG rounds it down.
    return hn::Sub(hn::AverageRound(a, b), hn::And(hn::Xor(a, b), hn::Set(Tag(), 1)));
}

// Paeth's predictor in bytes alone. Where the corner lies strictly between the two, the predictor's distances are
// pa = |above - corner|, pb = |left - corner| and pc = |pa - pb|, and the corner wins if pc is less than both.
// Elsewhere pc = pa + pb and the corner never wins; the lesser of pa and pb decides, pa where they are equal.
HWY_INLINE Bytes paeth(Bytes left, Bytes above, Bytes corner) {
    const auto left_over = hn::SaturatedSub(left, corner);
    const auto left_under = hn::SaturatedSub(corner, left);
    const auto above_over = hn::SaturatedSub(above, corner);
    const auto above_under = hn::SaturatedSub(corner, above);
    const auto pa = hn::Or(above_over, above_under);
    const auto pb = hn::Or(left_over, left_under);
    // min(pa, pb) if the corner lies between, else 0, which no distance is less than.
    const auto least_between = hn::Or(hn::Min(left_over, above_under), hn::Min(left_under, above_over));
    const auto least = hn::Min(pa, pb);
    const auto pc = hn::Sub(hn::Max(pa, pb), least);
    const auto nearer = hn::IfThenElse(hn::Eq(least, pa), left, above);
    return hn::IfThenElse(hn::Eq(hn::Min(pc, least_between), least_between), nearer, corner);
}

struct None {
    HWY_INLINE Bytes operator()(Bytes x, Bytes, Bytes, Bytes) const { return x; }
};
struct Sub {
    HWY_INLINE Bytes operator()(Bytes x, Bytes left, Bytes, Bytes) const { return hn::Sub(x, left); }
};
struct Up {
    HWY_INLINE Bytes operator()(Bytes x, Bytes, Bytes above, Bytes) const { return hn::Sub(x, above); }
};
struct Average {
    HWY_INLINE Bytes operator()(Bytes x, Bytes left, Bytes above, Bytes) const {
        return hn::Sub(x, average_down(left, above));
    }
};
struct Paeth {
    HWY_INLINE Bytes operator()(Bytes x, Bytes left, Bytes above, Bytes corner) const {
        return hn::Sub(x, paeth(left, above, corner));
    }
};

template <class Filter>
HWY_INLINE void filter_vector(Filter filter, const std::uint8_t* row, const std::uint8_t* previous,
                              std::size_t pixel_bytes, std::uint8_t* out) {
    const Tag tag;
    hn::StoreU(filter(hn::LoadU(tag, row), hn::LoadU(tag, row - pixel_bytes), hn::LoadU(tag, previous),
                      hn::LoadU(tag, previous - pixel_bytes)),
               tag, out);
}

// What is left of a row after its last whole vector, and the pixel before it, among zeros: a vector loaded from the
// row itself would reach beyond its end.
class RowEnd {
public:
    RowEnd(const std::uint8_t* row, const std::uint8_t* previous, std::size_t begin, std::size_t end,
           std::size_t pixel_bytes)
        : pixel_bytes_(pixel_bytes) {
        std::memcpy(row_.data(), row + begin - pixel_bytes, end - begin + pixel_bytes);
        std::memcpy(previous_.data(), previous + begin - pixel_bytes, end - begin + pixel_bytes);
    }

    const std::uint8_t* row() const { return row_.data() + pixel_bytes_; }
    const std::uint8_t* previous() const { return previous_.data() + pixel_bytes_; }

private:
    static constexpr std::size_t most_pixel_bytes = 8;

    std::size_t pixel_bytes_;
    std::array<std::uint8_t, most_pixel_bytes + most_vector_bytes> row_{};
    std::array<std::uint8_t, most_pixel_bytes + most_vector_bytes> previous_{};
};

template <class Filter>
void filter_row_with(Filter filter, const std::uint8_t* row, const std::uint8_t* previous, std::size_t size_bytes,
                     std::size_t pixel_bytes, std::uint8_t* out) {
    const std::size_t lanes = hn::Lanes(Tag());
    std::size_t i = pixel_bytes;
    for (; i + lanes <= size_bytes; i += lanes) filter_vector(filter, row + i, previous + i, pixel_bytes, out + i);
    if (i >= size_bytes) return;
    const RowEnd end(row, previous, i, size_bytes, pixel_bytes);
    std::array<std::uint8_t, most_vector_bytes> filtered;
    filter_vector(filter, end.row(), end.previous(), pixel_bytes, filtered.data());
    std::memcpy(out + i, filtered.data(), size_bytes - i);
}

void filter_row(PngFilter filter, const std::uint8_t* row, const std::uint8_t* previous, std::size_t size_bytes,
                std::size_t pixel_bytes, std::uint8_t* out) {
    switch (filter) {
        case PngFilter::none: return filter_row_with(None(), row, previous, size_bytes, pixel_bytes, out);
        case PngFilter::sub: return filter_row_with(Sub(), row, previous, size_bytes, pixel_bytes, out);
        case PngFilter::up: return filter_row_with(Up(), row, previous, size_bytes, pixel_bytes, out);
        case PngFilter::average: return filter_row_with(Average(), row, previous, size_bytes, pixel_bytes, out);
        case PngFilter::paeth: return filter_row_with(Paeth(), row, previous, size_bytes, pixel_bytes, out);
    }
}

using SumTag = hn::RepartitionToWide<hn::RepartitionToWide<hn::RepartitionToWide<Tag>>>;
using Sums = hn::Vec<SumTag>;

// |byte| as a signed number, 128 for -128, summed in groups of 8.
HWY_INLINE Sums magnitudes(Bytes bytes) {
    return hn::SumsOf8(hn::Min(bytes, hn::Sub(hn::Zero(Tag()), bytes)));
}

std::uint64_t total(Sums sums) {
    return hn::GetLane(hn::SumOfLanes(SumTag(), sums));
}

FilterSums filter_sums(const std::uint8_t* row, const std::uint8_t* previous, std::size_t size_bytes,
                       std::size_t pixel_bytes) {
    const Tag tag;
    auto none = hn::Zero(SumTag());
    auto sub = none;
    auto up = none;
    auto average = none;
    auto paeths = none;
    // `keep` masks what a filter leaves: nothing of a whole vector, and what lies beyond the row's end.
    const auto add = [&](const std::uint8_t* at, const std::uint8_t* above_at, auto keep) HWY_ATTR {
        const auto x = hn::LoadU(tag, at);
        const auto left = hn::LoadU(tag, at - pixel_bytes);
        const auto above = hn::LoadU(tag, above_at);
        const auto corner = hn::LoadU(tag, above_at - pixel_bytes);
        none = hn::Add(none, magnitudes(keep(x)));
        sub = hn::Add(sub, magnitudes(keep(Sub()(x, left, above, corner))));
        up = hn::Add(up, magnitudes(keep(Up()(x, left, above, corner))));
        average = hn::Add(average, magnitudes(keep(Average()(x, left, above, corner))));
        paeths = hn::Add(paeths, magnitudes(keep(Paeth()(x, left, above, corner))));
    };

    const std::size_t lanes = hn::Lanes(tag);
    std::size_t i = pixel_bytes;
    for (; i + lanes <= size_bytes; i += lanes) {
        add(row + i, previous + i, [](Bytes filtered) HWY_ATTR { return filtered; });
    }
    if (i < size_bytes) {
        const RowEnd end(row, previous, i, size_bytes, pixel_bytes);
        const auto inside = hn::FirstN(tag, size_bytes - i);
        add(end.row(), end.previous(), [&](Bytes filtered) HWY_ATTR { return hn::IfThenElseZero(inside, filtered); });
    }
    return {total(none), total(sub), total(up), total(average), total(paeths)};
}

}  // namespace tilewright::inline v0_1::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace tilewright::inline v0_1 {

HWY_EXPORT(filter_row);
HWY_EXPORT(filter_sums);

void filter_row_simd(PngFilter filter, const std::uint8_t* row, const std::uint8_t* previous, std::size_t size_bytes,
                     std::size_t pixel_bytes, std::uint8_t* out) {
    HWY_DYNAMIC_DISPATCH(filter_row)(filter, row, previous, size_bytes, pixel_bytes, out);
}

FilterSums filter_sums_simd(const std::uint8_t* row, const std::uint8_t* previous, std::size_t size_bytes,
                            std::size_t pixel_bytes) {
    return HWY_DYNAMIC_DISPATCH(filter_sums)(row, previous, size_bytes, pixel_bytes);
}

}  // namespace tilewright::inline v0_1
#endif
