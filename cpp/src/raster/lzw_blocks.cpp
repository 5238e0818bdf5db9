// SPDX-License-Identifier: Apache-2.0
#include "raster/lzw_blocks.h"

#include <cstring>
#include <string>

#include "tilewright/codec/tiff_predictor.h"
#include "tilewright/core/error.h"

namespace tilewright {

bool LzwBlocks::can_decode(const TiffHandle& tiff, const TiffLayout& layout) {
    // Asked first: libtiff knows the predictor's tag only for codecs that have one.
    if (tiff.field_16(TIFFTAG_COMPRESSION, COMPRESSION_NONE) != COMPRESSION_LZW) return false;
    const auto predictor = tiff.field_16(TIFFTAG_PREDICTOR, PREDICTOR_NONE);
    const bool in_machine_order = layout.sample_bytes == 1 || TIFFIsByteSwapped(tiff.get()) == 0;
    return in_machine_order && tiff.field_16(TIFFTAG_FILLORDER, FILLORDER_MSB2LSB) == FILLORDER_MSB2LSB &&
           (predictor == PREDICTOR_NONE || (predictor == PREDICTOR_HORIZONTAL && layout.sample_bytes <= 2));
}

void LzwBlocks::decode(TiffHandle& tiff, std::uint32_t block, std::byte* out, std::size_t bytes) {
    tiff.read_raw(block, encoded_);
    if (LzwDecoder::is_old_variant(encoded_)) return tiff.decode(block, out, bytes);
    std::span<const std::byte> decoded;
    try {
        decoded = decoder_.decode(encoded_, bytes);
    } catch (const Error& error) {
        tiff.raise_for_block(block, error);
    }
    if (!differenced_) {
        std::memcpy(out, decoded.data(), bytes);
        return;
    }
    const auto row_bytes = layout_.block_row_bytes();
    const auto bands = layout_.pixel_bytes() / layout_.sample_bytes;
    for (std::size_t at = 0; at < bytes; at += row_bytes) {
        tiff_undo_difference(decoded.data() + at, static_cast<std::size_t>(layout_.block_width_px), bands,
                             layout_.sample_bytes, out + at);
    }
}

}  // namespace tilewright
