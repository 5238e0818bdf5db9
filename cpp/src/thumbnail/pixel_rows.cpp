// SPDX-License-Identifier: Apache-2.0
#include "thumbnail/pixel_rows.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <string>
#include <utility>

namespace tilewright::inline v0_1 {
namespace {

constexpr double not_a_number = std::numeric_limits<double>::quiet_NaN();

double as_double(const NoData& value) {
    return std::visit([](auto number) { return static_cast<double>(number); }, value);
}

template <typename T>
void widen(const std::byte* from, std::ptrdiff_t stride, std::vector<double>& values) {
    for (auto& value : values) {
        T sample;
        std::memcpy(&sample, from, sizeof sample);
        value = static_cast<double>(sample);
        from += stride;
    }
}

template <typename T>
void magnitudes(const std::byte* from, std::ptrdiff_t stride, std::vector<double>& values) {
    for (auto& value : values) {
        std::array<T, 2> sample{};
        std::memcpy(sample.data(), from, sizeof sample);
        value = std::hypot(static_cast<double>(sample[0]), static_cast<double>(sample[1]));
        from += stride;
    }
}

int bits_of(const RasterInfo& info, int band) {
    const int stored = info.band[static_cast<std::size_t>(band)].bits_per_sample;
    return stored > 0 ? stored : static_cast<int>(8 * size_bytes(info.type));
}

}  // namespace

PixelRows::PixelRows(const ReducedRaster& raster)
    : reader_(*raster.reader), info_(raster.reader->info()), white_is_zero_(raster.white_is_zero) {
    choose_bands();
    const int bits = bits_of(info_, bands_.front());
    if (is_cmyk_) {
        scale_ = info_.type == PixelType::uint16 ? 255.0 / 65535.0 : 1;
    } else if (!is_palette_) {
        to_be_stretched_ = info_.type != PixelType::uint8;
        if (!to_be_stretched_ && bits < 8) scale_ = 255.0 / ((1 << bits) - 1);
    }
    if (info_.type == PixelType::uint16) opaque_ = 65535;
    for (const int band : bands_) {
        const auto& nodata = info_.band[static_cast<std::size_t>(band)].nodata;
        nodata_.push_back(nodata ? as_double(*nodata) : not_a_number);
    }
    // NaN hides a pixel anyway.
    has_nodata_ = std::all_of(bands_.begin(), bands_.end(),
                              [&](int band) { return info_.band[static_cast<std::size_t>(band)].nodata.has_value(); });
    plain_ = info_.type == PixelType::uint8 && bits == 8 && !is_palette_ && !is_cmyk_ && !white_is_zero_ &&
             !has_nodata_ && !alpha_band_ && info_.mask == MaskKind::none && info_.bands == colors();
    for (int i = 0; plain_ && i < info_.bands; ++i) plain_ = bands_[static_cast<std::size_t>(i)] == i;
}

void PixelRows::choose_bands() {
    const auto find = [&](std::string_view color) -> std::optional<int> {
        for (int i = 0; i < info_.bands; ++i) {
            if (info_.band[static_cast<std::size_t>(i)].color_interpretation == color) return i;
        }
        return {};
    };
    const auto find_all = [&](std::initializer_list<std::string_view> colors) {
        std::vector<int> found;
        for (const auto color : colors) {
            if (const auto band = find(color)) found.push_back(*band);
        }
        return found.size() == colors.size() ? found : std::vector<int>{};
    };
    alpha_band_ = find("Alpha");
    const bool whole_numbers = info_.type == PixelType::uint8 || info_.type == PixelType::uint16;
    is_palette_ = whole_numbers && !info_.band.front().color_table.empty() &&
                  info_.band.front().color_interpretation == "Palette";
    if (is_palette_) {
        bands_ = {0};
        return;
    }
    bands_ = find_all({"Cyan", "Magenta", "Yellow", "Black"});
    is_cmyk_ = whole_numbers && !bands_.empty();
    if (is_cmyk_) return;
    bands_ = find_all({"Red", "Green", "Blue"});
    if (!bands_.empty()) return;
    for (int i = 0; i < info_.bands && bands_.size() < 3; ++i) {
        if (i != alpha_band_) bands_.push_back(i);
    }
    if (bands_.empty()) {  // nothing but alpha: that is what there is to see
        bands_ = {0};
        alpha_band_.reset();
    } else if (bands_.size() == 2) {
        bands_.pop_back();
    }
}

std::int64_t PixelRows::bytes_of(const Window& window) const noexcept {
    const auto mask = info_.mask == MaskKind::none ? 0 : 1;
    return window.area() * (static_cast<std::int64_t>(info_.pixel_bytes()) + mask);
}

ImageView PixelRows::read(const Window& window) {
    const Size size{window.width_px, window.height_px};
    if (samples_.size() != size || samples_.bands() == 0) {
        samples_ = Image(size, info_.bands, info_.type);
        if (info_.mask != MaskKind::none) mask_ = Image(size, 1, PixelType::uint8);
        for (auto& values : values_) values.resize(static_cast<std::size_t>(size.width_px));
        weights_.resize(static_cast<std::size_t>(size.width_px));
    }
    reader_.read(window, samples_.view());
    if (info_.mask != MaskKind::none) reader_.read_mask(window, mask_.view());
    return std::as_const(samples_).view();
}

void PixelRows::load(int band, std::int64_t row, std::vector<double>& values) const {
    const auto view = samples_.view();
    const auto* from = view.row(row) + band * view.band_stride_bytes;
    const auto stride = view.pixel_stride_bytes;
    switch (info_.type) {
        case PixelType::uint8: return widen<std::uint8_t>(from, stride, values);
        case PixelType::int8: return widen<std::int8_t>(from, stride, values);
        case PixelType::uint16: return widen<std::uint16_t>(from, stride, values);
        case PixelType::int16: return widen<std::int16_t>(from, stride, values);
        case PixelType::uint32: return widen<std::uint32_t>(from, stride, values);
        case PixelType::int32: return widen<std::int32_t>(from, stride, values);
        case PixelType::uint64: return widen<std::uint64_t>(from, stride, values);
        case PixelType::int64: return widen<std::int64_t>(from, stride, values);
        case PixelType::float32: return widen<float>(from, stride, values);
        case PixelType::float64: return widen<double>(from, stride, values);
        case PixelType::complex_int16: return magnitudes<std::int16_t>(from, stride, values);
        case PixelType::complex_int32: return magnitudes<std::int32_t>(from, stride, values);
        case PixelType::complex_float32: return magnitudes<float>(from, stride, values);
        case PixelType::complex_float64: return magnitudes<double>(from, stride, values);
    }
}

void PixelRows::weigh_row(std::int64_t row, double* out) {
    const auto width = weights_.size();
    if (alpha_band_) {
        load(*alpha_band_, row, weights_);
        const bool known_range = info_.type == PixelType::uint8 || info_.type == PixelType::uint16;
        for (auto& weight : weights_) weight = known_range ? weight / opaque_ : (weight > 0 ? 1.0 : 0.0);
    } else {
        std::fill(weights_.begin(), weights_.end(), 1.0);
    }
    if (info_.mask != MaskKind::none) {
        const auto mask = std::as_const(mask_).view();
        for (std::size_t x = 0; x < width; ++x) {
            if (mask.row(row)[x] == std::byte{0}) weights_[x] = 0;
        }
    }
    for (std::size_t i = 0; i < bands_.size(); ++i) load(bands_[i], row, values_[i]);
    for (std::size_t x = 0; x < width; ++x) {
        bool is_nodata = has_nodata_;
        for (std::size_t i = 0; i < bands_.size(); ++i) {
            is_nodata = is_nodata && values_[i][x] == nodata_[i];
            if (!std::isfinite(values_[i][x])) weights_[x] = 0;
        }
        if (is_nodata) weights_[x] = 0;
    }
    const auto steps = static_cast<std::size_t>(colors()) + 1;
    for (std::size_t x = 0; x < width; ++x, out += steps) {
        double weight = weights_[x];
        std::array<double, 3> color{};
        if (is_palette_) {
            const auto& table = info_.band.front().color_table;
            const auto index = static_cast<std::size_t>(values_[0][x]);
            const auto entry = index < table.size() ? table[index] : ColorEntry{};
            color = {static_cast<double>(entry.red), static_cast<double>(entry.green), static_cast<double>(entry.blue)};
            weight *= entry.alpha / 255.0;
        } else if (is_cmyk_) {
            const double light = 255 - scale_ * values_[3][x];
            for (std::size_t i = 0; i < 3; ++i) color[i] = (255 - scale_ * values_[i][x]) * light / 255;
        } else {
            for (std::size_t i = 0; i + 1 < steps; ++i) {
                const double value = scale_ * values_[i][x];
                color[i] = white_is_zero_ ? (to_be_stretched_ ? -value : 255 - value) : value;
            }
        }
        // A hidden sample may be infinite; nothing times it is not nothing.
        for (std::size_t i = 0; i + 1 < steps; ++i) out[i] = weight > 0 ? color[i] * weight : 0;
        out[steps - 1] = weight;
    }
}

}  // namespace tilewright::inline v0_1
