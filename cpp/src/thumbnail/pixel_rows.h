// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <optional>
#include <vector>

#include "tilewright/image/image.h"
#include "tilewright/raster/reduced.h"

namespace tilewright::inline v0_1 {

/// The samples of a raster as what a picture is made of: gray or RGB, and how much each pixel weighs.
class PixelRows {
public:
    /// @param raster  must outlive this
    explicit PixelRows(const ReducedRaster& raster);

    const RasterInfo& info() const noexcept { return info_; }
    int colors() const noexcept { return static_cast<int>(bands_.size()) == 1 && !is_palette_ ? 1 : 3; }
    /// Whether the samples are 8-bit colours as they lie, all opaque; read_weighted() is for all others.
    bool is_plain() const noexcept { return plain_; }
    /// Whether the numbers are measurements, which must be stretched to be seen.
    bool is_to_be_stretched() const noexcept { return to_be_stretched_; }

    /// Reads a window as it lies. The view is valid until the next read.
    ImageView read(const Window& window);

    /// Reads the samples of a window to where the caller wants them.
    void read_into(const Window& window, MutableImageView into) { reader_.read(window, into); }

    /// Makes weighted pixels of a row of the window read last: colors() products of colour and weight, then the weight
    /// from 0 for hidden to 1. Colours of 8 bits are 0 to 255.
    /// @param out  window's width x (colors() + 1) numbers
    void weigh_row(std::int64_t row, double* out);

    /// Rows that windows should begin at multiples of.
    std::int64_t row_step_px() const noexcept { return reader_.row_step_px(); }

    /// Memory that reading a window holds, in bytes.
    std::int64_t bytes_of(const Window& window) const noexcept;

private:
    void choose_bands();
    void load(int band, std::int64_t row, std::vector<double>& values) const;

    RasterReader& reader_;
    const RasterInfo& info_;
    std::vector<int> bands_;  // those that are shown
    std::optional<int> alpha_band_;
    bool is_palette_ = false;
    bool is_cmyk_ = false;
    bool white_is_zero_ = false;
    bool plain_ = false;
    bool to_be_stretched_ = false;
    bool has_nodata_ = false;
    double scale_ = 1;     // of samples with fewer than 8 bits, or of CMYK with 16
    double opaque_ = 255;  // the alpha band's greatest value
    std::vector<double> nodata_;
    Image samples_;
    Image mask_;
    std::array<std::vector<double>, 4> values_;
    std::vector<double> weights_;
};

}  // namespace tilewright::inline v0_1
