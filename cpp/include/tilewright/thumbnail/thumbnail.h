// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string>

#include "tilewright/core/run_context.h"
#include "tilewright/image/image.h"
#include "tilewright/raster/picture_file.h"
#include "tilewright/raster/raster_reader.h"
#include "tilewright/raster/raster_writer.h"

#pragma GCC visibility push(default)
namespace tilewright::inline v0_1 {

struct ThumbnailOptions {
    Size size{100, 100};  ///< the box that thumbnails fit into, px
    int quality = 75;     ///< of JPEG and WebP, 1 to 100
    OpenOptions open;
};

/// The size of a thumbnail: the largest with the image's proportions that fits into the box, never larger than the
/// image. The side that does not fill the box is rounded to the pixel whose proportions come nearest, at least 1: the
/// rule of Pillow's thumbnail().
/// @param image  as it is looked at, turned by its orientation
/// @throws Error invalid_argument unless all sides are at least 1
Size thumbnail_size(Size image, Size box);

/// What the thumbnail of an image costs and how large it will be, from its header.
struct ThumbnailForecast {
    Size image;  ///< as it is looked at
    Size thumbnail;
    std::string content;             ///< for people: "3 x uint8, JPEG"
    std::int64_t raw_bytes = 0;      ///< of the image as it will be decoded
    std::int64_t working_bytes = 0;  ///< memory that make_thumbnail needs
};

/// @throws Error as open_raster
ThumbnailForecast forecast_thumbnail(const std::filesystem::path& path, const ThumbnailOptions& options = {});

/// Makes a small picture of a raster, turned upright, reading as little as file and codec allow: overviews, and JPEGs
/// at 1/2, 1/4 or 1/8. Pixels are averaged over their area.
///
/// Colours: RGB bands wherever they stand, else the first three, else the first as gray; palettes and CMYK become RGB;
/// 8 bits stay as they are, fewer are spread to 0 to 255, and all other types are stretched so that the 2nd percentile
/// of the picture is black and the 98th white. Alpha, mask and nodata become alpha, and colours weigh by it; NaN is
/// nodata. Of an animation the first frame, of many pages the one of `options.open`.
///
/// Memory stays small whatever the image's size, interlaced and progressive files excepted.
/// @return uint8, 1 (gray) or 3 (RGB) bands, and one more of alpha unless all is opaque
/// @throws Error as open_raster; cancelled
Image make_thumbnail(const std::filesystem::path& path, const ThumbnailOptions& options = {},
                     const RunContext& context = {});

/// The same picture on white, without its alpha.
Image on_white(ImageView picture);

/// The name of a thumbnail: the source's where its extension is that of a picture, else with ".png" behind it.
std::string thumbnail_name(const std::string& source_name);

/// A thumbnail that was written.
struct WrittenThumbnail {
    Size size;
    WrittenFile file;
};

/// Makes a thumbnail and writes it in the format that the target's extension says, PNG if it says none of them; on
/// white where the format has no alpha. The file is whole or absent.
/// @throws Error as make_thumbnail; permission, io, resource
WrittenThumbnail write_thumbnail(const std::filesystem::path& source, const std::filesystem::path& target,
                                 const ThumbnailOptions& options = {}, const RunContext& context = {});

}  // namespace tilewright::inline v0_1
#pragma GCC visibility pop
