// SPDX-License-Identifier: Apache-2.0
#include "raster/random_raster.h"

#include <algorithm>
#include <cstring>

namespace tilewright {
namespace {

constexpr std::size_t noise_share = 16;

// Bits a sample may use, by the band's promise.
std::uint64_t sample_mask(const RasterInfo& info) {
    const int promised = info.band.front().bits_per_sample;
    const int bits = promised > 0 ? promised : static_cast<int>(std::min<std::size_t>(8, size_bytes(info.type))) * 8;
    return bits >= 64 ? ~std::uint64_t{0} : (std::uint64_t{1} << bits) - 1;
}

}  // namespace

RasterInfo plain_info(Size size, int bands, PixelType type) {
    RasterInfo info;
    info.size = size;
    info.bands = bands;
    info.type = type;
    info.band.resize(static_cast<std::size_t>(bands));
    const bool has_alpha = bands == 2 || bands == 4;
    for (std::size_t i = 0; i < info.band.size(); ++i) {
        constexpr std::array<const char*, 3> colors{"Red", "Green", "Blue"};
        auto& meaning = info.band[i].color_interpretation;
        if (bands == 3 || bands == 4) meaning = i < 3 ? colors.at(i) : "Alpha";
        if (i == 0 && bands != 3 && bands != 4) meaning = "Gray";
        if (has_alpha && i + 1 == info.band.size()) meaning = "Alpha";
    }
    return info;
}

Image random_image(const RasterInfo& info, std::mt19937& random) {
    Image image(info.size, info.bands, info.type);
    const std::size_t sample = std::min<std::size_t>(8, size_bytes(info.type));
    const auto mask = sample_mask(info);
    std::uint64_t value = random();
    for (std::size_t at = 0; at < image.size_bytes(); at += sample) {
        const auto choice = random() % noise_share;
        if (choice == 0) value = (std::uint64_t{random()} << 32) | random();
        if (choice > noise_share / 2) value += choice - noise_share / 2;
        const std::uint64_t limited = value & mask;
        std::memcpy(image.data() + at, &limited, sample);
    }
    return image;
}

Planes::Planes(const Image& image) : bytes(image.size_bytes()) {
    const auto sample = static_cast<std::ptrdiff_t>(size_bytes(image.type()));
    layout = {bytes.data(),
              image.size(),
              image.bands(),
              image.type(),
              sample * image.size().width_px,
              sample,
              sample * image.size().width_px * image.size().height_px};
    const auto from = image.view();
    for (std::int64_t y = 0; y < image.size().height_px; ++y) {
        for (std::int64_t x = 0; x < image.size().width_px; ++x) {
            for (int band = 0; band < image.bands(); ++band) {
                const auto to =
                    y * layout.row_stride_bytes + x * layout.pixel_stride_bytes + band * layout.band_stride_bytes;
                std::memcpy(bytes.data() + to,
                            from.row(y) + x * from.pixel_stride_bytes + band * from.band_stride_bytes,
                            static_cast<std::size_t>(sample));
            }
        }
    }
}

ImageView Planes::view() const {
    return layout;
}

}  // namespace tilewright
