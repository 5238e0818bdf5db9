// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <memory>
#include <span>

#include "raster/jpeg_decoder.h"

struct jpeg_decompress_struct;

namespace tilewright::inline v0_1 {

/// Decodes sequential JPEGs at an eighth of their size: a pixel is the mean of its block, which stands in the file, so
/// that all other coefficients need only be gone past, many at a time. That is what takes libjpeg most of its time.
///
/// Kept for many JPEGs, as those of a TIFF's tiles, it makes their tables once. Does what libjpeg does up to rounding.
class JpegEighth {
public:
    JpegEighth();
    ~JpegEighth();
    JpegEighth(const JpegEighth&) = delete;
    JpegEighth& operator=(const JpegEighth&) = delete;

    /// Begins with a JPEG of which libjpeg has read the header, and nothing further.
    /// @param left  what libjpeg has of its bytes; kept until the next begin()
    /// @param bytes  the rest; kept like that
    /// @param fine_colors  false: colours that are stored at half the resolution keep it, as if stored so
    /// @return false for what it does not decode: progressive and arithmetic JPEGs, CMYK, unusual sampling
    /// @throws OddJpeg
    bool begin(const jpeg_decompress_struct& header, std::span<const std::byte> left, const JpegBytes& bytes,
               bool fine_colors);

    /// Decodes the next row, gray or RGB. @throws OddJpeg if the data are not as they should be; what `bytes` throws
    void read_row(std::byte* out);

private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace tilewright::inline v0_1
