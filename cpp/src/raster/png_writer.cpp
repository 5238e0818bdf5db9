// SPDX-License-Identifier: Apache-2.0
#include "raster/png_writer.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <cstring>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "raster/buffer_pool.h"
#include "raster/part_queue.h"
#include "raster/rows_check.h"
#include "raster/sample_rows.h"
#include "raster/thread_buffer.h"
#include "raster/thread_deflater.h"
#include "tilewright/codec/deflate.h"
#include "tilewright/codec/png_filter.h"
#include "tilewright/core/error.h"
#include "tilewright/storage/file.h"

namespace tilewright::inline v0_1 {
namespace {

constexpr std::array<unsigned char, 8> signature{0x89, 'P', 'N', 'G', '\r', '\n', 0x1A, '\n'};
constexpr std::size_t chunk_head_bytes = 8;  // length and type

void append_big_endian(std::vector<std::byte>& out, std::uint32_t value) {
    for (int shift = 24; shift >= 0; shift -= 8) out.push_back(static_cast<std::byte>(value >> shift));
}

void append_text(std::vector<std::byte>& out, std::string_view text) {
    for (const char c : text) out.push_back(static_cast<std::byte>(c));
}

void append_chunk(std::vector<std::byte>& out, std::string_view type, std::span<const std::byte> data) {
    append_big_endian(out, static_cast<std::uint32_t>(data.size()));
    const std::size_t checked_from = out.size();
    append_text(out, type);
    out.insert(out.end(), data.begin(), data.end());
    append_big_endian(out, crc32(0, std::span(out).subspan(checked_from)));
}

// How the samples lie in the file.
struct PngLayout {
    enum ColorType : std::uint8_t { gray = 0, rgb = 2, palette = 3, gray_alpha = 4, rgb_alpha = 6 };

    ColorType color_type = gray;
    int bits = 8;
    std::size_t row_bytes = 0;    // in the file, filter byte not counted
    std::size_t pixel_bytes = 1;  // as filters count them
    std::size_t rows_per_part = 1;
    std::size_t parts = 1;

    bool is_packed() const noexcept { return bits < 8; }
    bool is_filterable() const noexcept { return color_type != palette && !is_packed(); }
};

PngLayout layout_of(const RasterInfo& info, Compression compression) {
    constexpr std::array<PngLayout::ColorType, 5> by_bands{PngLayout::gray, PngLayout::gray, PngLayout::gray_alpha,
                                                           PngLayout::rgb, PngLayout::rgb_alpha};
    PngLayout layout;
    layout.color_type = by_bands.at(static_cast<std::size_t>(info.bands));
    layout.bits = static_cast<int>(size_bytes(info.type)) * 8;
    if (info.bands == 1 && !info.band.empty()) {
        const auto& band = info.band.front();
        if (!band.color_table.empty()) layout.color_type = PngLayout::palette;
        const int bits = band.bits_per_sample;
        const bool packable = info.type == PixelType::uint8 && (bits == 1 || bits == 2 || bits == 4);
        if (packable && band.color_table.size() <= std::size_t{1} << bits) layout.bits = bits;
    }
    const auto samples = static_cast<std::size_t>(info.size.width_px) * static_cast<std::size_t>(info.bands);
    layout.row_bytes = packed_row_bytes(samples, layout.bits);
    layout.pixel_bytes = info.pixel_bytes();
    const auto height = static_cast<std::size_t>(info.size.height_px);
    layout.rows_per_part = std::clamp<std::size_t>(part_bytes(compression) / (layout.row_bytes + 1), 1, height);
    layout.parts = (height + layout.rows_per_part - 1) / layout.rows_per_part;
    return layout;
}

void append_palette(std::vector<std::byte>& out, const std::vector<ColorEntry>& table, int bits) {
    std::vector<std::byte> colors;
    std::vector<std::byte> alphas;
    for (const auto& entry : table) {
        for (const auto value : {entry.red, entry.green, entry.blue}) colors.push_back(static_cast<std::byte>(value));
        alphas.push_back(static_cast<std::byte>(entry.alpha));
    }
    // An index past the table's end is an error to readers; such samples must come back like any other.
    colors.resize((std::size_t{1} << bits) * 3);
    append_chunk(out, "PLTE", colors);
    while (!alphas.empty() && alphas.back() == std::byte{255}) alphas.pop_back();
    if (!alphas.empty()) append_chunk(out, "tRNS", alphas);
}

// All that stands before the first IDAT.
std::vector<std::byte> file_head(const RasterInfo& info, const PngLayout& layout) {
    std::vector<std::byte> out(signature.size());
    std::transform(signature.begin(), signature.end(), out.begin(),
                   [](auto byte) { return static_cast<std::byte>(byte); });
    std::vector<std::byte> header;
    append_big_endian(header, static_cast<std::uint32_t>(info.size.width_px));
    append_big_endian(header, static_cast<std::uint32_t>(info.size.height_px));
    header.push_back(static_cast<std::byte>(layout.bits));
    header.push_back(static_cast<std::byte>(layout.color_type));
    header.insert(header.end(), 3, std::byte{0});  // DEFLATE, adaptive filters, not interlaced
    append_chunk(out, "IHDR", header);
    if (layout.color_type == PngLayout::palette) append_palette(out, info.band.front().color_table, layout.bits);
    return out;
}

BufferPool& rows_pool() {
    static BufferPool pool;
    return pool;
}

BufferPool& chunk_pool() {
    static BufferPool pool;
    return pool;
}

// Rows of one part; the row above the first lies before them.
struct Rows {
    std::vector<std::byte> bytes;
    std::size_t count = 0;
};

// One IDAT chunk but for its length, and for the checksum that only its place in the file gives.
struct PngPart {
    std::vector<std::byte> chunk;
    std::uint32_t crc = 0;
    std::uint32_t adler = 0;
    std::size_t raw_bytes = 0;
};

// What the jobs of one file share; lives as long as the last of them.
class PngFile {
public:
    PngFile(std::filesystem::path path, const RasterInfo& info, const PngLayout& layout, WriteOptions options)
        : layout_(layout),
          path_(std::move(path)),
          options_(std::move(options)),
          head_(file_head(info, layout)),
          queue_([this](std::size_t index, PngPart part) { write(index, std::move(part)); }) {}

    void encode(std::size_t index, Rows rows) {
        const std::size_t filtered_bytes = rows.count * (layout_.row_bytes + 1);
        std::byte* first = rows.bytes.data() + layout_.row_bytes;
        const auto previous = std::span<const std::byte>(rows.bytes.data(), index > 0 ? layout_.row_bytes : 0);
        if (layout_.bits == 16) swap_bytes_16(rows.bytes.data(), (rows.count + 1) * layout_.row_bytes / 2);

        const auto filtered = thread_buffer(filtered_bytes);
        png_filter_rows(first, layout_.row_bytes, rows.count, previous, layout_.pixel_bytes, layout_.is_filterable(),
                        options_.compression, filtered.data());
        rows_pool().give_back(std::move(rows.bytes));

        PngPart part;
        part.chunk = chunk_pool().take();
        part.chunk.clear();
        part.chunk.reserve(filtered_bytes / 2);  // photographs need less; what is not touched costs nothing
        append_big_endian(part.chunk, 0);        // the length, when it is known
        append_text(part.chunk, "IDAT");
        if (index == 0) {
            const auto header = zlib_header();
            part.chunk.insert(part.chunk.end(), header.begin(), header.end());
        }
        thread_deflater(options_.compression).compress(filtered, is_last(index), part.chunk);
        part.crc = crc32(0, std::span(part.chunk).subspan(4));
        part.adler = adler32(filtered);
        part.raw_bytes = filtered_bytes;
        queue_.finish(index, std::move(part));
    }

private:
    bool is_last(std::size_t index) const noexcept { return index + 1 == layout_.parts; }

    void write(std::size_t index, PngPart part) {
        try {
            if (index == 0) {
                file_.emplace(path_);
                write_bytes(head_);
            }
            adler_ = index == 0 ? part.adler : adler32_combine(adler_, part.adler, part.raw_bytes);
            if (is_last(index)) {
                const auto trailer = zlib_trailer(adler_);
                part.chunk.insert(part.chunk.end(), trailer.begin(), trailer.end());
                part.crc = crc32(part.crc, trailer);
            }
            const auto length = part.chunk.size() - chunk_head_bytes;
            for (std::size_t i = 0; i < 4; ++i) part.chunk[i] = static_cast<std::byte>(length >> (24 - 8 * i));
            append_big_endian(part.chunk, part.crc);
            if (is_last(index)) append_chunk(part.chunk, "IEND", {});
            write_bytes(part.chunk);
            chunk_pool().give_back(std::move(part.chunk));
            if (is_last(index)) finish();
        } catch (...) {
            file_.reset();  // What was written goes at once, not with the last job.
            throw;
        }
    }

    void write_bytes(std::span<const std::byte> bytes) {
        file_->write(bytes);
        size_bytes_ += static_cast<std::int64_t>(bytes.size());
    }

    void finish() {
        file_->commit(options_.on_written);
        file_.reset();
        if (options_.on_finished) options_.on_finished(size_bytes_);
    }

    const PngLayout layout_;
    const std::filesystem::path path_;
    const WriteOptions options_;
    const std::vector<std::byte> head_;
    // Opened when the first part is ready: thousands of writers may be open at a time, files may not.
    std::optional<AtomicFile> file_;
    std::int64_t size_bytes_ = 0;
    std::uint32_t adler_ = 1;
    PartQueue<PngPart> queue_;
};

class PngWriter : public RasterWriter {
public:
    PngWriter(const std::filesystem::path& path, const RasterInfo& info, const WriteOptions& options, JobGroup& jobs)
        : path_(path),
          size_(info.size),
          check_(info, path),
          layout_(layout_of(info, options.compression)),
          file_(std::make_shared<PngFile>(path, info, layout_, options)),
          jobs_(jobs) {}

    void append(ImageView rows, std::optional<ImageView> mask) override {
        check_.rows(rows, mask, rows_done_);
        for (std::int64_t y = 0; y < rows.size.height_px; ++y) {
            if (part_.bytes.empty()) begin_part();
            copy_row(rows, y, row_at(++part_.count));
            ++rows_done_;
            if (part_.count == layout_.rows_per_part || rows_done_ == size_.height_px) end_part();
        }
    }

    std::int64_t working_bytes() const noexcept override {
        return static_cast<std::int64_t>((layout_.rows_per_part + 2) * layout_.row_bytes);
    }

private:
    // Row 0 is the last of the part before.
    std::byte* row_at(std::size_t row) noexcept { return part_.bytes.data() + row * layout_.row_bytes; }

    void begin_part() {
        part_.bytes = rows_pool().take();
        const auto size = (layout_.rows_per_part + 1) * layout_.row_bytes;
        if (part_.bytes.size() < size) part_.bytes.resize(size);
        last_row_.resize(layout_.row_bytes);
        std::memcpy(row_at(0), last_row_.data(), last_row_.size());
    }

    void copy_row(const ImageView& rows, std::int64_t y, std::byte* out) {
        if (!layout_.is_packed()) return copy_pixels(rows, y, 0, size_.width_px, out);
        unpacked_.resize(static_cast<std::size_t>(size_.width_px));
        copy_pixels(rows, y, 0, size_.width_px, unpacked_.data());
        if (!pack_bits(unpacked_, 1, layout_.bits, out)) throw_too_large(path_, rows_done_, layout_.bits);
    }

    void end_part() {
        if (rows_done_ < size_.height_px) {
            std::memcpy(last_row_.data(), row_at(part_.count), layout_.row_bytes);
        }
        const std::size_t raw_bytes = (layout_.rows_per_part + 1) * layout_.row_bytes;
        // std::function copies what it holds, so the rows are shared rather than moved in.
        auto rows = std::make_shared<Rows>(std::exchange(part_, {}));
        jobs_.run(2 * raw_bytes, [file = file_, index = parts_done_, rows] { file->encode(index, std::move(*rows)); });
        ++parts_done_;
    }

    const std::filesystem::path path_;
    const Size size_;
    const RowsCheck check_;
    const PngLayout layout_;
    const std::shared_ptr<PngFile> file_;
    JobGroup& jobs_;
    Rows part_;
    std::vector<std::byte> last_row_;
    std::vector<std::byte> unpacked_;
    std::int64_t rows_done_ = 0;
    std::size_t parts_done_ = 0;
};

}  // namespace

std::unique_ptr<RasterWriter> open_png_writer(const std::filesystem::path& path, const RasterInfo& info,
                                              const WriteOptions& options, JobGroup& jobs) {
    return std::make_unique<PngWriter>(path, info, options, jobs);
}

}  // namespace tilewright::inline v0_1
