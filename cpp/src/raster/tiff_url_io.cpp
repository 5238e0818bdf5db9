// SPDX-License-Identifier: Apache-2.0
#include "raster/tiff_url_io.h"

#include <cstdio>
#include <span>

namespace tilewright::inline v0_1 {

TIFF* TiffUrlIo::open(const std::string& name, TIFFOpenOptions* options) {
    return TIFFClientOpenExt(
        name.c_str(), "rm", this,
        [](thandle_t io, void* into, tmsize_t size) { return static_cast<TiffUrlIo*>(io)->read(into, size); },
        [](thandle_t, void*, tmsize_t) { return tmsize_t{-1}; },
        [](thandle_t io, toff_t offset, int whence) -> toff_t {
            return static_cast<TiffUrlIo*>(io)->seek(offset, whence);
        },
        [](thandle_t) { return 0; },
        [](thandle_t io) -> toff_t {
            return static_cast<toff_t>(static_cast<TiffUrlIo*>(io)->file_->identity().size_bytes);
        },
        nullptr, nullptr, options);
}

tmsize_t TiffUrlIo::read(void* into, tmsize_t size) {
    try {
        const auto came =
            file_->read_at(offset_, {static_cast<std::byte*>(into), static_cast<std::size_t>(size < 0 ? 0 : size)});
        offset_ += came;
        return static_cast<tmsize_t>(came);
    } catch (...) {
        if (!error_) error_ = std::current_exception();
        return -1;
    }
}

std::uint64_t TiffUrlIo::seek(std::uint64_t offset, int whence) {
    const auto size = static_cast<std::uint64_t>(file_->identity().size_bytes);
    offset_ = offset + (whence == SEEK_CUR ? offset_ : whence == SEEK_END ? size : 0);
    return offset_;
}

}  // namespace tilewright::inline v0_1
