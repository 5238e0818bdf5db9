// SPDX-License-Identifier: Apache-2.0
#include "thumbnail/area_average.h"

#include "thumbnail/area_sums.h"

namespace tilewright::inline v0_1 {

float AreaAverage::Side::share(std::int64_t pixel, std::int64_t i) const noexcept {
    const auto covered = std::min((pixel + 1) * to_, (i + 1) * from_) - std::max(pixel * to_, i * from_);
    return static_cast<float>(static_cast<double>(covered) / static_cast<double>(from_));
}

AreaAverage::AreaAverage(Size from, int bands, Size to)
    : columns_(from.width_px, to.width_px),
      lines_(from.height_px, to.height_px),
      bands_(bands),
      result_(to, bands, PixelType::uint8) {
    shares_.reserve(static_cast<std::size_t>(from.width_px + to.width_px));  // a pixel goes into two at most
    for (std::int64_t i = 0; i < to.width_px; ++i) {
        const auto begin = columns_.first_of(i);
        pixels_.push_back({begin, columns_.end_of(i), shares_.data() + shares_.size()});
        for (auto column = begin; column < columns_.end_of(i); ++column) shares_.push_back(columns_.share(column, i));
    }
}

std::vector<float>& AreaAverage::sums_of(std::int64_t line) {
    while (first_open_ + static_cast<std::int64_t>(open_.size()) <= line) {
        open_.emplace_back(pixels_.size() * sum_floats, 0.5F);  // what rounds to the nearest
    }
    return open_[static_cast<std::size_t>(line - first_open_)];
}

void AreaAverage::add(const Window& window, const ImageView& samples) {
    const auto count = static_cast<std::size_t>(window.width_px * bands_);
    down_.resize(count + sum_floats - 1);
    const auto first_pixel = columns_.of(window.x_px);
    const auto pixels =
        std::span(pixels_).subspan(static_cast<std::size_t>(first_pixel),
                                   static_cast<std::size_t>(columns_.last_of(window.x_end() - 1) + 1 - first_pixel));
    for (auto line = lines_.of(window.y_px); line < lines_.to() && lines_.first_of(line) < window.y_end(); ++line) {
        std::fill(down_.begin(), down_.end(), 0.0F);
        const auto end = std::min(lines_.end_of(line), window.y_end());
        for (auto y = std::max(lines_.first_of(line), window.y_px); y < end; ++y) {
            const auto* row = reinterpret_cast<const std::uint8_t*>(samples.row(y - window.y_px));
            add_row(row, count, lines_.share(y, line), down_.data());
        }
        add_pixels(down_.data(), window.x_px, window.x_end(), pixels, bands_,
                   sums_of(line).data() + first_pixel * static_cast<std::ptrdiff_t>(sum_floats));
    }
}

void AreaAverage::finish_above(std::int64_t y) {
    std::size_t finished = 0;
    for (; finished < open_.size() && lines_.end_of(first_open_) <= y; ++finished, ++first_open_) {
        auto* out = result_.view().row(first_open_);
        for (const auto* sum = open_[finished].data(); sum != open_[finished].data() + open_[finished].size();
             sum += sum_floats) {
            for (int band = 0; band < bands_; ++band) *out++ = static_cast<std::byte>(static_cast<int>(sum[band]));
        }
    }
    open_.erase(open_.begin(), open_.begin() + static_cast<std::ptrdiff_t>(finished));
}

}  // namespace tilewright::inline v0_1
