// SPDX-License-Identifier: Apache-2.0
#include "raster/tiff_handle.h"

#include <array>
#include <cstdarg>
#include <cstdio>

#include "raster/gdal_error.h"
#include "tilewright/core/error.h"
#include "tilewright/storage/file.h"

namespace tilewright::inline v0_1 {
namespace {

std::string formatted(const char* module, const char* format, va_list arguments) {
    std::array<char, 512> text{};
    std::vsnprintf(text.data(), text.size(), format, arguments);
    return module == nullptr ? std::string(text.data()) : std::string(module) + ": " + text.data();
}

}  // namespace

int TiffHandle::take_failure(TIFF*, void* user, const char* module, const char* format, va_list arguments) {
    auto& messages = *static_cast<Messages*>(user);
    if (messages.failure.empty()) messages.failure = formatted(module, format, arguments);
    return 1;
}

int TiffHandle::take_warning(TIFF*, void* user, const char* module, const char* format, va_list arguments) {
    auto& messages = *static_cast<Messages*>(user);
    if (!messages.damage.empty()) return 1;
    const auto text = formatted(module, format, arguments);
    if (tells_of_damage(text)) messages.damage = text;
    return 1;
}

TiffHandle::TiffHandle(const GdalSource& source, Access access)
    : where_(path_text(source.path)), messages_(std::make_unique<Messages>()) {
    const std::unique_ptr<TIFFOpenOptions, void (*)(TIFFOpenOptions*)> options(TIFFOpenOptionsAlloc(),
                                                                               TIFFOpenOptionsFree);
    if (!options) throw Error(ErrorCode::resource, "not enough memory to open the TIFF", where_);
    TIFFOpenOptionsSetErrorHandlerExtR(options.get(), take_failure, messages_.get());
    TIFFOpenOptionsSetWarningHandlerExtR(options.get(), take_warning, messages_.get());
    // A mapped file that another program cuts short ends the process; one that is read gives an error.
    open(source, access == Access::map ? "r" : "rm", options.get());
    if (!tiff_ || (source.directory_offset != 0 && TIFFSetSubDirectory(tiff_.get(), source.directory_offset) == 0)) {
        raise("the TIFF cannot be opened");
    }
    tiled_ = TIFFIsTiled(tiff_.get()) != 0;
    file_bytes_ = TIFFGetSizeProc(tiff_.get())(TIFFClientdata(tiff_.get()));
    // What libtiff says of tags at opening, GDAL said already.
    *messages_ = {};
}

void TiffHandle::open(const GdalSource& source, const char* mode, TIFFOpenOptions* options) {
    if (!source.url_file) return tiff_.reset(TIFFOpenExt(source.path.c_str(), mode, options));
    url_io_ = std::make_unique<TiffUrlIo>(source.url_file->file);
    tiff_.reset(url_io_->open(where_, options));
}

bool TiffHandle::has_block(std::uint32_t block) {
    int failed = 0;
    const auto bytes = TIFFGetStrileByteCountWithErr(tiff_.get(), block, &failed);
    if (failed != 0) raise("the place of block " + std::to_string(block) + " cannot be read");
    return bytes != 0;
}

void TiffHandle::decode(std::uint32_t block, std::byte* out, std::size_t bytes) {
    const auto size = static_cast<tmsize_t>(bytes);
    const auto got = tiled_ ? TIFFReadEncodedTile(tiff_.get(), block, out, size)
                            : TIFFReadEncodedStrip(tiff_.get(), block, out, size);
    if (got == size && messages_->failure.empty() && messages_->damage.empty()) return;
    place_of(block);  // says so where the file is cut off, which libtiff tells of as of any other damage
    raise(block_cannot_be_decoded(block));
}

std::pair<std::uint64_t, std::uint64_t> TiffHandle::place_of(std::uint32_t block) {
    int no_offset = 0;
    int no_size = 0;
    const auto offset = TIFFGetStrileOffsetWithErr(tiff_.get(), block, &no_offset);
    const auto size = TIFFGetStrileByteCountWithErr(tiff_.get(), block, &no_size);
    if (no_offset != 0 || no_size != 0) raise(block_cannot_be_decoded(block));
    // The figures are the file's word; held against it before memory is taken for them.
    if (size > file_bytes_ || offset > file_bytes_ - size) {
        throw Error(ErrorCode::corrupt,
                    block_cannot_be_decoded(block) + ": the file is cut off; it has " + std::to_string(file_bytes_) +
                        " bytes, and the " + std::to_string(size) + " of this block begin at byte " +
                        std::to_string(offset),
                    where_);
    }
    return {offset, size};
}

void TiffHandle::read_at(std::uint64_t offset, std::span<std::byte> bytes) {
    auto* const file = TIFFClientdata(tiff_.get());
    const auto wanted = static_cast<tmsize_t>(bytes.size());
    if (TIFFGetSeekProc(tiff_.get())(file, offset, SEEK_SET) != offset ||
        TIFFGetReadProc(tiff_.get())(file, bytes.data(), wanted) != wanted) {
        if (url_io_) url_io_->rethrow_error();
        throw Error(ErrorCode::corrupt, "the file ends before byte " + std::to_string(offset + bytes.size()), where_);
    }
}

void TiffHandle::read_raw(std::uint32_t block, std::vector<std::byte>& bytes) {
    const auto [offset, size] = place_of(block);
    bytes.resize(static_cast<std::size_t>(size));
    read_at(offset, bytes);
}

void TiffHandle::raise_for_block(std::uint32_t block, const Error& reason) const {
    throw Error(reason.code(), block_cannot_be_decoded(block) + ": " + reason.what(), where_);
}

std::string TiffHandle::block_cannot_be_decoded(std::uint32_t block) const {
    return (tiled_ ? "tile " : "strip ") + std::to_string(block) + " cannot be decoded";
}

void TiffHandle::decode_row(std::int64_t row, int plane, std::byte* out) {
    const auto got =
        TIFFReadScanline(tiff_.get(), out, static_cast<std::uint32_t>(row), static_cast<std::uint16_t>(plane));
    const auto doing = [&] { return "row " + std::to_string(row) + " cannot be decoded"; };
    if (got != 1) raise(doing());
    if (!messages_->failure.empty() || !messages_->damage.empty()) raise(doing());
}

std::uint16_t TiffHandle::field_16(std::uint32_t tag, std::uint16_t otherwise) const {
    std::uint16_t value = 0;
    return TIFFGetFieldDefaulted(tiff_.get(), tag, &value) == 1 ? value : otherwise;
}

void TiffHandle::raise(const std::string& doing) const {
    if (url_io_) url_io_->rethrow_error();
    const auto& reason = messages_->failure.empty() ? messages_->damage : messages_->failure;
    throw Error(code_of_message(reason, ErrorCode::corrupt), reason.empty() ? doing : doing + ": " + reason, where_);
}

}  // namespace tilewright::inline v0_1
