// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string_view>

namespace tilewright::inline v0_1 {

/// A range of positions, both ends included.
struct Range {
    std::int64_t first = 0;
    std::int64_t last = 0;
};

/// The random numbers of one chip: SplitMix64 begun with an FNV-1a hash. Frozen: a change would move every chip that
/// anyone ever labelled. The standard's distributions differ between libraries, so bounds are kept here too.
class ChipDraws {
public:
    ChipDraws(std::uint64_t seed, std::string_view prefix, std::string_view source, std::int64_t index);

    std::uint64_t next() noexcept;
    /// Every position of the range is as likely as any other.
    std::int64_t in(Range range) noexcept;

private:
    std::uint64_t state_;
};

}  // namespace tilewright::inline v0_1
