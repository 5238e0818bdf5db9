// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>

#include "raster/sample_restorer.h"
#include "raster/tiff_handle.h"
#include "tilewright/codec/inflate.h"

namespace tilewright::inline v0_1 {

/// Decodes the DEFLATE strips and tiles of a TIFF to the end of their streams. libtiff stops where a block is full, so
/// it never sees the checksum behind it, and takes damaged samples for whole ones. Serves one thread at a time.
class DeflateBlocks {
public:
    /// Whether the directory's blocks are DEFLATE; libtiff refuses those with a predictor that nobody knows.
    static bool can_decode(const TiffHandle& tiff, const TiffLayout& layout);

    DeflateBlocks(const TiffHandle& tiff, const TiffLayout& layout);

    /// As TiffHandle::decode; whole rows.
    void decode(TiffHandle& tiff, std::uint32_t block, std::byte* out, std::size_t bytes);

private:
    /// Decodes what block_scratch() holds.
    void inflate(const TiffHandle& tiff, std::uint32_t block, std::byte* out, std::size_t room, std::size_t wanted);

    const std::size_t block_bytes_;
    const bool bits_reversed_;
    SampleRestorer restorer_;
    Inflater inflater_;
};

}  // namespace tilewright::inline v0_1
