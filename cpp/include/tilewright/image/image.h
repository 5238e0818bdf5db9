// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <memory>

#include "tilewright/core/window.h"
#include "tilewright/image/pixel_type.h"

#pragma GCC visibility push(default)
namespace tilewright::inline v0_1 {

/// Where samples lie that somebody else owns: (row, column, band) with a stride in bytes for each.
///
/// A view is as cheap to copy as a pointer and valid as long as its owner. `Byte` is std::byte or const std::byte.
template <typename Byte>
struct BasicImageView {
    Byte* data = nullptr;
    Size size;
    int bands = 0;
    PixelType type = PixelType::uint8;
    std::ptrdiff_t row_stride_bytes = 0;
    std::ptrdiff_t pixel_stride_bytes = 0;
    std::ptrdiff_t band_stride_bytes = 0;

    Byte* row(std::int64_t y) const noexcept { return data + y * row_stride_bytes; }
    std::size_t pixel_bytes() const noexcept { return static_cast<std::size_t>(bands) * size_bytes(type); }
    /// Whether the samples of one row are contiguous and band-interleaved by pixel.
    bool rows_are_packed() const noexcept {
        return pixel_stride_bytes == static_cast<std::ptrdiff_t>(pixel_bytes()) &&
               band_stride_bytes == static_cast<std::ptrdiff_t>(size_bytes(type));
    }
    /// The part of the view inside `window`, which must lie in it.
    BasicImageView crop(const Window& window) const noexcept {
        BasicImageView part = *this;
        part.data = data + window.y_px * row_stride_bytes + window.x_px * pixel_stride_bytes;
        part.size = {window.width_px, window.height_px};
        return part;
    }
    operator BasicImageView<const std::byte>() const noexcept {  // NOLINT: a borrowed view may lose the right to write
        return {data, size, bands, type, row_stride_bytes, pixel_stride_bytes, band_stride_bytes};
    }
};

using ImageView = BasicImageView<const std::byte>;
using MutableImageView = BasicImageView<std::byte>;

/// Owns the samples of an image in memory, interleaved by pixel: (row, column, band), no padding.
///
/// Movable; the samples are not cleared. Freed with the last owner of `shared()`.
class Image {
public:
    Image() = default;
    /// @throws Error invalid_argument for a negative side or band count, resource if memory is short
    Image(Size size, int bands, PixelType type);

    Size size() const noexcept { return size_; }
    int bands() const noexcept { return bands_; }
    PixelType type() const noexcept { return type_; }
    std::size_t size_bytes() const noexcept;
    std::byte* data() noexcept { return samples_.get(); }
    const std::byte* data() const noexcept { return samples_.get(); }
    MutableImageView view() noexcept;
    ImageView view() const noexcept;
    /// The samples with their own lifetime, for whoever must outlive the image (a NumPy array).
    std::shared_ptr<std::byte[]> shared() const noexcept { return samples_; }

private:
    Size size_;
    int bands_ = 0;
    PixelType type_ = PixelType::uint8;
    std::shared_ptr<std::byte[]> samples_;
};

}  // namespace tilewright::inline v0_1
#pragma GCC visibility pop
