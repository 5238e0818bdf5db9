// SPDX-License-Identifier: Apache-2.0
#include "composite/strip.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <limits>
#include <type_traits>
#include <utility>

#include "composite/points.h"

namespace tilewright::inline v0_1 {
namespace {

// Keys that are made before they are chosen from: as many as the processor's second cache holds.
constexpr std::size_t kept_keys = std::size_t{1} << 18;

// Keys of 16 bits where they can order such samples, else of 32.
template <class T>
using ValueKey = std::conditional_t<std::is_floating_point_v<T>, std::int32_t, std::int16_t>;
template <class T>
using SumKey = std::conditional_t<std::is_same_v<T, std::uint8_t>, std::int16_t, std::int32_t>;

// Numbers in the order of floats: those of negative floats run the other way.
std::int32_t float_key(float value) {
    const auto bits = std::bit_cast<std::int32_t>(value);
    return bits < 0 ? bits ^ std::numeric_limits<std::int32_t>::max() : bits;
}

template <class T>
ValueKey<T> key_of(T value) {
    if constexpr (std::is_floating_point_v<T>) {
        return float_key(value);
    } else {
        return static_cast<std::int16_t>(value + (std::is_same_v<T, std::uint16_t> ? -32768 : 0));
    }
}

template <class T>
T value_of(ValueKey<T> key) {
    if constexpr (std::is_floating_point_v<T>) {
        return std::bit_cast<T>(key < 0 ? key ^ std::numeric_limits<std::int32_t>::max() : key);
    } else {
        return static_cast<T>(key - (std::is_same_v<T, std::uint16_t> ? -32768 : 0));
    }
}

template <class T>
T sample_at(const std::byte* pixels, std::size_t index) {
    T sample;
    std::memcpy(&sample, pixels + index * sizeof(T), sizeof sample);
    return sample;
}

// The value as a sample; nothing if no sample can have it.
template <class T>
std::optional<T> as_sample(std::optional<double> value) {
    if (!value) return {};
    if constexpr (std::is_integral_v<T>) {
        if (!(*value >= std::numeric_limits<T>::min() && *value <= std::numeric_limits<T>::max())) return {};
    }
    const auto sample = static_cast<T>(*value);
    if (std::is_integral_v<T> && static_cast<double>(sample) != *value) return {};
    return sample;
}

int as_byte(std::optional<double> value) {
    const auto sample = as_sample<std::uint8_t>(value);
    return sample ? *sample : -1;
}

}  // namespace

PixelType composite_type(CompositeRule rule, PixelType type) noexcept {
    switch (rule) {
        case CompositeRule::count: return PixelType::uint16;
        case CompositeRule::mean:
        case CompositeRule::geomedian: return PixelType::float32;
        default: return type;
    }
}

int composite_bands(CompositeRule rule, int bands) noexcept {
    return rule == CompositeRule::count ? 1 : bands;
}

StripComposer::StripComposer(const CompositeOptions& options, PixelType type, int bands,
                             std::vector<DroppedValues> dropped)
    : options_(options), type_(type), bands_(bands), dropped_(std::move(dropped)) {
    for (const auto& values : dropped_) {
        dropped_bytes_.push_back({as_byte(values.nodata), as_byte(values.saturation)});
    }
}

std::int64_t StripComposer::working_bytes(CompositeRule rule, std::size_t datasets, int bands) noexcept {
    const bool has_points =
        rule == CompositeRule::medoid || rule == CompositeRule::geomedian || rule == CompositeRule::mean;
    const auto lane_bytes = has_points ? 8 * (bands + 2) + 1 : 5;
    return static_cast<std::int64_t>((datasets + 4) * lanes) * lane_bytes;
}

void StripComposer::compose(const Strip& strip) {
    const bool is_rgb = options_.rule == CompositeRule::luminance && type_ == PixelType::uint8 && bands_ == 3;
    const auto most_groups = std::clamp<std::size_t>(kept_keys / (strip.datasets.size() * lanes + 1), 1, 16);
    const auto pixel_bytes = static_cast<std::size_t>(bands_) * size_bytes(type_);
    const auto result_bytes = static_cast<std::size_t>(composite_bands(options_.rule, bands_)) *
                              size_bytes(composite_type(options_.rule, type_));
    std::vector<const std::byte*> datasets(strip.datasets.begin(), strip.datasets.end());
    std::vector<const std::uint8_t*> masks(strip.masks.begin(), strip.masks.end());
    Strip part = strip;
    part.datasets = datasets;
    part.masks = masks;
    for (std::size_t left = strip.pixels; left > 0; left -= part.pixels) {
        const auto groups = is_rgb ? std::clamp<std::size_t>(left / lanes, 1, most_groups) : 1;
        part.pixels = std::min(groups * lanes, left);
        if (is_rgb) {
            compose_rgb(part, groups);
        } else {
            switch (type_) {
                case PixelType::uint8: compose_lanes<std::uint8_t>(part); break;
                case PixelType::uint16: compose_lanes<std::uint16_t>(part); break;
                case PixelType::int16: compose_lanes<std::int16_t>(part); break;
                default: compose_lanes<float>(part); break;
            }
            std::copy_n(counts_.begin(), part.pixels, part.counts);
        }
        for (auto& dataset : datasets) dataset += part.pixels * pixel_bytes;
        for (auto& mask : masks) mask += mask == nullptr ? 0 : part.pixels;
        part.result += part.pixels * result_bytes;
        part.counts += part.pixels;
        if (part.chosen != nullptr) part.chosen += part.pixels;
    }
}

template <class T>
void StripComposer::compose_lanes(const Strip& strip) {
    counts_.fill(0);
    find_counting<T>(strip);
    switch (options_.rule) {
        case CompositeRule::luminance: make_sums<T>(strip); return take_chosen(strip);
        case CompositeRule::quantile: return take_quantiles<T>(strip);
        case CompositeRule::count:
            for (std::size_t i = 0; i < strip.pixels; ++i) {
                std::memcpy(strip.result + i * sizeof counts_[i], &counts_[i], sizeof counts_[i]);
            }
            return;
        default: break;
    }
    load_points<T>(strip);
    const auto values_of_dataset = static_cast<std::size_t>(bands_) * lanes;
    const Points points{values_.data(), weights_.data(), strip.datasets.size(), static_cast<std::size_t>(bands_)};
    if (options_.rule == CompositeRule::medoid) {
        room_.resize(strip.datasets.size() * lanes);
        find_medoids(points, room_.data(), chosen_.data());
        return take_chosen(strip);
    }
    room_.resize(3 * values_of_dataset);
    std::array<double, lanes> counts{};
    std::copy(counts_.begin(), counts_.end(), counts.begin());
    find_means(points, counts.data(), room_.data());
    if (options_.rule == CompositeRule::geomedian) {
        find_geomedians(points, {options_.geomedian_iterations, options_.geomedian_tolerance}, room_.data(),
                        room_.data() + values_of_dataset);
    }
    take_points(strip, room_.data());
}

void StripComposer::make_rgb_sums(const Strip& strip, std::size_t groups) {
    const auto count = strip.datasets.size();
    small_keys_.resize(groups * count * lanes);
    group_counts_.resize(groups * lanes);
    rgb_.resize(count);
    RgbSamples samples;
    samples.datasets = rgb_.data();
    samples.masks = strip.masks.empty() ? nullptr : strip.masks.data();
    samples.dropped = dropped_bytes_.data();
    samples.count = count;
    samples.groups = groups;
    for (std::size_t n = 0; n < count; ++n) rgb_[n] = reinterpret_cast<const std::uint8_t*>(strip.datasets[n]);
    std::vector<std::uint8_t> copies;
    std::vector<const std::uint8_t*> masks;
    if (strip.pixels < groups * lanes) {
        // The kernel reads whole lanes: what lies behind the strip's end may be nobody's.
        copies.resize(count * 4 * lanes);
        masks.resize(count);
        for (std::size_t n = 0; n < count; ++n) {
            auto* copy = copies.data() + n * 4 * lanes;
            std::copy_n(rgb_[n], 3 * strip.pixels, copy);
            rgb_[n] = copy;
            if (samples.masks == nullptr || samples.masks[n] == nullptr) continue;
            std::copy_n(samples.masks[n], strip.pixels, copy + 3 * lanes);
            masks[n] = copy + 3 * lanes;
        }
        if (samples.masks != nullptr) samples.masks = masks.data();
    }
    sum_rgb(samples, small_keys_.data(), group_counts_.data());
}

// The luminance of 8-bit RGB, many lanes in a row.
void StripComposer::compose_rgb(const Strip& strip, std::size_t groups) {
    make_rgb_sums(strip, groups);
    const auto count = strip.datasets.size();
    std::vector<const std::byte*> datasets(strip.datasets.begin(), strip.datasets.end());
    Strip part = strip;
    part.datasets = datasets;
    for (std::size_t group = 0; group < groups; ++group) {
        part.pixels = std::min(lanes, strip.pixels - group * lanes);
        std::copy_n(group_counts_.begin() + static_cast<std::ptrdiff_t>(group * lanes), lanes, counts_.begin());
        constexpr unsigned bits_of_sums = 10;
        choose_middle(Keys<std::int16_t>{small_keys_.data() + group * count * lanes, count, 0, bits_of_sums});
        take_chosen(part);
        std::copy_n(counts_.begin(), part.pixels, part.counts);
        for (auto& dataset : datasets) dataset += 3 * lanes;
        part.result += 3 * lanes;
        part.counts += lanes;
        if (part.chosen != nullptr) part.chosen += lanes;
    }
}

template <class T>
void StripComposer::find_counting(const Strip& strip) {
    counting_.resize(strip.datasets.size() * lanes);
    for (std::size_t n = 0; n < strip.datasets.size(); ++n) {
        const auto nodata = as_sample<T>(dropped_[n].nodata);
        const auto saturation = as_sample<T>(dropped_[n].saturation);
        auto* counting = counting_.data() + n * lanes;
        for (std::size_t i = 0; i < lanes; ++i) {
            bool counts =
                i < strip.pixels && (strip.masks.empty() || strip.masks[n] == nullptr || strip.masks[n][i] != 0);
            for (int band = 0; counts && band < bands_; ++band) {
                const auto sample = sample_at<T>(strip.datasets[n],
                                                 i * static_cast<std::size_t>(bands_) + static_cast<std::size_t>(band));
                counts = sample != nodata && sample != saturation;
                if constexpr (std::is_floating_point_v<T>) counts = counts && !std::isnan(sample);
            }
            counting[i] = counts ? 1 : 0;
            counts_[i] = static_cast<std::uint16_t>(counts_[i] + counting[i]);
        }
    }
}

template <class T>
void StripComposer::make_sums(const Strip& strip) {
    using Key = SumKey<T>;
    auto& keys = [this]() -> auto& {
        if constexpr (sizeof(Key) == 2) {
            return small_keys_;
        } else {
            return large_keys_;
        }
    }
    ();
    keys.assign(strip.datasets.size() * lanes, dropped_key<Key>);
    for (std::size_t n = 0; n < strip.datasets.size(); ++n) {
        for (std::size_t i = 0; i < strip.pixels; ++i) {
            if (counting_[n * lanes + i] == 0) continue;
            std::conditional_t<std::is_floating_point_v<T>, double, std::int32_t> sum = 0;
            for (std::size_t band = 0; band < static_cast<std::size_t>(bands_); ++band) {
                sum += sample_at<T>(strip.datasets[n], i * static_cast<std::size_t>(bands_) + band);
            }
            if constexpr (std::is_floating_point_v<T>) {
                keys[n * lanes + i] = float_key(static_cast<float>(sum));
            } else {
                keys[n * lanes + i] = static_cast<Key>(sum);
            }
        }
    }
    // From the least sum to the greatest.
    if constexpr (std::is_floating_point_v<T>) {
        choose_middle(Keys<Key>{keys.data(), strip.datasets.size(), std::numeric_limits<Key>::min(), 32});
    } else {
        const auto least = bands_ * static_cast<std::int64_t>(std::numeric_limits<T>::min());
        const auto greatest = bands_ * static_cast<std::int64_t>(std::numeric_limits<T>::max());
        choose_middle(Keys<Key>{keys.data(), strip.datasets.size(), static_cast<Key>(least),
                                static_cast<unsigned>(std::bit_width(static_cast<std::uint64_t>(greatest - least)))});
    }
}

template <class Key>
void StripComposer::choose_middle(const Keys<Key>& keys) {
    std::array<std::uint16_t, lanes> places{};
    for (std::size_t i = 0; i < lanes; ++i) places[i] = counts_[i] / 2;
    std::array<Key, lanes> found{};
    std::array<std::uint16_t, lanes> less{};
    select_keys(keys, places.data(), found.data(), less.data());
    for (std::size_t i = 0; i < lanes; ++i) places[i] = static_cast<std::uint16_t>(places[i] - less[i]);
    find_datasets(keys, found.data(), places.data(), chosen_.data());
}

void StripComposer::take_chosen(const Strip& strip) {
    const auto pixel_bytes = static_cast<std::size_t>(bands_) * size_bytes(type_);
    for (std::size_t i = 0; i < strip.pixels; ++i) {
        if (counts_[i] == 0) {
            chosen_[i] = no_dataset;
        } else {
            std::memcpy(strip.result + i * pixel_bytes, strip.datasets[chosen_[i]] + i * pixel_bytes, pixel_bytes);
        }
    }
    if (strip.chosen != nullptr) std::copy_n(chosen_.begin(), strip.pixels, strip.chosen);
}

template <class T>
void StripComposer::take_quantiles(const Strip& strip) {
    using Key = ValueKey<T>;
    auto& keys = [this]() -> auto& {
        if constexpr (sizeof(Key) == 2) {
            return small_keys_;
        } else {
            return large_keys_;
        }
    }
    ();
    std::array<std::uint16_t, lanes> places{};
    for (std::size_t i = 0; i < lanes; ++i) {
        const auto place = static_cast<int>(options_.quantile * counts_[i]);
        places[i] = static_cast<std::uint16_t>(std::clamp(place, 0, std::max(0, counts_[i] - 1)));
    }
    std::array<Key, lanes> found{};
    std::array<std::uint16_t, lanes> less{};
    const auto least = std::is_same_v<T, std::uint8_t> ? Key{0} : std::numeric_limits<Key>::min();
    const auto bands = static_cast<std::size_t>(bands_);
    for (std::size_t band = 0; band < bands; ++band) {
        keys.assign(strip.datasets.size() * lanes, dropped_key<Key>);
        for (std::size_t n = 0; n < strip.datasets.size(); ++n) {
            for (std::size_t i = 0; i < strip.pixels; ++i) {
                if (counting_[n * lanes + i] != 0) {
                    keys[n * lanes + i] = key_of(sample_at<T>(strip.datasets[n], i * bands + band));
                }
            }
        }
        select_keys(Keys<Key>{keys.data(), strip.datasets.size(), least, 8 * sizeof(T)}, places.data(), found.data(),
                    less.data());
        for (std::size_t i = 0; i < strip.pixels; ++i) {
            if (counts_[i] == 0) continue;
            const auto value = value_of<T>(found[i]);
            std::memcpy(strip.result + (i * bands + band) * sizeof value, &value, sizeof value);
        }
    }
}

template <class T>
void StripComposer::load_points(const Strip& strip) {
    const auto bands = static_cast<std::size_t>(bands_);
    values_.assign(strip.datasets.size() * bands * lanes, 0);
    weights_.assign(strip.datasets.size() * lanes, 0);
    for (std::size_t n = 0; n < strip.datasets.size(); ++n) {
        for (std::size_t i = 0; i < strip.pixels; ++i) {
            if (counting_[n * lanes + i] == 0) continue;
            weights_[n * lanes + i] = 1;
            for (std::size_t band = 0; band < bands; ++band) {
                values_[(n * bands + band) * lanes + i] =
                    static_cast<double>(sample_at<T>(strip.datasets[n], i * bands + band));
            }
        }
    }
}

void StripComposer::take_points(const Strip& strip, const double* points) {
    const auto bands = static_cast<std::size_t>(bands_);
    for (std::size_t i = 0; i < strip.pixels; ++i) {
        for (std::size_t band = 0; counts_[i] > 0 && band < bands; ++band) {
            const auto value = static_cast<float>(points[band * lanes + i]);
            std::memcpy(strip.result + (i * bands + band) * sizeof value, &value, sizeof value);
        }
    }
}

}  // namespace tilewright::inline v0_1
