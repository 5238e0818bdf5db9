// SPDX-License-Identifier: Apache-2.0
#include "tilewright/image/image.h"

#include <new>
#include <string>

#include "tilewright/core/error.h"

namespace tilewright::inline v0_1 {
namespace {

template <typename Byte>
BasicImageView<Byte> packed_view(Byte* data, Size size, int bands, PixelType type) {
    const auto sample = static_cast<std::ptrdiff_t>(size_bytes(type));
    const auto pixel = sample * bands;
    return {data, size, bands, type, pixel * size.width_px, pixel, sample};
}

}  // namespace

Image::Image(Size size, int bands, PixelType type) : size_(size), bands_(bands), type_(type) {
    if (size.width_px < 0 || size.height_px < 0 || bands < 0) {
        throw Error(ErrorCode::invalid_argument, "an image cannot have negative sides or bands");
    }
    const auto describe = [&] {
        return std::to_string(size.width_px) + " x " + std::to_string(size.height_px) + " px, " +
               std::to_string(bands) + " x " + std::string(name(type));
    };
    std::int64_t pixels = 0;
    std::int64_t bytes = 0;
    if (__builtin_mul_overflow(size.width_px, size.height_px, &pixels) ||
        __builtin_mul_overflow(pixels, static_cast<std::int64_t>(tilewright::size_bytes(type)) * bands, &bytes)) {
        throw Error(ErrorCode::resource, "an image of " + describe() + " does not fit in memory");
    }
    try {
        samples_ = std::shared_ptr<std::byte[]>(new std::byte[static_cast<std::size_t>(bytes)]);
    } catch (const std::bad_alloc&) {
        throw Error(ErrorCode::resource, "not enough memory for an image of " + describe());
    }
}

std::size_t Image::size_bytes() const noexcept {
    return static_cast<std::size_t>(size_.width_px * size_.height_px) * static_cast<std::size_t>(bands_) *
           tilewright::size_bytes(type_);
}

MutableImageView Image::view() noexcept {
    return packed_view(samples_.get(), size_, bands_, type_);
}

ImageView Image::view() const noexcept {
    return packed_view(const_cast<const std::byte*>(samples_.get()), size_, bands_, type_);
}

}  // namespace tilewright::inline v0_1
