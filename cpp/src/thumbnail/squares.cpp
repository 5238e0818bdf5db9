// SPDX-License-Identifier: Apache-2.0
#include "tilewright/thumbnail/squares.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <exception>
#include <limits>
#include <new>
#include <opencv2/core.hpp>
#include <opencv2/imgproc.hpp>
#include <string>
#include <utility>

#include "thumbnail/orient.h"
#include "thumbnail/pixel_rows.h"
#include "thumbnail/shrink.h"
#include "thumbnail/weighted.h"
#include "tilewright/core/executor.h"
#include "tilewright/raster/reduced.h"
#include "tilewright/storage/file.h"
#include "tilewright/storage/random_access_file.h"
#include "tilewright/thumbnail/thumbnail.h"

namespace tilewright::inline v0_1 {
namespace {

// How many pixels of what is read go into one of the square, at least, along a side, where the image has them.
constexpr double least_decoded = 1.25;
constexpr int largest_side_px = 1 << 14;
constexpr std::size_t square_bands = 3;

// Normalised values of all samples, by band.
using Normalised = std::array<std::array<float, 256>, square_bands>;

void check(const SquareOptions& options) {
    if (options.size_px < 1 || options.size_px > largest_side_px) {
        throw Error(
            ErrorCode::invalid_argument,
            "must be from 1 to " + std::to_string(largest_side_px) + ", but is " + std::to_string(options.size_px),
            "size_px");
    }
    for (std::size_t band = 0; band < square_bands; ++band) {
        if (!std::isfinite(options.mean[band])) {
            throw Error(ErrorCode::invalid_argument, "must be finite, but is " + std::to_string(options.mean[band]),
                        "mean");
        }
        if (!std::isfinite(options.deviation[band]) || options.deviation[band] <= 0) {
            throw Error(ErrorCode::invalid_argument,
                        "must be more than 0, but is " + std::to_string(options.deviation[band]), "std");
        }
    }
}

std::int64_t least_side(std::int64_t side) {
    return static_cast<std::int64_t>(std::ceil(least_decoded * static_cast<double>(side)));
}

Window middle_square(Size size) {
    const auto side = std::min(size.width_px, size.height_px);
    return {(size.width_px - side) / 2, (size.height_px - side) / 2, side, side};
}

// Colours of an area, and alpha where anything is hidden, at `side` or what the area has less.
Image picture_of(PixelRows& rows, const Window& area, std::int64_t side, const RunContext& context) {
    const auto target = std::min(area.width_px, side);
    const Size to{target, target};
    if (rows.is_plain()) return shrink(rows, area, to, context);
    const auto least = std::min(area.width_px, least_side(side));
    const auto averaged = whole_pixels({area.width_px, area.height_px}, {least, least});
    return unweighted(resampled(shrink(rows, area, averaged, context), to), rows.is_to_be_stretched());
}

// A file that ends before the image does is damaged, also where that is below the square.
void require_last_row(PixelRows& rows, const Window& area) {
    const auto& info = rows.info();
    const bool comes_by_rows = info.driver == "JPEG" || info.driver == "PNG";
    if (!comes_by_rows || area.y_end() == info.size.height_px) return;
    rows.read({0, info.size.height_px - 1, info.size.width_px, 1});
}

Image enlarged(const Image& picture, std::int64_t side) {
    const auto matrix = [](const Image& of) {
        return cv::Mat(static_cast<int>(of.size().height_px), static_cast<int>(of.size().width_px),
                       CV_MAKETYPE(CV_8U, of.bands()), const_cast<std::byte*>(of.data()));
    };
    Image result({side, side}, picture.bands(), PixelType::uint8);
    auto into = matrix(result);
    cv::resize(matrix(picture), into, into.size(), 0, 0, cv::INTER_CUBIC);
    return result;
}

Image gray_three_times(const Image& gray) {
    Image result(gray.size(), square_bands, PixelType::uint8);
    auto* out = result.data();
    for (std::size_t i = 0; i < gray.size_bytes(); ++i) {
        for (std::size_t band = 0; band < square_bands; ++band) *out++ = gray.data()[i];
    }
    return result;
}

Image make_checked_square(const std::filesystem::path& path, const SquareOptions& options, const RunContext& context) {
    const std::int64_t side = options.size_px;
    const auto least = least_side(side);
    const OpenOnce once(path);
    const auto raster = open_reduced(
        path,
        [&](Size full) {
            return Size{std::min(least, full.width_px), std::min(least, full.height_px)};
        },
        options.open);
    const auto& size = raster.reader->info().size;
    const auto area = stored_window(middle_square(upright_size(size, raster.orientation)), size, raster.orientation);
    try {
        PixelRows rows(raster);
        auto picture = picture_of(rows, area, side, context);
        require_last_row(rows, area);
        if (picture.bands() == 2 || picture.bands() == 4) picture = on_white(std::as_const(picture).view());
        picture = upright(std::move(picture), raster.orientation);
        if (picture.size().width_px < side) picture = enlarged(picture, side);
        return picture.bands() == 1 ? gray_three_times(picture) : picture;
    } catch (const cv::Exception& error) {
        throw Error(ErrorCode::internal, "OpenCV: " + error.err, path_text(path));
    }
}

Normalised normalised_by(const SquareOptions& options) {
    Normalised values{};
    for (std::size_t band = 0; band < square_bands; ++band) {
        for (std::size_t sample = 0; sample < values[band].size(); ++sample) {
            const double share = static_cast<double>(sample) / 255;
            values[band][sample] = static_cast<float>((share - options.mean[band]) / options.deviation[band]);
        }
    }
    return values;
}

void normalise(const Image& square, const Normalised& values, std::span<float> into) {
    const auto pixels = into.size() / square_bands;
    const auto* samples = reinterpret_cast<const std::uint8_t*>(square.data());
    for (std::size_t band = 0; band < square_bands; ++band) {
        const auto& of_band = values[band];
        auto* out = into.data() + band * pixels;
        for (std::size_t i = 0; i < pixels; ++i) out[i] = of_band[samples[i * square_bands + band]];
    }
}

}  // namespace

Image make_square(const std::filesystem::path& path, const SquareOptions& options, const RunContext& context) {
    check(options);
    return make_checked_square(path, options, context);
}

std::size_t square_samples(const SquareOptions& options) {
    check(options);
    const auto side = static_cast<std::size_t>(options.size_px);
    return square_bands * side * side;
}

std::vector<std::optional<Error>> read_squares(std::span<const std::filesystem::path> paths,
                                               const SquareOptions& options, std::span<float> into,
                                               const RunContext& context) {
    const auto samples = square_samples(options);
    if (into.size() != paths.size() * samples) {
        throw Error(ErrorCode::invalid_argument, std::to_string(paths.size()) + " images need room for " +
                                                     std::to_string(paths.size() * samples) + " numbers, not for " +
                                                     std::to_string(into.size()));
    }
    const auto values = normalised_by(options);
    std::vector<std::optional<Error>> errors(paths.size());
    const auto read = [&](std::size_t image) {
        const auto place = into.subspan(image * samples, samples);
        auto& error = errors[image];
        try {
            context.throw_if_stopped();
            normalise(make_checked_square(paths[image], options, context), values, place);
            return;
        } catch (const Error& reason) {
            error = reason;
        } catch (const std::bad_alloc&) {
            error = Error(ErrorCode::resource, "not enough memory to read it", path_text(paths[image]));
        } catch (const std::exception& reason) {
            error = Error(ErrorCode::internal, reason.what(), path_text(paths[image]));
        }
        std::fill(place.begin(), place.end(), 0.0F);
    };
    JobGroup group(*context.executor, std::numeric_limits<std::size_t>::max());
    for (std::size_t image = 0; image < paths.size(); ++image) group.run(1, [&read, image] { read(image); });
    group.wait();
    context.throw_if_stopped();
    return errors;
}

}  // namespace tilewright::inline v0_1
