// SPDX-License-Identifier: Apache-2.0
#include "raster/sample_restorer.h"

#include <algorithm>
#include <cstring>

#include "tilewright/codec/tiff_predictor.h"

namespace tilewright::inline v0_1 {

bool SampleRestorer::knows(const TiffHandle& tiff, const TiffLayout& layout) {
    const auto predictor = tiff.field_16(TIFFTAG_PREDICTOR, PREDICTOR_NONE);
    const bool floats = tiff.field_16(TIFFTAG_SAMPLEFORMAT, SAMPLEFORMAT_UINT) == SAMPLEFORMAT_IEEEFP;
    return predictor == PREDICTOR_NONE || predictor == PREDICTOR_HORIZONTAL ||
           (predictor == PREDICTOR_FLOATINGPOINT && floats && (layout.sample_bytes == 4 || layout.sample_bytes == 8));
}

SampleRestorer::SampleRestorer(const TiffHandle& tiff, const TiffLayout& layout)
    : layout_(layout),
      predictor_(tiff.field_16(TIFFTAG_PREDICTOR, PREDICTOR_NONE)),
      swapped_(layout.sample_bytes > 1 && TIFFIsByteSwapped(tiff.get()) != 0) {}

void SampleRestorer::restore(const std::byte* decoded, std::size_t bytes, std::byte* out) {
    const auto row_bytes = layout_.block_row_bytes();
    for (std::size_t at = 0; at < bytes; at += row_bytes) restore_row(decoded + at, out + at);
}

void SampleRestorer::restore_row(const std::byte* decoded, std::byte* out) {
    const auto row_bytes = layout_.block_row_bytes();
    const auto width = static_cast<std::size_t>(layout_.block_width_px);
    const auto bands = layout_.pixel_bytes() / layout_.sample_bytes;
    if (predictor_ == PREDICTOR_FLOATINGPOINT) {
        // Sorts bytes by significance, whatever the order of the file.
        return tiff_undo_float_difference(decoded, width, bands, layout_.sample_bytes, out);
    }
    if (predictor_ == PREDICTOR_NONE) {
        std::memcpy(out, decoded, row_bytes);
        if (swapped_) swap_row(out);
        return;
    }
    if (swapped_) {
        row_.assign(decoded, decoded + row_bytes);
        swap_row(row_.data());
        decoded = row_.data();
    }
    tiff_undo_difference(decoded, width, bands, layout_.sample_bytes, out);
}

void SampleRestorer::swap_row(std::byte* row) const {
    const auto sample_bytes = layout_.sample_bytes;
    const auto row_bytes = layout_.block_row_bytes();
    for (std::size_t at = 0; at < row_bytes; at += sample_bytes) {
        std::reverse(row + at, row + at + sample_bytes);
    }
}

}  // namespace tilewright::inline v0_1
