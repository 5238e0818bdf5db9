// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>

namespace tilewright::inline v0_1 {

// The kernels of compositing. They look at `lanes` neighbouring pixels at a time; what belongs to one pixel is a lane.
// Each has a plain form, which the vectors equal bit for bit. Keys order the samples of a pixel and are signed, because
// vectors compare signed numbers at once and unsigned ones in two steps.

/// Pixels that are dealt with at once: their keys of some hundred datasets stay in the processor's first caches.
constexpr std::size_t lanes = 64;

/// The key of a sample that does not count: none sorts behind it.
template <class Key>
constexpr Key dropped_key = std::numeric_limits<Key>::max();

/// What is dropped of three bands of uint8; -1 for nothing.
struct DropBytes {
    int nodata = -1;
    int saturation = -1;
};

/// Pixels of 8-bit RGB in all datasets, some `lanes` in a row: of hundreds of datasets the processor reads ahead only
/// where it is read on for a while.
struct RgbSamples {
    const std::uint8_t* const* datasets = nullptr;  ///< 3 * lanes * groups bytes each
    const std::uint8_t* const* masks = nullptr;     ///< a byte a pixel, 0 to drop it; null, or null for a dataset: none
    const DropBytes* dropped = nullptr;             ///< one a dataset
    std::size_t count = 0;
    std::size_t groups = 1;
};

/// Keys by luminance: the sum of the three bytes of each pixel, dropped_key where one of them is to be dropped.
///
/// @param keys  (group, dataset, lane) @param counts  (group, lane): samples that count
void sum_rgb(const RgbSamples& samples, std::int16_t* keys, std::uint16_t* counts);
void sum_rgb_scalar(const RgbSamples& samples, std::int16_t* keys, std::uint16_t* counts);

/// The keys to choose from: `datasets` rows of `lanes` each, all of them in [low, low + 2^bits) or dropped.
template <class Key>
struct Keys {
    const Key* rows = nullptr;
    std::size_t datasets = 0;
    Key low = 0;
    unsigned bits = 8 * sizeof(Key);
};

/// Finds in each lane the key at a place of the sorted order, without sorting: bit by bit from the highest, by counting
/// how many keys are less.
///
/// @param places  of each lane, from 0; lanes with no more keys that count than that come out as anything
/// @param found  the key at that place @param less  how many keys of the lane are less
void select_keys(const Keys<std::int16_t>& keys, const std::uint16_t* places, std::int16_t* found, std::uint16_t* less);
void select_keys(const Keys<std::int32_t>& keys, const std::uint16_t* places, std::int32_t* found, std::uint16_t* less);
/// The same by std::nth_element.
void select_keys_scalar(const Keys<std::int16_t>& keys, const std::uint16_t* places, std::int16_t* found,
                        std::uint16_t* less);
void select_keys_scalar(const Keys<std::int32_t>& keys, const std::uint16_t* places, std::int32_t* found,
                        std::uint16_t* less);

/// Finds in each lane the dataset of the n-th key that equals `wanted`, n from 0; 0 where there is none.
void find_datasets(const Keys<std::int16_t>& keys, const std::int16_t* wanted, const std::uint16_t* n,
                   std::uint16_t* found);
void find_datasets(const Keys<std::int32_t>& keys, const std::int32_t* wanted, const std::uint16_t* n,
                   std::uint16_t* found);
void find_datasets_scalar(const Keys<std::int16_t>& keys, const std::int16_t* wanted, const std::uint16_t* n,
                          std::uint16_t* found);
void find_datasets_scalar(const Keys<std::int32_t>& keys, const std::int32_t* wanted, const std::uint16_t* n,
                          std::uint16_t* found);

}  // namespace tilewright::inline v0_1
