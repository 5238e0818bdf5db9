// SPDX-License-Identifier: Apache-2.0
#include "raster/deflate_blocks.h"

#include <span>

#include "raster/block_scratch.h"
#include "tilewright/core/error.h"

namespace tilewright::inline v0_1 {

bool DeflateBlocks::can_decode(const TiffHandle& tiff, const TiffLayout& layout) {
    const auto codec = tiff.field_16(TIFFTAG_COMPRESSION, COMPRESSION_NONE);
    return (codec == COMPRESSION_DEFLATE || codec == COMPRESSION_ADOBE_DEFLATE) && SampleRestorer::knows(tiff, layout);
}

DeflateBlocks::DeflateBlocks(const TiffHandle& tiff, const TiffLayout& layout)
    : block_bytes_(layout.block_bytes()),
      bits_reversed_(tiff.field_16(TIFFTAG_FILLORDER, FILLORDER_MSB2LSB) == FILLORDER_LSB2MSB),
      restorer_(tiff, layout) {}

void DeflateBlocks::decode(TiffHandle& tiff, std::uint32_t block, std::byte* out, std::size_t bytes) {
    auto& [encoded, decoded] = block_scratch();
    tiff.read_raw(block, encoded);
    if (bits_reversed_) {
        TIFFReverseBits(reinterpret_cast<std::uint8_t*>(encoded.data()), static_cast<tmsize_t>(encoded.size()));
    }
    if (restorer_.changes_nothing() && bytes == block_bytes_) return inflate(tiff, block, out, bytes, bytes);
    // Blocks at the lower edge are stored with the rows that nobody sees, or without.
    decoded.resize(block_bytes_);
    inflate(tiff, block, decoded.data(), decoded.size(), bytes);
    restorer_.restore(decoded.data(), bytes, out);
}

void DeflateBlocks::inflate(const TiffHandle& tiff, std::uint32_t block, std::byte* out, std::size_t room,
                            std::size_t wanted) {
    try {
        if (inflater_.inflate(block_scratch().encoded, {out, room}) < wanted) {
            throw Error(ErrorCode::corrupt, "DEFLATE data hold less than the block");
        }
    } catch (const Error& error) {
        tiff.raise_for_block(block, error);
    }
}

}  // namespace tilewright::inline v0_1
