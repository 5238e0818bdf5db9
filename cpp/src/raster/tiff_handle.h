// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <tiffio.h>

#include <cstdarg>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "raster/gdal_open.h"
#include "raster/tiff_url_io.h"
#include "tilewright/core/error.h"

namespace tilewright::inline v0_1 {

/// Where the blocks of one directory lie and how their samples are stored: what libtiff's plain codecs need.
struct TiffLayout {
    std::int64_t width_px = 0;
    std::int64_t height_px = 0;
    int bands = 0;
    bool tiled = false;
    bool planar = false;  ///< each band in blocks of its own
    std::int64_t block_width_px = 0;
    std::int64_t block_height_px = 0;
    std::size_t sample_bytes = 0;

    std::int64_t planes() const noexcept { return planar ? bands : 1; }
    std::size_t pixel_bytes() const noexcept { return sample_bytes * static_cast<std::size_t>(planar ? 1 : bands); }
    std::int64_t blocks_across() const noexcept { return (width_px + block_width_px - 1) / block_width_px; }
    std::int64_t blocks_down() const noexcept { return (height_px + block_height_px - 1) / block_height_px; }
    std::size_t block_row_bytes() const noexcept { return static_cast<std::size_t>(block_width_px) * pixel_bytes(); }
    std::size_t block_bytes() const noexcept { return block_row_bytes() * static_cast<std::size_t>(block_height_px); }
};

/// One directory of a TIFF, open in libtiff. Its messages are kept, not printed. Serves one thread at a time.
class TiffHandle {
public:
    enum class Access { read, map };

    /// @param access  how libtiff gets at the file: by reading, or mapped, which spares memory for strips without end
    /// @throws Error corrupt, io, resource
    TiffHandle(const GdalSource& source, Access access);
    TiffHandle(const TiffHandle&) = delete;
    TiffHandle& operator=(const TiffHandle&) = delete;

    TIFF* get() const noexcept { return tiff_.get(); }

    /// Whether the file has the block; a sparse one leaves blocks out.
    bool has_block(std::uint32_t block);

    /// Decodes strip or tile number `block` into `out`.
    /// @param bytes  what the caller wants of it, at most its size
    /// @throws Error corrupt with the block's number, io, resource
    void decode(std::uint32_t block, std::byte* out, std::size_t bytes);

    /// Reads the bytes of a strip or tile as they are stored. @throws Error as decode
    void read_raw(std::uint32_t block, std::vector<std::byte>& bytes);

    /// Where the bytes of a strip or tile begin in the file, and how many they are. @throws Error as decode
    std::pair<std::uint64_t, std::uint64_t> place_of(std::uint32_t block);

    /// Reads bytes of the file as they are stored; a block's may be read in pieces. @throws Error corrupt
    void read_at(std::uint64_t offset, std::span<std::byte> bytes);

    /// What another decoder says of a block's bytes, as an Error that names the file and the block.
    [[noreturn]] void raise_for_block(std::uint32_t block, const Error& reason) const;

    /// Decodes the next row of a strip; rows of a strip come in order. @throws Error as decode
    void decode_row(std::int64_t row, int plane, std::byte* out);

    std::uint16_t field_16(std::uint32_t tag, std::uint16_t otherwise) const;

private:
    struct Closer {
        void operator()(TIFF* tiff) const noexcept { TIFFClose(tiff); }
    };
    struct Messages {
        std::string failure;
        std::string damage;
    };
    std::string block_cannot_be_decoded(std::uint32_t block) const;
    [[noreturn]] void raise(const std::string& doing) const;
    void open(const GdalSource& source, const char* mode, TIFFOpenOptions* options);
    static int take_failure(TIFF*, void* user, const char* module, const char* format, va_list arguments);
    static int take_warning(TIFF*, void* user, const char* module, const char* format, va_list arguments);

    std::string where_;
    std::unique_ptr<Messages> messages_;  // outlives the TIFF, which may still speak while it closes
    std::unique_ptr<TiffUrlIo> url_io_;   // as does what it reads through where its place is no local file
    std::unique_ptr<TIFF, Closer> tiff_;
    bool tiled_ = false;
    std::uint64_t file_bytes_ = 0;
};

}  // namespace tilewright::inline v0_1
