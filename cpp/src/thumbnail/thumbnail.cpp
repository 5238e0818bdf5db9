// SPDX-License-Identifier: Apache-2.0
#include "tilewright/thumbnail/thumbnail.h"

#include <algorithm>
#include <cmath>
#include <opencv2/core.hpp>
#include <span>
#include <string>
#include <utility>

#include "thumbnail/orient.h"
#include "thumbnail/pixel_rows.h"
#include "thumbnail/shrink.h"
#include "thumbnail/weighted.h"
#include "tilewright/core/error.h"
#include "tilewright/raster/file_hash.h"
#include "tilewright/raster/reduced.h"
#include "tilewright/storage/file.h"

namespace tilewright::inline v0_1 {
namespace {

// How many pixels of what is read go into one of the thumbnail, at least, along a side. More is sharper and dearer;
// from here on nobody sees it.
constexpr double least_pixels = 1.5;

void check(const ThumbnailOptions& options) {
    thumbnail_size({1, 1}, options.size);
    if (options.quality < 1 || options.quality > 100) {
        throw Error(ErrorCode::invalid_argument, "must be from 1 to 100, but is " + std::to_string(options.quality),
                    "quality");
    }
}

Size scaled_down(Size thumbnail, Size image) {
    const auto scaled = [](std::int64_t side, std::int64_t limit) {
        return std::min(limit, static_cast<std::int64_t>(std::ceil(least_pixels * static_cast<double>(side))));
    };
    return {scaled(thumbnail.width_px, image.width_px), scaled(thumbnail.height_px, image.height_px)};
}

// A raster, opened as small as the thumbnail allows.
struct Opened {
    ReducedRaster raster;
    Size thumbnail;  // as stored, not yet upright
    Size weighted;   // what is not plain is averaged to this size first, over whole pixels
};

Size averaged_size(const Opened& opened, const PixelRows& rows) {
    return rows.is_plain() ? opened.thumbnail : opened.weighted;
}

Opened open_for(const std::filesystem::path& path, const ThumbnailOptions& options) {
    check(options);
    Opened opened;
    opened.raster = open_reduced(
        path,
        [&](Size full) {
            // Which way it is turned is not known yet: large enough for both.
            const auto upright = thumbnail_size(full, options.size);
            const auto turned = thumbnail_size({full.height_px, full.width_px}, options.size);
            return scaled_down(
                {std::max(upright.width_px, turned.height_px), std::max(upright.height_px, turned.width_px)}, full);
        },
        options.open);
    const auto orientation = opened.raster.orientation;
    opened.thumbnail =
        upright_size(thumbnail_size(upright_size(opened.raster.full_size, orientation), options.size), orientation);
    const auto& size = opened.raster.reader->info().size;
    opened.weighted = whole_pixels(size, scaled_down(opened.thumbnail, size));
    return opened;
}

std::string describe(const ReducedRaster& raster) {
    const auto& info = raster.reader->info();
    return std::to_string(info.bands) + " x " + std::string(name(info.type)) + ", " + info.driver;
}

}  // namespace

ThumbnailForecast forecast_thumbnail(const std::filesystem::path& path, const ThumbnailOptions& options) {
    const auto opened = open_for(path, options);
    const PixelRows rows(opened.raster);
    ThumbnailForecast forecast;
    forecast.image = upright_size(opened.raster.full_size, opened.raster.orientation);
    forecast.thumbnail = upright_size(opened.thumbnail, opened.raster.orientation);
    forecast.content = describe(opened.raster);
    forecast.raw_bytes = opened.raster.reader->info().raw_bytes();
    // The thumbnail in numbers and bytes, and its file as it is encoded.
    constexpr std::int64_t pixel_bytes = 128;
    constexpr std::int64_t encoder_bytes = std::int64_t{1} << 20;
    forecast.working_bytes = opened.raster.reader->working_bytes() +
                             shrinking_bytes(rows, averaged_size(opened, rows)) +
                             forecast.thumbnail.width_px * forecast.thumbnail.height_px * pixel_bytes + encoder_bytes;
    return forecast;
}

Image make_thumbnail(const std::filesystem::path& path, const ThumbnailOptions& options, const RunContext& context) {
    const auto opened = open_for(path, options);
    try {
        PixelRows rows(opened.raster);
        const auto& size = rows.info().size;
        auto picture = shrink(rows, {0, 0, size.width_px, size.height_px}, averaged_size(opened, rows), context);
        if (!rows.is_plain()) {
            picture = unweighted(resampled(std::move(picture), opened.thumbnail), rows.is_to_be_stretched());
        }
        return upright(std::move(picture), opened.raster.orientation);
    } catch (const cv::Exception& error) {
        throw Error(ErrorCode::internal, "OpenCV: " + error.err, path_text(path));
    }
}

Image on_white(ImageView picture) {
    const int colors = picture.bands == 2 || picture.bands == 4 ? picture.bands - 1 : picture.bands;
    Image result(picture.size, colors, PixelType::uint8);
    auto* out = result.data();
    for (std::int64_t y = 0; y < picture.size.height_px; ++y) {
        const auto* pixel = picture.row(y);
        for (std::int64_t x = 0; x < picture.size.width_px; ++x, pixel += picture.pixel_stride_bytes) {
            const auto sample = [&](int band) { return std::to_integer<int>(pixel[band * picture.band_stride_bytes]); };
            const int alpha = colors == picture.bands ? 255 : sample(colors);
            for (int band = 0; band < colors; ++band) {
                *out++ = static_cast<std::byte>((sample(band) * alpha + 255 * (255 - alpha) + 127) / 255);
            }
        }
    }
    return result;
}

std::string thumbnail_name(const std::string& source_name) {
    return picture_format_of(source_name) ? source_name : source_name + ".png";
}

WrittenThumbnail write_thumbnail(const std::filesystem::path& source, const std::filesystem::path& target,
                                 const ThumbnailOptions& options, const RunContext& context) {
    const auto format = picture_format_of(target.filename().native()).value_or(PictureFormat::png);
    auto picture = make_thumbnail(source, options, context);
    const bool has_alpha = picture.bands() == 2 || picture.bands() == 4;
    if (has_alpha && !holds_alpha(format)) picture = on_white(std::as_const(picture).view());
    const auto encoded = encode_picture(std::as_const(picture).view(), format, options.quality);
    write_text(target, encoded);
    return {picture.size(),
            {target, static_cast<std::int64_t>(encoded.size()), bytes_sha256(std::as_bytes(std::span(encoded)))}};
}

}  // namespace tilewright::inline v0_1
