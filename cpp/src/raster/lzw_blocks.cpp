// SPDX-License-Identifier: Apache-2.0
#include "raster/lzw_blocks.h"

#include <span>

#include "raster/block_scratch.h"
#include "tilewright/core/error.h"

namespace tilewright::inline v0_1 {

bool LzwBlocks::can_decode(const TiffHandle& tiff, const TiffLayout& layout) {
    // Asked first: libtiff knows the predictor's tag only for codecs that have one.
    return tiff.field_16(TIFFTAG_COMPRESSION, COMPRESSION_NONE) == COMPRESSION_LZW &&
           tiff.field_16(TIFFTAG_FILLORDER, FILLORDER_MSB2LSB) == FILLORDER_MSB2LSB &&
           SampleRestorer::knows(tiff, layout);
}

void LzwBlocks::decode(TiffHandle& tiff, std::uint32_t block, std::byte* out, std::size_t bytes) {
    auto& encoded = block_scratch().encoded;
    tiff.read_raw(block, encoded);
    if (LzwDecoder::is_old_variant(encoded)) return tiff.decode(block, out, bytes);
    std::span<const std::byte> decoded;
    try {
        decoded = decoder_.decode(encoded, bytes);
    } catch (const Error& error) {
        tiff.raise_for_block(block, error);
    }
    restorer_.restore(decoded.data(), bytes, out);
}

}  // namespace tilewright::inline v0_1
