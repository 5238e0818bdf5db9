// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <functional>
#include <string>
#include <vector>

#include "raster/made_raster.h"
#include "tilewright/image/image.h"
#include "tilewright/raster/picture_file.h"
#include "tilewright/thumbnail/thumbnail.h"

namespace tilewright {

using Pixel = std::vector<int>;

/// An image of samples that a function gives for column, row and band.
template <typename T>
Image image_by(Size size, int bands, PixelType type,
               const std::function<double(std::int64_t, std::int64_t, int)>& value) {
    Image image(size, bands, type);
    auto* out = reinterpret_cast<T*>(image.data());
    for (std::int64_t y = 0; y < size.height_px; ++y) {
        for (std::int64_t x = 0; x < size.width_px; ++x) {
            for (int band = 0; band < bands; ++band) *out++ = static_cast<T>(value(x, y, band));
        }
    }
    return image;
}

inline Pixel pixel_at(const Image& picture, std::int64_t x, std::int64_t y) {
    const auto view = picture.view();
    Pixel pixel;
    for (int band = 0; band < view.bands; ++band) {
        pixel.push_back(std::to_integer<int>(view.row(y)[x * view.pixel_stride_bytes + band]));
    }
    return pixel;
}

inline bool is_near(const Pixel& a, const Pixel& b, int tolerance) {
    if (a.size() != b.size()) return false;
    for (std::size_t i = 0; i < a.size(); ++i) {
        if (std::abs(a[i] - b[i]) > tolerance) return false;
    }
    return true;
}

inline std::string exif_block(int orientation) {
    std::string block("II\x2A\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0", 18);
    block += static_cast<char>(orientation);
    block += std::string(7, '\0');
    return block;
}

inline std::string big_endian(std::size_t value, int bytes) {
    std::string text;
    for (int i = bytes - 1; i >= 0; --i) text += static_cast<char>((value >> (8 * i)) & 0xFFU);
    return text;
}

/// An image's file that asks to be turned so for looking at.
inline std::string oriented_jpeg(const Image& image, int orientation) {
    const auto plain = encode_picture(image.view(), PictureFormat::jpeg, 95);
    const auto content = std::string("Exif\0\0", 6) + exif_block(orientation);
    return plain.substr(0, 2) + "\xFF\xE1" + big_endian(content.size() + 2, 2) + content + plain.substr(2);
}

inline std::string oriented_png(const Image& image, int orientation) {
    const auto plain = encode_picture(image.view(), PictureFormat::png, 75);
    const auto content = exif_block(orientation);
    std::uint32_t sum = 0xFFFFFFFFU;
    for (const char c : "eXIf" + content) {
        sum ^= static_cast<unsigned char>(c);
        for (int bit = 0; bit < 8; ++bit) sum = (sum >> 1U) ^ (0xEDB88320U & (0U - (sum & 1U)));
    }
    constexpr std::size_t after_header = 33;
    return plain.substr(0, after_header) + big_endian(content.size(), 4) + "eXIf" + content +
           big_endian(~sum & 0xFFFFFFFFU, 4) + plain.substr(after_header);
}

}  // namespace tilewright
