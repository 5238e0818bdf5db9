// SPDX-License-Identifier: Apache-2.0
#include "raster/deflate_rows.h"

#include <algorithm>
#include <span>
#include <tuple>

#include "tilewright/core/error.h"

namespace tilewright::inline v0_1 {
namespace {

constexpr std::size_t piece_bytes = std::size_t{1} << 16;

}  // namespace

DeflateRows::DeflateRows(TiffHandle& tiff, const TiffLayout& layout)
    : tiff_(tiff),
      layout_(layout),
      bits_reversed_(tiff.field_16(TIFFTAG_FILLORDER, FILLORDER_MSB2LSB) == FILLORDER_LSB2MSB),
      restorer_(tiff, layout),
      piece_(piece_bytes),
      row_(layout.block_row_bytes()) {}

void DeflateRows::decode_row(std::int64_t row, int plane, std::byte* out) {
    const auto strip = static_cast<std::uint32_t>(plane * layout_.blocks_down() + row / layout_.block_height_px);
    const auto row_of_strip = row % layout_.block_height_px;
    try {
        if (row_of_strip == 0) begin(strip);
        if (inflater_->read(row_) < row_.size()) {
            throw Error(ErrorCode::corrupt, "DEFLATE data hold less than the block");
        }
        if (row_of_strip + 1 == layout_.block_height_px || row + 1 == layout_.height_px) inflater_->finish();
    } catch (const Error& error) {
        tiff_.raise_for_block(strip, error);
    }
    restorer_.restore(row_.data(), row_.size(), out);
}

void DeflateRows::begin(std::uint32_t strip) {
    std::tie(at_, left_) = tiff_.place_of(strip);
    inflater_.emplace([this] { return next_piece(); });
}

std::span<const std::byte> DeflateRows::next_piece() {
    const std::span piece(piece_.data(), static_cast<std::size_t>(std::min<std::uint64_t>(left_, piece_.size())));
    tiff_.read_at(at_, piece);
    if (bits_reversed_) {
        TIFFReverseBits(reinterpret_cast<std::uint8_t*>(piece.data()), static_cast<tmsize_t>(piece.size()));
    }
    at_ += piece.size();
    left_ -= piece.size();
    return piece;
}

}  // namespace tilewright::inline v0_1
