// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "thumbnail/area_sums.h"
#include "tilewright/core/window.h"
#include "tilewright/image/image.h"

namespace tilewright::inline v0_1 {

/// An image of fewer pixels, each the average of the area it covers, parts of pixels by their share.
///
/// OpenCV does the same to an image in memory, and takes several times as long where the scale is no whole number.
class AreaAverage {
public:
    /// @param to  no side larger than that of `from` @param bands  1 to 4
    AreaAverage(Size from, int bands, Size to);
    AreaAverage(const AreaAverage&) = delete;
    AreaAverage& operator=(const AreaAverage&) = delete;

    /// Takes the samples of a window: uint8, packed. Rows come from top to bottom, the columns of a row in any parts.
    void add(const Window& window, const ImageView& samples);
    /// All columns above row `y` were added.
    void finish_above(std::int64_t y);
    /// The image, once all rows are finished.
    Image take() { return std::move(result_); }

private:
    // Which pixels of one side go into which of fewer, and with what share.
    class Side {
    public:
        Side(std::int64_t from, std::int64_t to) noexcept : from_(from), to_(to) {}
        std::int64_t to() const noexcept { return to_; }
        // Pixel p of `from` covers [p * to, (p + 1) * to), pixel i of `to` covers [i * from, (i + 1) * from).
        std::int64_t first_of(std::int64_t i) const noexcept { return i * from_ / to_; }
        std::int64_t end_of(std::int64_t i) const noexcept { return ((i + 1) * from_ + to_ - 1) / to_; }
        std::int64_t of(std::int64_t pixel) const noexcept { return pixel * to_ / from_; }
        std::int64_t last_of(std::int64_t pixel) const noexcept { return ((pixel + 1) * to_ - 1) / from_; }
        float share(std::int64_t pixel, std::int64_t i) const noexcept;

    private:
        std::int64_t from_;
        std::int64_t to_;
    };

    std::vector<float>& sums_of(std::int64_t line);

    const Side columns_;
    const Side lines_;
    const int bands_;
    std::vector<float> shares_;             // of the columns of each pixel of a line
    std::vector<PixelShares> pixels_;       // of a line
    std::vector<float> down_;               // what goes into a line, of each column of a window
    std::vector<std::vector<float>> open_;  // sums of the lines from first_open_ on
    std::int64_t first_open_ = 0;
    Image result_;
};

}  // namespace tilewright::inline v0_1
