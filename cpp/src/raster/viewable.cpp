// SPDX-License-Identifier: Apache-2.0
#include "tilewright/raster/viewable.h"

#include <gdal.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <complex>
#include <iterator>
#include <limits>
#include <utility>
#include <vector>

#include "raster/gdal_info.h"
#include "tilewright/raster/raster_reader.h"
#include "tilewright/raster/raster_writer.h"

namespace tilewright::inline v0_1 {
namespace {

constexpr double black_percentile = 2;
constexpr double white_percentile = 98;

// Samples as numbers, in the order of an image of theirs; NaN for what is not finite.
std::vector<double> values_of(const ImageView& samples) {
    std::vector<double> values;
    values.reserve(static_cast<std::size_t>(samples.size.width_px * samples.size.height_px * samples.bands));
    std::vector<std::complex<double>> row(static_cast<std::size_t>(samples.size.width_px * samples.bands));
    for (std::int64_t y = 0; y < samples.size.height_px; ++y) {
        for (int band = 0; band < samples.bands; ++band) {
            GDALCopyWords64(samples.row(y) + band * samples.band_stride_bytes, gdal_type(samples.type),
                            static_cast<int>(samples.pixel_stride_bytes), row.data() + band, GDT_CFloat64,
                            static_cast<int>(sizeof row[0]) * samples.bands, samples.size.width_px);
        }
        for (const auto& value : row) {
            const double number = is_complex(samples.type) ? std::abs(value) : value.real();
            values.push_back(std::isfinite(number) ? number : std::numeric_limits<double>::quiet_NaN());
        }
    }
    return values;
}

// Between its neighbours in a straight line, as usual. Moves the numbers about.
double percentile(std::vector<double>& numbers, double percent) {
    const double place = percent / 100 * static_cast<double>(numbers.size() - 1);
    const auto below = numbers.begin() + static_cast<std::ptrdiff_t>(place);
    std::nth_element(numbers.begin(), below, numbers.end());
    const double lower = *below;
    if (below + 1 == numbers.end()) return lower;
    const double upper = *std::min_element(below + 1, numbers.end());
    return lower + (upper - lower) * (place - std::floor(place));
}

struct Stretch {
    double black = 0;
    double white = 1;
};

Stretch stretch_of(const std::vector<double>& values) {
    std::vector<double> finite;
    std::copy_if(values.begin(), values.end(), std::back_inserter(finite), [](double v) { return !std::isnan(v); });
    if (finite.empty()) return {};
    Stretch stretch{percentile(finite, black_percentile), percentile(finite, white_percentile)};
    if (stretch.white <= stretch.black) {
        const auto [least, greatest] = std::minmax_element(finite.begin(), finite.end());
        stretch = {*least, *greatest};
    }
    if (stretch.white <= stretch.black) stretch.white = stretch.black + 1;
    return stretch;
}

bool is_picture(const ImageView& samples) {
    if (samples.type != PixelType::uint8) return false;
    for (std::int64_t y = 0; y < samples.size.height_px; ++y) {
        for (std::int64_t x = 0; x < samples.size.width_px; ++x) {
            for (int band = 0; band < samples.bands; ++band) {
                const auto* sample = samples.row(y) + x * samples.pixel_stride_bytes + band * samples.band_stride_bytes;
                if (*sample > std::byte{1}) return true;
            }
        }
    }
    return false;
}

}  // namespace

Image viewable(ImageView samples) {
    samples.bands = samples.bands >= 3 ? 3 : 1;
    Image picture(samples.size, samples.bands, PixelType::uint8);
    const auto into = picture.view();
    if (is_picture(samples)) {
        for (std::int64_t y = 0; y < samples.size.height_px; ++y) {
            for (std::int64_t x = 0; x < samples.size.width_px; ++x) {
                for (int band = 0; band < samples.bands; ++band) {
                    into.row(y)[x * into.pixel_stride_bytes + band] =
                        samples.row(y)[x * samples.pixel_stride_bytes + band * samples.band_stride_bytes];
                }
            }
        }
        return picture;
    }
    const auto values = values_of(samples);
    const auto [black, white] = stretch_of(values);
    std::transform(values.begin(), values.end(), picture.data(), [black = black, white = white](double value) {
        if (std::isnan(value)) return std::byte{0};
        return static_cast<std::byte>(std::clamp((value - black) / (white - black) * 255, 0.0, 255.0));
    });
    return picture;
}

WrittenFile write_picture(const std::filesystem::path& source, const std::filesystem::path& picture,
                          std::int64_t max_side_px, const OpenOptions& options) {
    const auto preview = read_preview(source, max_side_px, options);
    const auto image = viewable(preview.view());
    RasterInfo info;
    info.size = image.size();
    info.bands = image.bands();
    info.type = image.type();
    info.band.resize(static_cast<std::size_t>(image.bands()));
    if (image.bands() == 3) {
        for (std::size_t band = 0; band < 3; ++band) {
            info.band[band].color_interpretation = std::array{"Red", "Green", "Blue"}[band];
        }
    } else {
        info.band.front().color_interpretation = "Gray";
    }
    return write_raster(picture, RasterFormat::png, std::as_const(image).view(), info);
}

}  // namespace tilewright::inline v0_1
