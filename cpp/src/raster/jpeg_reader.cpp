// SPDX-License-Identifier: Apache-2.0
#include "raster/jpeg_reader.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <mutex>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "raster/huffman_bits.h"
#include "raster/jpeg_decoder.h"
#include "raster/sample_copy.h"
#include "raster/tiff_handle.h"
#include "tilewright/core/error.h"
#include "tilewright/core/memory.h"
#include "tilewright/storage/file.h"
#include "tilewright/storage/random_access_file.h"

namespace tilewright::inline v0_1 {
namespace {

constexpr std::int64_t dct_px = 8;

std::int64_t divided(std::int64_t side, int denominator) {
    return (side + denominator - 1) / denominator;
}

// The largest denominator whose result is no smaller than `least`.
int denominator_for(Size full, Size least) {
    for (const int denominator : {8, 4, 2}) {
        if (divided(full.width_px, denominator) >= least.width_px &&
            divided(full.height_px, denominator) >= least.height_px) {
            return denominator;
        }
    }
    return 1;
}

JpegDecoder::Eighths eighths_for(Size full, Size least) {
    const bool is_twice_as_large = denominator_for({divided(full.width_px, 2), divided(full.height_px, 2)}, least) == 8;
    return is_twice_as_large ? JpegDecoder::Eighths::coarsely : JpegDecoder::Eighths::quickly;
}

// GDAL writes masks behind the image, and where they begin into the last four bytes of the file.
bool has_mask_behind(RandomAccessFile& file) {
    const auto size = file.identity().size_bytes;
    std::array<unsigned char, 4> last{};
    if (size < 8) return false;
    file.read_at(static_cast<std::uint64_t>(size - 4), std::as_writable_bytes(std::span(last)));
    const auto image_bytes = static_cast<std::int64_t>(last[0] | (unsigned{last[1]} << 8U) |
                                                       (unsigned{last[2]} << 16U) | (unsigned{last[3]} << 24U));
    if (image_bytes < 4 || image_bytes > size - 4) return false;
    std::array<unsigned char, 2> end{};
    const auto came = file.read_at(static_cast<std::uint64_t>(image_bytes - 2), std::as_writable_bytes(std::span(end)));
    return came == end.size() && end[0] == 0xFF && end[1] == 0xD9 && image_bytes != size;
}

RasterInfo info_of(Size size, int bands) {
    RasterInfo info;
    info.size = size;
    info.bands = bands;
    info.band.resize(static_cast<std::size_t>(bands));
    for (int band = 0; band < bands; ++band) {
        info.band[static_cast<std::size_t>(band)].color_interpretation =
            bands == 1 ? "Gray" : std::array{"Red", "Green", "Blue"}[static_cast<std::size_t>(band)];
    }
    info.driver = "JPEG";
    info.compression = "JPEG";
    info.interleave = "PIXEL";
    info.block = {size.width_px, 1};
    return info;
}

// Rows come once, from top to bottom; who goes back begins anew.
class JpegFileReader : public RasterReader {
public:
    JpegFileReader(std::shared_ptr<RandomAccessFile> file, const std::function<Size(Size)>& least,
                   const OpenOptions& options)
        : source_(std::move(file)), decoder_(path_text(source_->place())) {
        open();
        const auto full = decoder_.full_size();
        require_within(options);
        const auto wanted = least(full);
        denominator_ = denominator_for(full, wanted);
        eighths_ = eighths_for(full, wanted);
        info_ =
            info_of({divided(full.width_px, denominator_), divided(full.height_px, denominator_)}, decoder_.bands());
        row_.resize(static_cast<std::size_t>(info_.size.width_px * info_.bands));
    }

    Size full_size() const noexcept { return decoder_.full_size(); }
    int orientation() const noexcept { return decoder_.orientation(); }

    const RasterInfo& info() const noexcept override { return info_; }

    void read(const Window& window, MutableImageView into) override {
        require_readable(info_, window, into, info_.bands, info_.type);
        const std::lock_guard lock(mutex_);
        if (window.y_px < next_row_) open();
        while (next_row_ < window.y_end()) {
            decode_row();
            if (next_row_++ < window.y_px) continue;
            ImageView row{row_.data(), {info_.size.width_px, 1}, info_.bands, info_.type, 0, info_.bands, 1};
            row.row_stride_bytes = static_cast<std::ptrdiff_t>(row_.size());
            copy_samples(row.crop({window.x_px, 0, window.width_px, 1}),
                         into.crop({0, next_row_ - 1 - window.y_px, window.width_px, 1}));
        }
    }

    void read_mask(const Window& window, MutableImageView into) override {
        require_readable(info_, window, into, 1, PixelType::uint8);
        fill_opaque(into);
    }

    std::int64_t working_bytes() const noexcept override {
        return decoder_.working_bytes() + static_cast<std::int64_t>(row_.size());
    }
    std::int64_t row_step_px() const noexcept override { return 1; }

private:
    void open() {
        file_ = std::make_unique<InputFile>(source_);
        decoder_.open([this](std::span<std::byte> into) { return file_->read(into); });
        next_row_ = -1;
    }
    // The next row, into row_.
    void decode_row() {
        try {
            if (next_row_ < 0) {
                decoder_.start(denominator_, eighths_);
                next_row_ = 0;
            }
            decoder_.read_row(row_.data());
        } catch (const OddJpeg&) {
            const auto wanted = std::max<std::int64_t>(0, next_row_);
            eighths_ = JpegDecoder::Eighths::carefully;
            open();
            decoder_.start(denominator_, eighths_);
            for (next_row_ = 0; next_row_ < wanted; ++next_row_) decoder_.read_row(row_.data());
            decoder_.read_row(row_.data());
        }
    }
    void require_within(const OpenOptions& options) const {
        const auto full = decoder_.full_size();
        const auto raw = full.width_px * full.height_px * decoder_.bands();
        const auto describe_size = std::to_string(full.width_px) + " x " + std::to_string(full.height_px) + " px";
        if (raw > options.max_raw_bytes) {
            throw Error(ErrorCode::unsupported,
                        "the image (" + describe_size + ") is larger than the limit of " +
                            format_size_bytes(options.max_raw_bytes) + "; raise max_raw_bytes to read it",
                        path_text(source_->place()));
        }
        if (decoder_.working_bytes() > options.max_block_bytes) {
            throw Error(ErrorCode::unsupported,
                        "decoding the image (" + describe_size + ", stored in several scans) needs " +
                            format_size_bytes(decoder_.working_bytes()) + ", the limit is " +
                            format_size_bytes(options.max_block_bytes) + "; raise max_block_bytes to read it",
                        path_text(source_->place()));
        }
    }

    const std::shared_ptr<RandomAccessFile> source_;
    std::mutex mutex_;
    std::unique_ptr<InputFile> file_;
    JpegDecoder decoder_;
    int denominator_ = 1;
    JpegDecoder::Eighths eighths_ = JpegDecoder::Eighths::quickly;
    RasterInfo info_;
    std::vector<std::byte> row_;
    std::int64_t next_row_ = -1;  // -1: not yet begun
};

// A row of blocks is decoded at a time, and kept until another is asked for.
class JpegBlockReader : public RasterReader {
public:
    JpegBlockReader(const InspectedRaster& raster, std::unique_ptr<TiffHandle> tiff, JpegColors colors, int denominator,
                    JpegDecoder::Eighths eighths)
        : info_(raster.info),
          where_(raster.source.path.string()),
          tiff_(std::move(tiff)),
          decoder_(where_),
          colors_(colors),
          denominator_(denominator),
          eighths_(eighths) {
        full_ = info_.size;
        full_block_ = info_.block;
        info_.size = {divided(full_.width_px, denominator), divided(full_.height_px, denominator)};
        info_.block = {divided(full_block_.width_px, denominator), divided(full_block_.height_px, denominator)};
        across_ = (full_.width_px + full_block_.width_px - 1) / full_block_.width_px;
        rows_ = Image({across_ * info_.block.width_px, info_.block.height_px}, info_.bands, info_.type);
        std::uint32_t bytes = 0;
        const void* tables = nullptr;
        if (TIFFGetField(tiff_->get(), TIFFTAG_JPEGTABLES, &bytes, &tables) == 1 && bytes > 0) {
            decoder_.load_tables({static_cast<const std::byte*>(tables), bytes});
        }
    }

    const RasterInfo& info() const noexcept override { return info_; }

    void read(const Window& window, MutableImageView into) override {
        require_readable(info_, window, into, info_.bands, info_.type);
        const std::lock_guard lock(mutex_);
        for (auto y = window.y_px; y < window.y_end();) {
            const auto block_row = y / info_.block.height_px;
            const auto begin = block_row * info_.block.height_px;
            const auto end = std::min(begin + info_.block.height_px, window.y_end());
            if (block_row != decoded_) decode(block_row);
            copy_samples(std::as_const(rows_).view().crop({window.x_px, y - begin, window.width_px, end - y}),
                         into.crop({0, y - window.y_px, window.width_px, end - y}));
            y = end;
        }
    }

    void read_mask(const Window& window, MutableImageView into) override {
        require_readable(info_, window, into, 1, PixelType::uint8);
        fill_opaque(into);
    }

    std::int64_t working_bytes() const noexcept override {
        return static_cast<std::int64_t>(rows_.size_bytes()) + decoder_bytes(info_) + full_block_.width_px * 256;
    }
    std::int64_t row_step_px() const noexcept override { return info_.block.height_px; }

private:
    void decode(std::int64_t block_row) {
        decoded_ = -1;
        for (std::int64_t column = 0; column < across_; ++column) {
            const auto block = static_cast<std::uint32_t>(block_row * across_ + column);
            auto part = rows_.view();
            part.data += column * info_.block.width_px * part.pixel_stride_bytes;
            part.size.width_px = info_.block.width_px;
            try {
                try {
                    decode_block(block, block_row, part, eighths_);
                } catch (const OddJpeg&) {
                    decode_block(block, block_row, part, JpegDecoder::Eighths::carefully);
                }
            } catch (const Error& error) {
                tiff_->raise_for_block(block, error);
            }
        }
        decoded_ = block_row;
    }

    void decode_block(std::uint32_t block, std::int64_t block_row, MutableImageView into,
                      JpegDecoder::Eighths eighths) {
        if (!tiff_->has_block(block)) {  // a hole of a sparse file
            for (std::int64_t y = 0; y < into.size.height_px; ++y) {
                std::memset(into.row(y), 0, static_cast<std::size_t>(into.size.width_px * info_.bands));
            }
            return;
        }
        tiff_->read_raw(block, stored_);
        std::span<const std::byte> rest(stored_);
        decoder_.open(
            [rest](std::span<std::byte> out) mutable {
                const auto count = std::min(out.size(), rest.size());
                std::copy_n(rest.begin(), count, out.begin());
                rest = rest.subspan(count);
                return count;
            },
            colors_);
        const auto full = decoder_.full_size();
        // The last strip of an image may be shorter; anything else is not the block that the file says it is.
        const auto rows_left = full_.height_px - block_row * full_block_.height_px;
        const auto wanted_height = std::min(full_block_.height_px, rows_left);
        if (full.width_px != full_block_.width_px || full.height_px < wanted_height ||
            full.height_px > full_block_.height_px || decoder_.bands() != info_.bands) {
            throw Error(ErrorCode::corrupt, "its JPEG is of other size or kind than the TIFF says", where_);
        }
        const auto size = decoder_.start(denominator_, eighths);
        for (std::int64_t y = 0; y < std::min(size.height_px, into.size.height_px); ++y) decoder_.read_row(into.row(y));
    }

    RasterInfo info_;
    const std::string where_;
    std::mutex mutex_;
    std::unique_ptr<TiffHandle> tiff_;
    JpegDecoder decoder_;
    const JpegColors colors_;
    const int denominator_;
    const JpegDecoder::Eighths eighths_;
    Size full_;
    Size full_block_;
    std::int64_t across_ = 0;
    std::int64_t decoded_ = -1;
    Image rows_;
    std::vector<std::byte> stored_;
};

}  // namespace

std::optional<ReducedRaster> open_reduced_jpeg(const std::shared_ptr<RandomAccessFile>& file,
                                               const std::function<Size(Size full)>& least,
                                               const OpenOptions& options) {
    if (has_mask_behind(*file)) return {};
    auto reader = std::make_unique<JpegFileReader>(file, least, options);
    ReducedRaster raster;
    raster.full_size = reader->full_size();
    raster.orientation = reader->orientation();
    raster.reader = std::move(reader);
    return raster;
}

std::unique_ptr<RasterReader> read_reduced_jpeg_blocks(const InspectedRaster& raster, Size least) {
    const auto& info = raster.info;
    if (info.type != PixelType::uint8 || info.mask != MaskKind::none || (info.bands != 1 && info.bands != 3)) return {};
    // Blocks whose sides are whole DCT blocks meet each other at every scale; so does one block on its own.
    if (info.block.width_px < info.size.width_px && info.block.width_px % dct_px != 0) return {};
    if (info.block.height_px < info.size.height_px && info.block.height_px % dct_px != 0) return {};
    const int denominator = denominator_for(info.size, least);
    if (denominator == 1) return {};
    auto tiff = std::make_unique<TiffHandle>(raster.source, TiffHandle::Access::read);
    if (tiff->field_16(TIFFTAG_COMPRESSION, 0) != COMPRESSION_JPEG || tiff->field_16(TIFFTAG_BITSPERSAMPLE, 0) != 8 ||
        tiff->field_16(TIFFTAG_PLANARCONFIG, PLANARCONFIG_CONTIG) != PLANARCONFIG_CONTIG ||
        tiff->field_16(TIFFTAG_SAMPLESPERPIXEL, 0) != info.bands) {
        return {};
    }
    const auto photometric = tiff->field_16(TIFFTAG_PHOTOMETRIC, PHOTOMETRIC_SEPARATED);
    JpegColors colors = JpegColors::gray;
    if (info.bands == 3) {
        if (photometric != PHOTOMETRIC_YCBCR && photometric != PHOTOMETRIC_RGB) return {};
        colors = photometric == PHOTOMETRIC_YCBCR ? JpegColors::ycbcr : JpegColors::rgb;
    } else if (photometric != PHOTOMETRIC_MINISBLACK && photometric != PHOTOMETRIC_MINISWHITE) {
        return {};
    }
    return std::make_unique<JpegBlockReader>(raster, std::move(tiff), colors, denominator,
                                             eighths_for(info.size, least));
}

}  // namespace tilewright::inline v0_1
