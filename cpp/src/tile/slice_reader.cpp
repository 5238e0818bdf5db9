// SPDX-License-Identifier: Apache-2.0
#include "tile/slice_reader.h"

#include <algorithm>
#include <cstring>
#include <string>
#include <utility>

#include "tilewright/core/error.h"
#include "tilewright/raster/file_hash.h"

namespace tilewright::inline v0_1 {
namespace {

constexpr std::int64_t chunk_bytes = std::int64_t{8} << 20;
// A block taller than this is not held whole; the decoder's own cache has to do.
constexpr std::int64_t block_limit_bytes = std::int64_t{64} << 20;

std::string text_of(Size size) {
    return std::to_string(size.width_px) + " x " + std::to_string(size.height_px) + " px";
}

std::string content_of(const RasterInfo& info) {
    return text_of(info.size) + ", " + std::to_string(info.bands) + " bands of " + std::string(name(info.type)) +
           (info.mask == MaskKind::none ? "" : " with a mask");
}

void copy_rows(const MutableImageView& into, const MutableImageView& from) {
    const auto row_bytes = static_cast<std::size_t>(into.size.width_px) * into.pixel_bytes();
    for (std::int64_t y = 0; y < into.size.height_px; ++y) std::memcpy(into.row(y), from.row(y), row_bytes);
}

}  // namespace

RasterInfo without_nodata(const RasterInfo& info) {
    RasterInfo plain;
    plain.size = info.size;
    plain.bands = info.bands;
    plain.type = info.type;
    plain.mask = info.mask;
    plain.band.resize(static_cast<std::size_t>(info.bands));
    return plain;
}

std::int64_t rows_at_a_time(std::int64_t row_bytes, std::int64_t block_rows) noexcept {
    const auto wanted = std::max<std::int64_t>(1, chunk_bytes / std::max<std::int64_t>(1, row_bytes));
    if (block_rows <= 1 || block_rows > block_limit_bytes / std::max<std::int64_t>(1, row_bytes)) return wanted;
    return std::max<std::int64_t>(1, wanted / block_rows) * block_rows;
}

SliceReader::SliceReader(const Manifest& manifest, const SliceRecord& record)
    : manifest_(manifest),
      record_(record),
      path_(manifest.folder / record.filename),
      plain_(without_nodata(manifest.raster)),
      hash_(plain_) {
    plain_.size = {record.window.width_px, record.window.height_px};
}

void SliceReader::fail(const std::string& message) const {
    throw Error(ErrorCode::corrupt, message, path_text(path_));
}

void SliceReader::check_file() const {
    std::error_code error;
    if (std::filesystem::is_symlink(path_, error)) {
        const auto folder = std::filesystem::canonical(manifest_.folder, error);
        const auto target = std::filesystem::weakly_canonical(path_, error);
        if (error || target.parent_path() != folder) fail("the slice is a link out of its folder; put the file there");
    }
    const auto identity = file_identity(path_);
    if (identity.size_bytes != record_.file_size_bytes) {
        fail("the slice was " + std::string(identity.size_bytes < record_.file_size_bytes ? "truncated" : "altered") +
             ": it has " + std::to_string(identity.size_bytes) + " bytes, the manifest says " +
             std::to_string(record_.file_size_bytes));
    }
}

void SliceReader::open() {
    if (!file_proven_) {
        check_file();
        if (file_sha256(path_) != record_.sha256) fail("the slice was altered: its SHA-256 is not the manifest's");
        file_proven_ = true;
    }
    raster_ = open_raster(path_);
    const auto& info = raster_->info();
    if (info.size != plain_.size || info.bands != plain_.bands || info.type != plain_.type ||
        info.mask != plain_.mask) {
        fail("the slice has " + content_of(info) + ", the manifest says " + content_of(plain_));
    }
}

void SliceReader::read_chunk() {
    if (!raster_) open();
    const auto width = plain_.size.width_px;
    const auto row_bytes = width * static_cast<std::int64_t>(plain_.pixel_bytes());
    const auto rows = std::min(rows_at_a_time(row_bytes, raster_->row_step_px()), plain_.size.height_px - chunk_end_);
    const Window window{0, chunk_end_, width, rows};
    if (chunk_.size() != Size{width, rows}) chunk_ = Image({width, rows}, plain_.bands, plain_.type);
    raster_->read(window, chunk_.view());
    std::optional<ImageView> mask;
    if (plain_.mask != MaskKind::none) {
        if (chunk_mask_.size() != Size{width, rows}) chunk_mask_ = Image({width, rows}, 1, PixelType::uint8);
        raster_->read_mask(window, chunk_mask_.view());
        mask = chunk_mask_.view();
    }
    hash_.update(chunk_.view(), mask);
    chunk_begin_ = window.y_px;
    chunk_end_ = window.y_end();
}

void SliceReader::read(MutableImageView into, std::optional<MutableImageView> mask) {
    for (std::int64_t y = 0; y < into.size.height_px;) {
        if (next_row_ == chunk_end_) read_chunk();
        const auto rows = std::min(into.size.height_px - y, chunk_end_ - next_row_);
        const Window from{0, next_row_ - chunk_begin_, into.size.width_px, rows};
        const Window to{0, y, into.size.width_px, rows};
        copy_rows(into.crop(to), chunk_.view().crop(from));
        if (mask) copy_rows(mask->crop(to), chunk_mask_.view().crop(from));
        next_row_ += rows;
        y += rows;
    }
}

std::int64_t SliceReader::finish() {
    while (chunk_end_ < plain_.size.height_px) read_chunk();
    chunk_ = {};
    chunk_mask_ = {};
    raster_.reset();
    if (hash_.pixel_hash() != record_.pixel_hash) fail("the samples of the slice are not those the manifest proves");
    if (hash_.mask_hash() != record_.mask_hash) fail("the mask of the slice is not the one the manifest proves");
    return plain_.raw_bytes();
}

}  // namespace tilewright::inline v0_1
