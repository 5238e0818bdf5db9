// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "raster/sample_restorer.h"
#include "raster/tiff_handle.h"
#include "tilewright/codec/inflate.h"

namespace tilewright::inline v0_1 {

/// Decodes DEFLATE strips row by row in little memory, for those that are too large to be held; a strip's checksum is
/// checked behind its last row. What DeflateBlocks::can_decode() takes. Serves one thread at a time.
class DeflateRows {
public:
    /// @param tiff  outlives this
    DeflateRows(TiffHandle& tiff, const TiffLayout& layout);

    /// As TiffHandle::decode_row: each row follows the one decoded before or is the first of its strip.
    void decode_row(std::int64_t row, int plane, std::byte* out);

private:
    void begin(std::uint32_t strip);
    std::span<const std::byte> next_piece();

    TiffHandle& tiff_;
    const TiffLayout layout_;
    const bool bits_reversed_;
    SampleRestorer restorer_;
    std::optional<StreamInflater> inflater_;
    std::uint64_t at_ = 0;  // in the file, of what is read next of the strip
    std::uint64_t left_ = 0;
    std::vector<std::byte> piece_;
    std::vector<std::byte> row_;
};

}  // namespace tilewright::inline v0_1
