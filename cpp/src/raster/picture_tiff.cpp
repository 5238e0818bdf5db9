// SPDX-License-Identifier: Apache-2.0
#include "raster/picture_tiff.h"

#include <tiff.h>

#include <cstring>
#include <vector>

#include "raster/thread_deflater.h"
#include "tilewright/codec/tiff_predictor.h"

namespace tilewright::inline v0_1 {
namespace {

constexpr std::uint16_t type_short = TIFF_SHORT;
constexpr std::uint16_t type_long = TIFF_LONG;

// A file in little endian order that grows.
class Writer {
public:
    void put(std::uint32_t value, int bytes) {
        for (int i = 0; i < bytes; ++i) text += static_cast<char>(value >> (8 * i));
    }
    void field(std::uint32_t tag, std::uint16_t type, std::uint32_t value, std::uint32_t count = 1) {
        put(tag, 2);
        put(type, 2);
        put(count, 4);
        put(value, 4);
    }
    std::string text;
};

std::vector<std::byte> compressed(const ImageView& picture) {
    const auto row_bytes = static_cast<std::size_t>(picture.size.width_px) * static_cast<std::size_t>(picture.bands);
    std::vector<std::byte> samples(row_bytes * static_cast<std::size_t>(picture.size.height_px));
    for (std::int64_t y = 0; y < picture.size.height_px; ++y) {
        auto* row = samples.data() + static_cast<std::size_t>(y) * row_bytes;
        std::memcpy(row, picture.row(y), row_bytes);
        tiff_difference(row, static_cast<std::size_t>(picture.size.width_px), static_cast<std::size_t>(picture.bands),
                        1);
    }
    return thread_deflater(Compression::fast).compress_stream(samples);
}

}  // namespace

std::string encode_tiff(const ImageView& picture) {
    constexpr std::uint32_t header_bytes = 8;
    const auto strip = compressed(picture);
    const auto bands = static_cast<std::uint32_t>(picture.bands);
    const bool has_alpha = bands == 2 || bands == 4;
    const std::uint32_t fields = has_alpha ? 12 : 11;
    const std::uint32_t bits_at = header_bytes + 2 + fields * 12 + 4;
    const std::uint32_t strip_at = bits_at + 2 * bands;
    Writer out;
    out.text = "II";
    out.put(TIFF_VERSION_CLASSIC, 2);
    out.put(header_bytes, 4);
    out.put(fields, 2);
    out.field(TIFFTAG_IMAGEWIDTH, type_long, static_cast<std::uint32_t>(picture.size.width_px));
    out.field(TIFFTAG_IMAGELENGTH, type_long, static_cast<std::uint32_t>(picture.size.height_px));
    // Up to two of them stand in the field itself.
    out.field(TIFFTAG_BITSPERSAMPLE, type_short, bands > 2 ? bits_at : (bands == 2 ? 0x00080008 : 8), bands);
    out.field(TIFFTAG_COMPRESSION, type_short, COMPRESSION_ADOBE_DEFLATE);
    out.field(TIFFTAG_PHOTOMETRIC, type_short, bands < 3 ? PHOTOMETRIC_MINISBLACK : PHOTOMETRIC_RGB);
    out.field(TIFFTAG_STRIPOFFSETS, type_long, strip_at);
    out.field(TIFFTAG_SAMPLESPERPIXEL, type_short, bands);
    out.field(TIFFTAG_ROWSPERSTRIP, type_long, static_cast<std::uint32_t>(picture.size.height_px));
    out.field(TIFFTAG_STRIPBYTECOUNTS, type_long, static_cast<std::uint32_t>(strip.size()));
    out.field(TIFFTAG_PLANARCONFIG, type_short, PLANARCONFIG_CONTIG);
    out.field(TIFFTAG_PREDICTOR, type_short, PREDICTOR_HORIZONTAL);
    if (has_alpha) out.field(TIFFTAG_EXTRASAMPLES, type_short, EXTRASAMPLE_UNASSALPHA);
    out.put(0, 4);
    for (std::uint32_t i = 0; i < bands; ++i) out.put(8, 2);
    out.text.append(reinterpret_cast<const char*>(strip.data()), strip.size());
    return std::move(out.text);
}

}  // namespace tilewright::inline v0_1
