// SPDX-License-Identifier: Apache-2.0
#include "raster/tiff_reader.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <mutex>
#include <optional>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "raster/deflate_blocks.h"
#include "raster/deflate_rows.h"
#include "raster/gdal_info.h"
#include "raster/gdal_reader.h"
#include "raster/lzw_blocks.h"
#include "raster/sample_copy.h"
#include "raster/tiff_handle.h"
#include "tilewright/core/error.h"

namespace tilewright::inline v0_1 {
namespace {

// A strip larger than this is decoded row by row. Some programs write the whole image as one.
constexpr std::int64_t whole_strip_bytes = std::int64_t{16} << 20;

std::optional<TiffLayout> plain_layout(const TiffHandle& handle, const RasterInfo& info) {
    TIFF* tiff = handle.get();
    constexpr std::array<std::uint16_t, 7> codecs{COMPRESSION_NONE,    COMPRESSION_LZW,           COMPRESSION_PACKBITS,
                                                  COMPRESSION_DEFLATE, COMPRESSION_ADOBE_DEFLATE, COMPRESSION_ZSTD,
                                                  COMPRESSION_LZMA};
    const auto codec = handle.field_16(TIFFTAG_COMPRESSION, COMPRESSION_NONE);
    if (std::find(codecs.begin(), codecs.end(), codec) == codecs.end() || TIFFIsCODECConfigured(codec) == 0) return {};
    std::uint16_t photometric = 0;
    if (TIFFGetField(tiff, TIFFTAG_PHOTOMETRIC, &photometric) == 0) return {};
    if (photometric != PHOTOMETRIC_MINISBLACK && photometric != PHOTOMETRIC_RGB && photometric != PHOTOMETRIC_PALETTE) {
        return {};
    }
    if (is_complex(info.type) || info.band.front().bits_per_sample != 0) return {};

    TiffLayout layout;
    layout.sample_bytes = size_bytes(info.type);
    if (handle.field_16(TIFFTAG_BITSPERSAMPLE, 1) != 8 * layout.sample_bytes) return {};
    const auto format = handle.field_16(TIFFTAG_SAMPLEFORMAT, SAMPLEFORMAT_UINT);
    if ((format == SAMPLEFORMAT_IEEEFP) != is_floating(info.type)) return {};
    std::uint32_t width = 0;
    std::uint32_t height = 0;
    TIFFGetField(tiff, TIFFTAG_IMAGEWIDTH, &width);
    TIFFGetField(tiff, TIFFTAG_IMAGELENGTH, &height);
    layout.width_px = width;
    layout.height_px = height;
    layout.bands = handle.field_16(TIFFTAG_SAMPLESPERPIXEL, 1);
    if (info.size != Size{layout.width_px, layout.height_px} || info.bands != layout.bands) return {};
    layout.planar =
        handle.field_16(TIFFTAG_PLANARCONFIG, PLANARCONFIG_CONTIG) == PLANARCONFIG_SEPARATE && layout.bands > 1;
    layout.tiled = TIFFIsTiled(tiff) != 0;
    if (layout.tiled) {
        std::uint32_t block_width = 0;
        std::uint32_t block_height = 0;
        TIFFGetField(tiff, TIFFTAG_TILEWIDTH, &block_width);
        TIFFGetField(tiff, TIFFTAG_TILELENGTH, &block_height);
        layout.block_width_px = block_width;
        layout.block_height_px = block_height;
    } else {
        std::uint32_t rows = 0;
        TIFFGetFieldDefaulted(tiff, TIFFTAG_ROWSPERSTRIP, &rows);
        layout.block_width_px = layout.width_px;
        layout.block_height_px = std::min<std::int64_t>(rows, layout.height_px);
    }
    if (layout.block_width_px <= 0 || layout.block_height_px <= 0) return {};
    // libtiff has to agree on where samples lie, or the file is one of the odd ones.
    const auto block = layout.tiled ? TIFFTileSize(tiff) : TIFFStripSize(tiff);
    if (block != static_cast<tmsize_t>(layout.block_bytes())) return {};
    const auto blocks = layout.tiled ? TIFFNumberOfTiles(tiff) : TIFFNumberOfStrips(tiff);
    if (static_cast<std::int64_t>(blocks) != layout.blocks_across() * layout.blocks_down() * layout.planes()) return {};
    return layout;
}

// The pixel that GDAL puts where a sparse file has no block: each band's nodata, else 0.
std::vector<std::byte> blank_pixel(const RasterInfo& info) {
    const auto sample = size_bytes(info.type);
    std::vector<std::byte> pixel(info.pixel_bytes(), std::byte{0});
    for (std::size_t i = 0; i < info.band.size(); ++i) {
        if (!info.band[i].nodata) continue;
        std::byte* into = pixel.data() + i * sample;
        std::visit(
            [&](auto value) {
                const auto kind = std::is_same_v<decltype(value), double>         ? GDT_Float64
                                  : std::is_same_v<decltype(value), std::int64_t> ? GDT_Int64
                                                                                  : GDT_UInt64;
                GDALCopyWords64(&value, kind, 0, into, gdal_type(info.type), 0, 1);
            },
            *info.band[i].nodata);
    }
    return pixel;
}

// An open file, the block it decoded last, and, for strips without end, the row it comes to next.
struct Session {
    // libtiff holds the compressed strip as a whole if it reads it.
    Session(const GdalSource& source, const TiffLayout& layout, bool by_rows)
        : tiff(source, by_rows ? TiffHandle::Access::map : TiffHandle::Access::read) {
        if (by_rows) {
            if (DeflateBlocks::can_decode(tiff, layout)) deflate_rows.emplace(tiff, layout);
            return;
        }
        if (LzwBlocks::can_decode(tiff, layout)) {
            lzw.emplace(tiff, layout);
        } else if (DeflateBlocks::can_decode(tiff, layout)) {
            deflate.emplace(tiff, layout);
        }
    }

    void decode(std::uint32_t number, std::byte* out, std::size_t bytes) {
        if (lzw) {
            lzw->decode(tiff, number, out, bytes);
        } else if (deflate) {
            deflate->decode(tiff, number, out, bytes);
        } else {
            tiff.decode(number, out, bytes);
        }
    }

    void decode_row(std::int64_t row, int row_plane, std::byte* out) {
        if (deflate_rows) {
            deflate_rows->decode_row(row, row_plane, out);
        } else {
            tiff.decode_row(row, row_plane, out);
        }
    }

    void drop_block() {
        block = std::vector<std::byte>();  // `{}` would keep the memory
        block_number.reset();
    }

    TiffHandle tiff;
    std::optional<LzwBlocks> lzw;
    std::optional<DeflateBlocks> deflate;
    std::optional<DeflateRows> deflate_rows;
    std::vector<std::byte> block;
    std::optional<std::uint32_t> block_number;
    int plane = 0;
    std::int64_t next_row = 0;
};

class TiffReader : public RasterReader {
public:
    TiffReader(const RasterInfo& info, GdalSource source, const TiffLayout& layout, std::unique_ptr<RasterReader> masks)
        : info_(info),
          source_(std::move(source)),
          layout_(layout),
          by_rows_(!layout.tiled && static_cast<std::int64_t>(layout.block_bytes()) > whole_strip_bytes),
          blank_(blank_pixel(info)),
          masks_(std::move(masks)) {}

    const RasterInfo& info() const noexcept override { return info_; }

    void read(const Window& window, MutableImageView into) override {
        require_readable(info_, window, into, info_.bands, info_.type);
        if (window.area() == 0) return;
        for (int plane = 0; plane < layout_.planes(); ++plane) {
            auto session = take(plane, window.y_px);
            const auto part = plane_of(into, plane);
            if (by_rows_) {
                read_rows(*session, plane, window, part);
            } else {
                read_blocks(*session, plane, window, part);
            }
            // One that threw is closed: nobody knows what libtiff makes of it now.
            const std::lock_guard lock(mutex_);
            idle_.push_back(std::move(session));
        }
    }

    void read_mask(const Window& window, MutableImageView into) override {
        if (masks_) return masks_->read_mask(window, into);
        require_readable(info_, window, into, 1, PixelType::uint8);
        fill_opaque(into);
    }

    void drop_decoded() override {
        if (masks_) masks_->drop_decoded();
        if (by_rows_) return;
        const std::lock_guard lock(mutex_);
        for (auto& session : idle_) session->drop_block();
    }

    std::int64_t working_bytes() const noexcept override {
        const auto once = by_rows_ ? static_cast<std::int64_t>(layout_.block_row_bytes())
                                   : static_cast<std::int64_t>(layout_.block_bytes());
        // A block as compressed, as decoded and as samples, and libtiff's own tables.
        return 3 * once + (std::int64_t{1} << 20) + (masks_ ? masks_->working_bytes() : 0);
    }

    std::int64_t row_step_px() const noexcept override { return by_rows_ ? 1 : layout_.block_height_px; }

private:
    std::unique_ptr<Session> take(int plane, std::int64_t row) {
        {
            const std::lock_guard lock(mutex_);
            const auto rank = [&](const Session& session) {
                const bool ahead = session.plane == plane && session.next_row <= row;
                return by_rows_ && ahead ? session.next_row : -1;
            };
            const auto best = std::max_element(idle_.begin(), idle_.end(),
                                               [&](const auto& a, const auto& b) { return rank(*a) < rank(*b); });
            const bool taken = best != idle_.end() && (!by_rows_ || rank(**best) >= 0 || !needs_own_session(plane));
            if (taken) {
                auto session = std::move(*best);
                idle_.erase(best);
                return session;
            }
        }
        auto session = std::make_unique<Session>(source_, layout_, by_rows_);
        session->plane = plane;
        return session;
    }

    // Planes that take turns would begin again at each; so each of them keeps a session of its own.
    bool needs_own_session(int plane) const {
        return layout_.planes() > 1 &&
               std::none_of(idle_.begin(), idle_.end(), [&](const auto& session) { return session->plane == plane; });
    }

    MutableImageView plane_of(const MutableImageView& into, int plane) const {
        if (!layout_.planar) return into;
        auto part = into;
        part.data += plane * into.band_stride_bytes;
        part.bands = 1;
        part.band_stride_bytes = static_cast<std::ptrdiff_t>(layout_.sample_bytes);
        return part;
    }

    // Whether rows of a block can be decoded right where the caller wants them.
    bool lies_like(const MutableImageView& target, std::int64_t block_width) const {
        return target.rows_are_packed() && target.size.width_px == block_width &&
               (target.size.height_px == 1 ||
                target.row_stride_bytes == static_cast<std::ptrdiff_t>(layout_.block_row_bytes())) &&
               reinterpret_cast<std::uintptr_t>(target.data) % layout_.sample_bytes == 0;
    }

    void read_blocks(Session& session, int plane, const Window& window, const MutableImageView& into) const {
        const auto first_down = window.y_px / layout_.block_height_px;
        const auto last_down = (window.y_end() - 1) / layout_.block_height_px;
        const auto first_across = window.x_px / layout_.block_width_px;
        const auto last_across = (window.x_end() - 1) / layout_.block_width_px;
        if (source_.url_file) prefetch(session, plane, first_down, last_down, first_across, last_across);
        for (auto down = first_down; down <= last_down; ++down) {
            for (auto across = first_across; across <= last_across; ++across) {
                read_block(session, plane, down, across, window, into);
            }
        }
    }

    // Blocks beside each other in the image mostly lie so in the file: then they come in one request.
    void prefetch(Session& session, int plane, std::int64_t first_down, std::int64_t last_down,
                  std::int64_t first_across, std::int64_t last_across) const {
        std::vector<ByteRange> ranges;
        for (auto down = first_down; down <= last_down; ++down) {
            for (auto across = first_across; across <= last_across; ++across) {
                const auto number = block_number(plane, down, across);
                if (!session.tiff.has_block(number) || session.block_number == number) continue;
                const auto [offset, size] = session.tiff.place_of(number);
                ranges.push_back({offset, size});
            }
        }
        source_.url_file->file->prefetch(ranges);
    }

    std::uint32_t block_number(int plane, std::int64_t down, std::int64_t across) const {
        return static_cast<std::uint32_t>((plane * layout_.blocks_down() + down) * layout_.blocks_across() + across);
    }

    void read_block(Session& session, int plane, std::int64_t down, std::int64_t across, const Window& window,
                    const MutableImageView& into) const {
        const auto number = block_number(plane, down, across);
        const auto left = across * layout_.block_width_px;
        const auto top = down * layout_.block_height_px;
        // Strips end with the image. Tiles hang over its edge; some programs leave out the rows that nobody sees.
        const auto rows = std::min(layout_.block_height_px, layout_.height_px - top);
        const auto x = std::max(left, window.x_px);
        const auto y = std::max(top, window.y_px);
        const auto x_end = std::min(left + layout_.block_width_px, window.x_end());
        const auto y_end = std::min(top + rows, window.y_end());
        const auto target = into.crop({x - window.x_px, y - window.y_px, x_end - x, y_end - y});

        if (!session.tiff.has_block(number)) return fill_blank(target, plane);
        const auto bytes = layout_.block_row_bytes() * static_cast<std::size_t>(rows);
        if (y_end - y == rows && lies_like(target, layout_.block_width_px)) {
            return session.decode(number, target.data, bytes);
        }
        if (session.block_number != number) {
            session.block.resize(layout_.block_bytes());
            session.block_number.reset();
            session.decode(number, session.block.data(), bytes);
            session.block_number = number;
        }
        const ImageView decoded{session.block.data(),
                                {layout_.block_width_px, rows},
                                target.bands,
                                info_.type,
                                static_cast<std::ptrdiff_t>(layout_.block_row_bytes()),
                                static_cast<std::ptrdiff_t>(layout_.pixel_bytes()),
                                static_cast<std::ptrdiff_t>(layout_.sample_bytes)};
        copy_samples(decoded.crop({x - left, y - top, x_end - x, y_end - y}), target);
    }

    void read_rows(Session& session, int plane, const Window& window, const MutableImageView& into) const {
        const auto strips_before = static_cast<std::uint32_t>(plane * layout_.blocks_down());
        session.block.resize(layout_.block_row_bytes());
        for (auto y = window.y_px; y < window.y_end(); ++y) {
            const auto target = into.crop({0, y - window.y_px, window.width_px, 1});
            const auto strip = static_cast<std::uint32_t>(y / layout_.block_height_px);
            if (!session.tiff.has_block(strips_before + strip)) {
                fill_blank(target, plane);
                continue;
            }
            skip_to(session, plane, y);
            if (window.width_px == layout_.width_px && lies_like(target, layout_.width_px)) {
                session.decode_row(y, plane, target.data);
            } else {
                session.decode_row(y, plane, session.block.data());
                const ImageView decoded{session.block.data(),
                                        {layout_.width_px, 1},
                                        target.bands,
                                        info_.type,
                                        static_cast<std::ptrdiff_t>(layout_.block_row_bytes()),
                                        static_cast<std::ptrdiff_t>(layout_.pixel_bytes()),
                                        static_cast<std::ptrdiff_t>(layout_.sample_bytes)};
                copy_samples(decoded.crop({window.x_px, 0, window.width_px, 1}), target);
            }
            session.next_row = y + 1;
        }
    }

    // The rows of a strip depend on those above; libtiff begins a strip anew if a row lies behind.
    void skip_to(Session& session, int plane, std::int64_t row) const {
        const auto top = row / layout_.block_height_px * layout_.block_height_px;
        const bool on_the_way = session.plane == plane && session.next_row > top && session.next_row <= row;
        for (auto y = on_the_way ? session.next_row : top; y < row; ++y) {
            session.decode_row(y, plane, session.block.data());
        }
        session.plane = plane;
    }

    void fill_blank(const MutableImageView& target, int plane) const {
        const ImageView pixel{blank_.data() + static_cast<std::size_t>(plane) * layout_.sample_bytes,
                              target.size,
                              target.bands,
                              info_.type,
                              0,
                              0,
                              static_cast<std::ptrdiff_t>(layout_.sample_bytes)};
        copy_samples(pixel, target);
    }

    const RasterInfo info_;
    const GdalSource source_;
    const TiffLayout layout_;
    const bool by_rows_;
    const std::vector<std::byte> blank_;
    const std::unique_ptr<RasterReader> masks_;
    std::mutex mutex_;
    std::vector<std::unique_ptr<Session>> idle_;
};

}  // namespace

std::unique_ptr<RasterReader> read_with_libtiff(InspectedRaster& raster) {
    if (raster.source.driver != "GTiff") return nullptr;
    std::optional<TiffLayout> layout;
    try {
        const TiffHandle handle(raster.source, TiffHandle::Access::read);
        layout = plain_layout(handle, raster.info);
    } catch (const Error&) {
        return nullptr;  // GDAL opened it: it knows how to read this one
    }
    if (!layout) return nullptr;
    const auto info = raster.info;
    const auto source = raster.source;
    std::unique_ptr<RasterReader> masks;
    if (info.mask != MaskKind::none) masks = read_with_gdal(std::move(raster));
    return std::make_unique<TiffReader>(info, source, *layout, std::move(masks));
}

}  // namespace tilewright::inline v0_1
