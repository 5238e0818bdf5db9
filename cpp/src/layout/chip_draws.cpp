// SPDX-License-Identifier: Apache-2.0
#include "layout/chip_draws.h"

#include <string>

namespace tilewright::inline v0_1 {
namespace {

std::uint64_t fnv1a(std::string_view bytes) noexcept {
    std::uint64_t hash = 0xcbf29ce484222325U;
    for (const char byte : bytes) {
        hash ^= static_cast<unsigned char>(byte);
        hash *= 0x100000001b3U;
    }
    return hash;
}

}  // namespace

ChipDraws::ChipDraws(std::uint64_t seed, std::string_view prefix, std::string_view source, std::int64_t index) {
    // A zero byte stands in no path, so no two chips share a key.
    std::string key = std::to_string(seed);
    key += '\0';
    key += prefix;
    key += '\0';
    key += source;
    key += '\0';
    key += std::to_string(index);
    state_ = fnv1a(key);
}

std::uint64_t ChipDraws::next() noexcept {
    state_ += 0x9e3779b97f4a7c15U;
    std::uint64_t mixed = state_;
    mixed = (mixed ^ (mixed >> 30U)) * 0xbf58476d1ce4e5b9U;
    mixed = (mixed ^ (mixed >> 27U)) * 0x94d049bb133111ebU;
    return mixed ^ (mixed >> 31U);
}

std::int64_t ChipDraws::in(Range range) noexcept {
    const auto choices = static_cast<std::uint64_t>(range.last - range.first) + 1;
    // The numbers below 2^64 mod choices would make the first positions a little likelier.
    const std::uint64_t unfair = (0 - choices) % choices;
    std::uint64_t number = next();
    while (number < unfair) number = next();
    return range.first + static_cast<std::int64_t>(number % choices);
}

}  // namespace tilewright::inline v0_1
