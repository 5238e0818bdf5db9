// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cstddef>
#include <vector>

#include "composite/select.h"

namespace tilewright::inline v0_1 {
namespace {

template <class Key>
void select_one_by_one(const Keys<Key>& keys, const std::uint16_t* places, Key* found, std::uint16_t* less) {
    std::vector<Key> lane(keys.datasets);
    for (std::size_t i = 0; i < lanes; ++i) {
        for (std::size_t n = 0; n < keys.datasets; ++n) lane[n] = keys.rows[n * lanes + i];
        std::nth_element(lane.begin(), lane.begin() + places[i], lane.end());
        found[i] = lane[places[i]];
        less[i] = static_cast<std::uint16_t>(
            std::count_if(lane.begin(), lane.end(), [&](Key key) { return key < found[i]; }));
    }
}

template <class Key>
void find_one_by_one(const Keys<Key>& keys, const Key* wanted, const std::uint16_t* n, std::uint16_t* found) {
    for (std::size_t i = 0; i < lanes; ++i) {
        found[i] = 0;
        int left = n[i];
        for (std::size_t dataset = 0; dataset < keys.datasets; ++dataset) {
            if (keys.rows[dataset * lanes + i] != wanted[i] || left-- != 0) continue;
            found[i] = static_cast<std::uint16_t>(dataset);
            break;
        }
    }
}

}  // namespace

void sum_rgb_scalar(const RgbSamples& samples, std::int16_t* keys, std::uint16_t* counts) {
    std::fill_n(counts, samples.groups * lanes, std::uint16_t{0});
    for (std::size_t n = 0; n < samples.count; ++n) {
        const auto* pixel = samples.datasets[n];
        const auto* mask = samples.masks == nullptr ? nullptr : samples.masks[n];
        const auto& drop = samples.dropped[n];
        for (std::size_t i = 0; i < samples.groups * lanes; ++i, pixel += 3) {
            const auto is_dropped = [&](int sample) { return sample == drop.nodata || sample == drop.saturation; };
            const bool dropped = is_dropped(pixel[0]) || is_dropped(pixel[1]) || is_dropped(pixel[2]) ||
                                 (mask != nullptr && mask[i] == 0);
            keys[(i / lanes * samples.count + n) * lanes + i % lanes] =
                dropped ? dropped_key<std::int16_t> : static_cast<std::int16_t>(pixel[0] + pixel[1] + pixel[2]);
            counts[i] = static_cast<std::uint16_t>(counts[i] + (dropped ? 0 : 1));
        }
    }
}

void select_keys_scalar(const Keys<std::int16_t>& keys, const std::uint16_t* places, std::int16_t* found,
                        std::uint16_t* less) {
    select_one_by_one(keys, places, found, less);
}

void select_keys_scalar(const Keys<std::int32_t>& keys, const std::uint16_t* places, std::int32_t* found,
                        std::uint16_t* less) {
    select_one_by_one(keys, places, found, less);
}

void find_datasets_scalar(const Keys<std::int16_t>& keys, const std::int16_t* wanted, const std::uint16_t* n,
                          std::uint16_t* found) {
    find_one_by_one(keys, wanted, n, found);
}

void find_datasets_scalar(const Keys<std::int32_t>& keys, const std::int32_t* wanted, const std::uint16_t* n,
                          std::uint16_t* found) {
    find_one_by_one(keys, wanted, n, found);
}

}  // namespace tilewright::inline v0_1
