// SPDX-License-Identifier: Apache-2.0
#include "raster/tiff_tiles.h"

#include <algorithm>
#include <cstring>
#include <span>

#include "raster/sample_rows.h"
#include "raster/thread_deflater.h"
#include "tilewright/codec/tiff_predictor.h"

namespace tilewright::inline v0_1 {
namespace {

constexpr std::int64_t side_step_px = 16;
constexpr std::int64_t best_side_px = 256;
constexpr std::int64_t max_tile_bytes = std::int64_t{2} << 20;
constexpr std::int64_t max_tile_row_bytes = std::int64_t{64} << 20;

std::int64_t divide_up(std::int64_t a, std::int64_t b) {
    return (a + b - 1) / b;
}

// The side of as few tiles as `longest_px` allows, all alike.
std::int64_t even_side_px(std::int64_t raster_px, std::int64_t longest_px) {
    const auto count = divide_up(raster_px, longest_px);
    return divide_up(divide_up(raster_px, count), side_step_px) * side_step_px;
}

void repeat_edges(TileSamples& tile, const Size& size, std::size_t pixel_bytes) {
    const auto row_bytes = static_cast<std::size_t>(size.width_px) * pixel_bytes;
    const auto filled = static_cast<std::size_t>(tile.filled.width_px) * pixel_bytes;
    for (std::int64_t y = 0; y < size.height_px; ++y) {
        std::byte* row = tile.bytes.get() + static_cast<std::size_t>(y) * row_bytes;
        if (y >= tile.filled.height_px) {
            std::memcpy(row, row - row_bytes, row_bytes);
            continue;
        }
        for (auto at = filled; at < row_bytes; at += pixel_bytes) {
            std::memcpy(row + at, row + filled - pixel_bytes, pixel_bytes);
        }
    }
}

void apply_float_predictor(std::byte* row, const Size& size, std::size_t bands, std::size_t sample_bytes) {
    const auto row_bytes = static_cast<std::size_t>(size.width_px) * bands * sample_bytes;
    std::vector<std::byte> differences(row_bytes);
    for (std::int64_t y = 0; y < size.height_px; ++y, row += row_bytes) {
        tiff_float_difference(row, static_cast<std::size_t>(size.width_px), bands, sample_bytes, differences.data());
        std::memcpy(row, differences.data(), row_bytes);
    }
}

// In place, as the packed rows are shorter and begin no later.
bool pack_rows(std::byte* rows, const Size& size, std::size_t samples_a_row, std::size_t sample_bytes, int bits) {
    const auto row_bytes = samples_a_row * sample_bytes;
    const auto packed_bytes = packed_row_bytes(samples_a_row, bits);
    bool fits = true;
    for (std::int64_t y = 0; y < size.height_px; ++y) {
        const auto i = static_cast<std::size_t>(y);
        fits = pack_bits({rows + i * row_bytes, row_bytes}, sample_bytes, bits, rows + i * packed_bytes) && fits;
    }
    return fits;
}

std::vector<std::byte> compressed(const std::byte* bytes, std::size_t count, Compression compression) {
    return thread_deflater(compression).compress_stream({bytes, count});
}

}  // namespace

TiffTiling tiff_tiling(const RasterInfo& info) {
    const auto pixel_bytes = static_cast<std::int64_t>(info.pixel_bytes());
    auto longest = best_side_px;
    while (longest > side_step_px && longest * longest * pixel_bytes > max_tile_bytes) longest /= 2;
    TiffTiling tiling;
    tiling.tile.width_px = even_side_px(info.size.width_px, longest);
    const auto across = divide_up(info.size.width_px, tiling.tile.width_px);
    const auto highest = max_tile_row_bytes / (across * tiling.tile.width_px * pixel_bytes);
    longest = std::clamp(highest / side_step_px * side_step_px, side_step_px, longest);
    tiling.tile.height_px = even_side_px(info.size.height_px, longest);
    tiling.across = static_cast<std::size_t>(across);
    tiling.down = static_cast<std::size_t>(divide_up(info.size.height_px, tiling.tile.height_px));
    return tiling;
}

TiffSamples tiff_samples(const RasterInfo& info) {
    const int all_bits = static_cast<int>(size_bytes(info.type)) * 8;
    TiffSamples samples{all_bits, 1, false};
    int promised = 0;
    for (const auto& band : info.band) {
        const int bits = band.bits_per_sample > 0 ? band.bits_per_sample : all_bits;
        promised = std::max(promised, std::min(bits, all_bits));
    }
    const bool packable =
        info.type == PixelType::uint8 || info.type == PixelType::uint16 || info.type == PixelType::uint32;
    if (packable && promised < all_bits) return {promised, 1, true};
    if (is_floating(info.type)) samples.predictor = 3;
    if (!is_floating(info.type) && !is_complex(info.type)) samples.predictor = 2;
    return samples;
}

std::vector<std::byte> encode_tile(TileSamples tile, const TiffTiling& tiling, int bands, PixelType type,
                                   const TiffSamples& samples, Compression compression) {
    const auto band_count = static_cast<std::size_t>(bands);
    const auto sample_bytes = size_bytes(type);
    const auto width = static_cast<std::size_t>(tiling.tile.width_px);
    const auto height = static_cast<std::size_t>(tiling.tile.height_px);
    const auto row_bytes = width * band_count * sample_bytes;
    std::byte* rows = tile.bytes.get();
    repeat_edges(tile, tiling.tile, band_count * sample_bytes);
    if (samples.is_packed) {
        if (!pack_rows(rows, tiling.tile, width * band_count, sample_bytes, samples.bits)) return {};
        return compressed(rows, height * packed_row_bytes(width * band_count, samples.bits), compression);
    }
    if (samples.predictor == 3) apply_float_predictor(rows, tiling.tile, band_count, sample_bytes);
    if (samples.predictor == 2) {
        for (std::size_t y = 0; y < height; ++y) tiff_difference(rows + y * row_bytes, width, band_count, sample_bytes);
    }
    return compressed(rows, height * row_bytes, compression);
}

std::vector<std::byte> encode_mask_tile(TileSamples tile, const TiffTiling& tiling, Compression compression) {
    const auto width = static_cast<std::size_t>(tiling.tile.width_px);
    const auto height = static_cast<std::size_t>(tiling.tile.height_px);
    repeat_edges(tile, tiling.tile, 1);
    for (auto& sample : std::span(tile.bytes.get(), width * height)) {
        if (sample != std::byte{0} && sample != std::byte{255}) return {};
        sample &= std::byte{1};
    }
    pack_rows(tile.bytes.get(), tiling.tile, width, 1, 1);
    return compressed(tile.bytes.get(), height * packed_row_bytes(width, 1), compression);
}

}  // namespace tilewright::inline v0_1
