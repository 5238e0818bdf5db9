// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "composite/select.h"
#include "tilewright/composite/composite_options.h"
#include "tilewright/image/pixel_type.h"

namespace tilewright::inline v0_1 {

/// Values that make a sample of one dataset not count.
struct DroppedValues {
    std::optional<double> nodata;
    std::optional<double> saturation;
};

/// Stands for the chosen dataset where none was.
constexpr std::uint16_t no_dataset = 65535;

/// Keys count datasets in 15 bits.
constexpr std::size_t max_datasets = 32767;

/// How far apart the samples of datasets are best laid out in memory: the same pixel of hundreds of them must not fall
/// upon the same few places of the processor's caches.
constexpr std::size_t dataset_stride(std::size_t bytes) noexcept {
    constexpr std::size_t line = 64;
    return ((bytes + line - 1) / line | 1U) * line + 4 * line;
}

PixelType composite_type(CompositeRule rule, PixelType type) noexcept;
int composite_bands(CompositeRule rule, int bands) noexcept;

/// Neighbouring pixels of all datasets, one after the other with their bands side by side, and what becomes of them.
struct Strip {
    std::span<const std::byte* const> datasets;
    /// A byte a pixel, 0 where a sample does not count; null for a dataset without a mask.
    std::span<const std::uint8_t* const> masks;
    std::size_t pixels = 0;
    /// Of composite_type() and composite_bands(); pixels of which no sample counts are left as they are.
    std::byte* result = nullptr;
    std::uint16_t* counts = nullptr;  ///< samples that count
    std::uint16_t* chosen = nullptr;  ///< datasets of a rule that chooses one, else left as they are
};

/// Composes strips. One thread at a time; keeps its memory from strip to strip.
class StripComposer {
public:
    /// @param type  uint8, uint16, int16 or float32 @param bands  1 to 64 @param dropped  one a dataset
    StripComposer(const CompositeOptions& options, PixelType type, int bands, std::vector<DroppedValues> dropped);

    void compose(const Strip& strip);

    /// Memory that it keeps for so many datasets, in bytes.
    static std::int64_t working_bytes(CompositeRule rule, std::size_t datasets, int bands) noexcept;

private:
    template <class T>
    void compose_lanes(const Strip& strip);
    template <class T>
    void find_counting(const Strip& strip);
    template <class T>
    void make_sums(const Strip& strip);
    template <class T>
    void take_quantiles(const Strip& strip);
    template <class T>
    void load_points(const Strip& strip);
    template <class Key>
    void choose_middle(const Keys<Key>& keys);
    void compose_rgb(const Strip& strip, std::size_t groups);
    void make_rgb_sums(const Strip& strip, std::size_t groups);
    void take_chosen(const Strip& strip);
    void take_points(const Strip& strip, const double* points);

    const CompositeOptions options_;
    const PixelType type_;
    const int bands_;
    const std::vector<DroppedValues> dropped_;
    std::vector<DropBytes> dropped_bytes_;

    // Of the lanes at hand; those past the strip's end hold anything.
    std::array<std::uint16_t, lanes> counts_{};
    std::array<std::uint16_t, lanes> chosen_{};
    std::vector<const std::uint8_t*> rgb_;  // (dataset)
    std::vector<std::uint16_t> group_counts_;
    std::vector<std::uint8_t> counting_;    // (dataset, lane): whether the sample counts
    std::vector<std::int16_t> small_keys_;  // (dataset, lane)
    std::vector<std::int32_t> large_keys_;  // (dataset, lane)
    std::vector<double> values_;            // (dataset, band, lane)
    std::vector<double> weights_;           // (dataset, lane)
    std::vector<double> room_;
};

}  // namespace tilewright::inline v0_1
