// SPDX-License-Identifier: Apache-2.0
#include <array>
#include <charconv>

#include "tilewright/core/error.h"
#include "tilewright/raster/raster_writer.h"

namespace tilewright::inline v0_1 {
namespace {

// libpng, and so nearly every reader, refuses larger sides.
constexpr std::int64_t png_max_side_px = 1'000'000;

bool holds_only_bytes(const std::vector<ColorEntry>& table) {
    const auto is_byte = [](std::int16_t value) { return value >= 0 && value <= 255; };
    for (const auto& entry : table) {
        if (!is_byte(entry.red) || !is_byte(entry.green) || !is_byte(entry.blue) || !is_byte(entry.alpha)) return false;
    }
    return true;
}

std::optional<std::string> palette_refusal(const RasterInfo& info) {
    for (const auto& band : info.band) {
        if (band.color_table.empty()) continue;
        if (info.bands != 1) return "PNG holds a palette only for a single band, not beside others";
        if (info.type != PixelType::uint8) {
            return "PNG holds palettes of uint8 only, not of " + std::string(name(info.type));
        }
        if (band.color_table.size() > 256) {
            return "PNG holds palettes of up to 256 colours, not " + std::to_string(band.color_table.size());
        }
        if (!holds_only_bytes(band.color_table)) return "PNG holds palette colours from 0 to 255 only";
    }
    return {};
}

}  // namespace

std::string_view name(RasterFormat format) noexcept {
    return format == RasterFormat::png ? "png" : "tiff";
}

std::string_view extension(RasterFormat format) noexcept {
    return format == RasterFormat::png ? ".png" : ".tif";
}

std::optional<std::string> png_refusal(const RasterInfo& info) {
    if (info.type != PixelType::uint8 && info.type != PixelType::uint16) {
        return "PNG holds no " + std::string(name(info.type)) + " samples, only uint8 and uint16";
    }
    if (info.bands < 1 || info.bands > 4) {
        return "PNG holds 1 to 4 bands, not " + std::to_string(info.bands);
    }
    if (info.bands % 2 == 0 && (info.band.empty() || info.band.back().color_interpretation != "Alpha")) {
        return "PNG holds " + std::to_string(info.bands) + " bands only if the last is alpha, and here it is \"" +
               (info.band.empty() ? std::string("Undefined") : info.band.back().color_interpretation) + "\"";
    }
    if (info.mask != MaskKind::none) return "PNG holds no mask beside its bands";
    if (info.size.width_px > png_max_side_px || info.size.height_px > png_max_side_px) {
        return "readers of PNG take sides of up to 1,000,000 px only";
    }
    return palette_refusal(info);
}

RasterFormat lossless_format(const RasterInfo& info, std::optional<RasterFormat> wanted) {
    if (wanted == RasterFormat::tiff) return RasterFormat::tiff;
    const auto refusal = png_refusal(info);
    if (!refusal) return RasterFormat::png;
    if (!wanted) return RasterFormat::tiff;
    throw Error(ErrorCode::unsupported, *refusal + "; use format auto or tiff, which keep every bit");
}

std::filesystem::path world_file_path(std::filesystem::path png) {
    return png.replace_extension(".pgw");
}

std::string world_file_text(const GeoTransform& g) {
    std::string text;
    for (const double value :
         {g[1], g[4], g[2], g[5], g[0] + 0.5 * g[1] + 0.5 * g[2], g[3] + 0.5 * g[4] + 0.5 * g[5]}) {
        // No exponents, which old readers do not know, and as many digits as bring the same number back.
        std::array<char, 1100> digits{};
        const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), value, std::chars_format::fixed);
        text.append(digits.data(), end.ptr);
        text += '\n';
    }
    return text;
}

}  // namespace tilewright::inline v0_1
