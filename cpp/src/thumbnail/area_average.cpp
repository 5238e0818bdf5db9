// SPDX-License-Identifier: Apache-2.0
#include "thumbnail/area_average.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace tilewright {
namespace {

// What goes into each of `to` pixels of a side: pixels that follow each other, with their shares, which add up to 1.
class Shares {
public:
    Shares(std::int64_t from, std::int64_t to) {
        const double scale = static_cast<double>(from) / static_cast<double>(to);
        for (std::int64_t i = 0; i < to; ++i) {
            const double begin = static_cast<double>(i) * scale;
            const double end = std::min(static_cast<double>(from), static_cast<double>(i + 1) * scale);
            const auto first = static_cast<std::int64_t>(begin);
            first_.push_back(first);
            places_.push_back(weights_.size());
            for (auto pixel = first; static_cast<double>(pixel) < end; ++pixel) {
                const double covered =
                    std::min(end, static_cast<double>(pixel + 1)) - std::max(begin, static_cast<double>(pixel));
                weights_.push_back(static_cast<float>(covered / (end - begin)));
            }
        }
        places_.push_back(weights_.size());
    }
    std::int64_t first(std::int64_t i) const { return first_[static_cast<std::size_t>(i)]; }
    const float* begin(std::int64_t i) const { return weights_.data() + places_[static_cast<std::size_t>(i)]; }
    const float* end(std::int64_t i) const { return begin(i + 1); }

private:
    std::vector<std::int64_t> first_;
    std::vector<std::size_t> places_;
    std::vector<float> weights_;
};

void add_rows(const ImageView& image, const Shares& lines, std::int64_t line, std::vector<float>& sums) {
    auto y = lines.first(line);
    std::fill(sums.begin(), sums.end(), 0.5F);  // what rounds to the nearest
    for (const auto* weight = lines.begin(line); weight != lines.end(line); ++weight, ++y) {
        const auto* row = reinterpret_cast<const std::uint8_t*>(image.row(y));
        const float share = *weight;
        for (std::size_t i = 0; i < sums.size(); ++i) sums[i] += share * static_cast<float>(row[i]);
    }
}

template <int bands>
void average_row(const std::vector<float>& sums, const Shares& columns, std::int64_t width, std::byte* out) {
    for (std::int64_t x = 0; x < width; ++x) {
        const auto* from = sums.data() + columns.first(x) * bands;
        float means[bands] = {};
        for (const auto* weight = columns.begin(x); weight != columns.end(x); ++weight, from += bands) {
            for (int band = 0; band < bands; ++band) means[band] += *weight * from[band];
        }
        for (int band = 0; band < bands; ++band) *out++ = static_cast<std::byte>(std::min(means[band], 255.0F));
    }
}

}  // namespace

Image area_average(const Image& image, Size to) {
    const Shares columns(image.size().width_px, to.width_px);
    const Shares lines(image.size().height_px, to.height_px);
    Image result(to, image.bands(), image.type());
    std::vector<float> sums(static_cast<std::size_t>(image.size().width_px * image.bands()));
    const auto rows = [&](auto average) {
        for (std::int64_t y = 0; y < to.height_px; ++y) {
            add_rows(image.view(), lines, y, sums);
            average(sums, columns, to.width_px, result.view().row(y));
        }
    };
    switch (image.bands()) {
        case 1: rows(average_row<1>); break;
        case 2: rows(average_row<2>); break;
        case 3: rows(average_row<3>); break;
        default: rows(average_row<4>); break;
    }
    return result;
}

}  // namespace tilewright
