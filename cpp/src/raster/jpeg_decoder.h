// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>

#include "tilewright/core/window.h"

namespace tilewright::inline v0_1 {

/// Where a JPEG's bytes come from: fills the span, with less only at the end; may throw Error.
using JpegBytes = std::function<std::size_t(std::span<std::byte>)>;

/// How the samples of a JPEG inside a TIFF are to be understood, which no marker of it tells.
enum class JpegColors { as_marked, gray, rgb, ycbcr };

/// Decodes JPEGs of 8 bits as gray or RGB, at 1/1, 1/2, 1/4 or 1/8 of their size: at 1/8 most of the work falls away.
///
/// CMYK and YCCK become RGB. One thread at a time.
class JpegDecoder {
public:
    /// @param where  the file, for errors
    explicit JpegDecoder(std::string where);
    ~JpegDecoder();
    JpegDecoder(const JpegDecoder&) = delete;
    JpegDecoder& operator=(const JpegDecoder&) = delete;

    /// Takes quantization and Huffman tables that the JPEGs to come leave out. @throws Error corrupt
    void load_tables(std::span<const std::byte> tables);

    /// Begins a JPEG, in place of the one before, and reads its header.
    /// @param max_scans  refused once a progressive JPEG has more; each costs as much time as the whole image
    /// @throws Error corrupt, unsupported; what `bytes` throws
    void open(JpegBytes bytes, JpegColors colors = JpegColors::as_marked, int max_scans = 100);

    Size full_size() const noexcept;
    int bands() const noexcept;  ///< 1 or 3, as decoded
    /// Memory that decoding holds, in bytes: of progressive JPEGs all coefficients of the image.
    std::int64_t working_bytes() const noexcept;
    int orientation() const noexcept;  ///< of its EXIF: 1 to 8, 1 if it tells none

    /// How an eighth is decoded: by libjpeg; by what stands in the file, which is faster (see JpegEighth); or so, and
    /// colours that are stored at half the resolution at a sixteenth, for pictures that need no more.
    enum class Eighths { carefully, quickly, coarsely };

    /// Begins to decode. @param denominator  1, 2, 4 or 8
    /// @return the size of what comes: the full size divided, rounded up
    /// @throws OddJpeg as read_row()
    Size start(int denominator, Eighths eighths = Eighths::quickly);

    /// Decodes the next row. @param out  width x bands bytes @throws Error corrupt, naming the damage
    /// @throws OddJpeg  if decoding quickly will not do: open it again, and decode carefully
    void read_row(std::byte* out);

private:
    struct State;
    std::unique_ptr<State> state_;
};

/// A gray or RGB picture as a JPEG, chroma at half the size. @param pixels  packed rows @param quality  1 to 100
/// @throws Error resource
std::string encode_jpeg(const std::byte* pixels, Size size, int bands, std::ptrdiff_t row_stride_bytes, int quality);

}  // namespace tilewright::inline v0_1
