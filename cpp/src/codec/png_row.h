// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "tilewright/codec/png_filter.h"

namespace tilewright::inline v0_1 {

/// The row above, or zeros where there is none. Borrows the former.
class RowAbove {
public:
    RowAbove(std::span<const std::byte> previous, std::size_t row_bytes)
        : zeros_(previous.empty() ? row_bytes : 0),
          row_(previous.empty() ? zeros_.data() : reinterpret_cast<const std::uint8_t*>(previous.data())) {}

    const std::uint8_t* data() const { return row_; }

private:
    std::vector<std::uint8_t> zeros_;
    const std::uint8_t* row_;
};

/// png_filter with a row above that is never null.
void filter_row(PngFilter filter, const std::uint8_t* row, const std::uint8_t* previous, std::size_t row_bytes,
                std::size_t pixel_bytes, std::uint8_t* out);

}  // namespace tilewright::inline v0_1
