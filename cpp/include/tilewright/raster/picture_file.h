// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "tilewright/image/image.h"

#pragma GCC visibility push(default)
namespace tilewright::inline v0_1 {

/// Formats that pictures for people are written in.
enum class PictureFormat { jpeg, png, gif, bmp, tiff, webp };

std::string_view name(PictureFormat format) noexcept;  ///< "jpeg", "png", ...

/// The format that a file's name promises by its extension, in any case; nothing if it promises none of them.
std::optional<PictureFormat> picture_format_of(std::string_view filename);

/// Whether the format has an alpha channel; GIF has one of 0 and 255.
bool holds_alpha(PictureFormat format) noexcept;

/// The bytes of a picture's file.
///
/// GIF gets the 256 colours nearest to the picture's (255 with alpha), dithered; WebP is lossy; PNG and TIFF are exact.
/// @param picture  packed samples of uint8: gray, gray and alpha, RGB, or RGB and alpha (not premultiplied)
/// @param quality  of JPEG and WebP, 1 to 100
/// @throws Error invalid_argument for other bands, types and qualities, and for alpha in a format without it;
/// unsupported if
///         the linked GDAL lacks the format; resource
std::string encode_picture(ImageView picture, PictureFormat format, int quality);

}  // namespace tilewright::inline v0_1
#pragma GCC visibility pop
