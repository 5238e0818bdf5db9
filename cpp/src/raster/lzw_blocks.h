// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>

#include "raster/sample_restorer.h"
#include "raster/tiff_handle.h"
#include "tilewright/codec/lzw.h"

namespace tilewright::inline v0_1 {

/// Decodes the LZW strips and tiles of a TIFF with our own decoder, as LZW is what aerial imagery comes in and
/// libtiff's decoder is the slowest part of cutting it. Serves one thread at a time.
class LzwBlocks {
public:
    /// Whether the directory's blocks are LZW of a kind that decode() reads; all others are libtiff's.
    static bool can_decode(const TiffHandle& tiff, const TiffLayout& layout);

    LzwBlocks(const TiffHandle& tiff, const TiffLayout& layout) : restorer_(tiff, layout) {}

    /// As TiffHandle::decode; whole rows.
    void decode(TiffHandle& tiff, std::uint32_t block, std::byte* out, std::size_t bytes);

private:
    SampleRestorer restorer_;
    LzwDecoder decoder_;
};

}  // namespace tilewright::inline v0_1
