// SPDX-License-Identifier: Apache-2.0
#include "raster/tiff_writer.h"

#include <tiff.h>

#include <algorithm>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "raster/part_queue.h"
#include "raster/rows_check.h"
#include "raster/sample_rows.h"
#include "raster/tiff_file.h"
#include "raster/tiff_skeleton.h"
#include "raster/tiff_tiles.h"
#include "tilewright/core/error.h"

namespace tilewright::inline v0_1 {
namespace {

void set_size_and_tiles(TiffFields& fields, const Size& size, const Size& tile) {
    for (const int tag : {TIFFTAG_STRIPOFFSETS, TIFFTAG_STRIPBYTECOUNTS, TIFFTAG_ROWSPERSTRIP}) {
        fields.remove(static_cast<std::uint16_t>(tag));
    }
    fields.set(TIFFTAG_IMAGEWIDTH, TiffType::long_, static_cast<std::uint64_t>(size.width_px));
    fields.set(TIFFTAG_IMAGELENGTH, TiffType::long_, static_cast<std::uint64_t>(size.height_px));
    fields.set(TIFFTAG_TILEWIDTH, TiffType::long_, static_cast<std::uint64_t>(tile.width_px));
    fields.set(TIFFTAG_TILELENGTH, TiffType::long_, static_cast<std::uint64_t>(tile.height_px));
}

// The directory of a mask as GDAL makes and finds it: 1 bit a pixel, 1 where the image is valid.
TiffFields mask_fields() {
    TiffFields fields;
    fields.set(TIFFTAG_SUBFILETYPE, TiffType::long_, FILETYPE_MASK);
    fields.set(TIFFTAG_BITSPERSAMPLE, TiffType::short_, 1);
    fields.set(TIFFTAG_COMPRESSION, TiffType::short_, COMPRESSION_ADOBE_DEFLATE);
    fields.set(TIFFTAG_PHOTOMETRIC, TiffType::short_, PHOTOMETRIC_MASK);
    fields.set(TIFFTAG_SAMPLESPERPIXEL, TiffType::short_, 1);
    fields.set(TIFFTAG_PLANARCONFIG, TiffType::short_, PLANARCONFIG_CONTIG);
    fields.set(TIFFTAG_SAMPLEFORMAT, TiffType::short_, SAMPLEFORMAT_UINT);
    return fields;
}

// A file no larger than this whatever the samples: what cannot be compressed is stored, with a few bytes around it.
std::uint64_t most_bytes(const RasterInfo& info, const TiffTiling& tiling) {
    const auto tile_bytes =
        static_cast<std::uint64_t>(tiling.tile.width_px * tiling.tile.height_px) * (info.pixel_bytes() + 1);
    return tiling.across * tiling.down * (tile_bytes + tile_bytes / 1000 + 100);
}

// One tile of the image or the mask; tiles are written row by row, the mask's row behind the image's.
struct TilePlace {
    std::size_t directory = 0;
    std::size_t tile = 0;
    std::size_t order = 0;
};

// What the jobs of one file share; lives as long as the last of them.
class TiffTiles {
public:
    TiffTiles(std::filesystem::path path, const RasterInfo& info, WriteOptions options)
        : path_(std::move(path)),
          info_(info),
          options_(std::move(options)),
          tiling_(tiff_tiling(info)),
          samples_(tiff_samples(info)),
          directories_(info.mask == MaskKind::per_dataset ? 2U : 1U),
          tiles_(tiling_.across * tiling_.down * directories_),
          queue_([this](std::size_t order, const Encoded& tile) { write(order, tile); }) {}

    const TiffTiling& tiling() const noexcept { return tiling_; }

    TilePlace place(std::size_t directory, std::size_t row, std::size_t column) const noexcept {
        return {directory, row * tiling_.across + column, (row * directories_ + directory) * tiling_.across + column};
    }

    void encode(const TilePlace& place, TileSamples tile) {
        Encoded encoded{place, {}};
        if (place.directory == 0) {
            encoded.bytes =
                encode_tile(std::move(tile), tiling_, info_.bands, info_.type, samples_, options_.compression);
            const auto row = static_cast<std::int64_t>(place.tile / tiling_.across) * tiling_.tile.height_px;
            if (encoded.bytes.empty()) throw_too_large(path_, row, samples_.bits);
        } else {
            encoded.bytes = encode_mask_tile(std::move(tile), tiling_, options_.compression);
            if (encoded.bytes.empty()) {
                throw Error(ErrorCode::invalid_argument, "a mask's samples must be 0 (hidden) or 255 (valid)",
                            path_text(path_));
            }
        }
        queue_.finish(place.order, std::move(encoded));
    }

private:
    struct Encoded {
        TilePlace place;
        std::vector<std::byte> bytes;
    };

    void write(std::size_t order, const Encoded& tile) {
        try {
            if (order == 0) open();
            file_->write_block(tile.place.directory, tile.place.tile, tile.bytes);
            if (order + 1 == tiles_) finish();
        } catch (...) {
            file_.reset();  // What was written goes at once, not with the last job.
            throw;
        }
    }

    void open() {
        std::vector<TiffDirectoryPlan> plans;
        plans.push_back({tiff_skeleton(info_, samples_, path_text(path_)), tiling_.across * tiling_.down, true});
        if (directories_ == 2) plans.push_back({mask_fields(), tiling_.across * tiling_.down, true});
        for (auto& plan : plans) set_size_and_tiles(plan.fields, info_.size, tiling_.tile);
        file_.emplace(path_, std::move(plans), TiffVariant{needs_big_tiff(most_bytes(info_, tiling_)), false});
    }

    void finish() {
        const auto size_bytes = file_->finish(options_.on_written);
        file_.reset();
        if (options_.on_finished) options_.on_finished(size_bytes);
    }

    const std::filesystem::path path_;
    const RasterInfo info_;
    const WriteOptions options_;
    const TiffTiling tiling_;
    const TiffSamples samples_;
    const std::size_t directories_;
    const std::size_t tiles_;
    // Opened when the first tile is ready: thousands of writers may be open at a time, files may not.
    std::optional<TiffFile> file_;
    PartQueue<Encoded> queue_;
};

class TiffWriter : public RasterWriter {
public:
    TiffWriter(const std::filesystem::path& path, const RasterInfo& info, const WriteOptions& options, JobGroup& jobs)
        : size_(info.size),
          pixel_bytes_(info.pixel_bytes()),
          has_mask_(info.mask == MaskKind::per_dataset),
          check_(info, path),
          tiles_(std::make_shared<TiffTiles>(path, info, options)),
          jobs_(jobs) {}

    void append(ImageView rows, std::optional<ImageView> mask) override {
        check_.rows(rows, mask, rows_done_);
        for (std::int64_t y = 0; y < rows.size.height_px; ++y) {
            if (image_row_.empty()) begin_row_of_tiles();
            scatter(rows, y, image_row_, pixel_bytes_);
            if (mask) scatter(*mask, y, mask_row_, 1);
            ++rows_done_;
            if (rows_done_ % tile().height_px == 0 || rows_done_ == size_.height_px) end_row_of_tiles();
        }
    }

    std::int64_t working_bytes() const noexcept override {
        const auto pixels = static_cast<std::int64_t>(tiles_->tiling().across) * tile().width_px * tile().height_px;
        return pixels * static_cast<std::int64_t>(pixel_bytes_ + (has_mask_ ? 1 : 0));
    }

private:
    const Size& tile() const noexcept { return tiles_->tiling().tile; }

    void begin_row_of_tiles() {
        image_row_ = new_tiles(pixel_bytes_);
        if (has_mask_) mask_row_ = new_tiles(1);
    }

    std::vector<TileSamples> new_tiles(std::size_t pixel_bytes) const {
        std::vector<TileSamples> tiles(tiles_->tiling().across);
        for (auto& new_tile : tiles) {
            const auto pixels = static_cast<std::size_t>(tile().width_px * tile().height_px);
            new_tile.bytes = std::make_unique_for_overwrite<std::byte[]>(pixels * pixel_bytes);
        }
        return tiles;
    }

    // Row y of the view becomes the next row of each tile.
    void scatter(const ImageView& rows, std::int64_t y, std::vector<TileSamples>& tiles,
                 std::size_t pixel_bytes) const {
        const auto row_bytes = static_cast<std::size_t>(tile().width_px) * pixel_bytes;
        std::int64_t x = 0;
        for (auto& into : tiles) {
            into.filled.width_px = std::min(tile().width_px, size_.width_px - x);
            std::byte* row = into.bytes.get() + static_cast<std::size_t>(into.filled.height_px) * row_bytes;
            copy_pixels(rows, y, x, into.filled.width_px, row);
            ++into.filled.height_px;
            x += tile().width_px;
        }
    }

    void end_row_of_tiles() {
        submit(0, std::exchange(image_row_, {}), pixel_bytes_);
        if (has_mask_) submit(1, std::exchange(mask_row_, {}), 1);
        ++tile_rows_done_;
    }

    void submit(std::size_t directory, std::vector<TileSamples> row, std::size_t pixel_bytes) {
        const auto tile_bytes = static_cast<std::size_t>(tile().width_px * tile().height_px) * pixel_bytes;
        std::size_t column = 0;
        for (auto& samples_of_tile : row) {
            // std::function copies what it holds, so the samples are shared rather than moved in.
            auto samples = std::make_shared<TileSamples>(std::move(samples_of_tile));
            const auto place = tiles_->place(directory, tile_rows_done_, column++);
            jobs_.run(2 * tile_bytes, [tiles = tiles_, samples, place] { tiles->encode(place, std::move(*samples)); });
        }
    }

    const Size size_;
    const std::size_t pixel_bytes_;
    const bool has_mask_;
    const RowsCheck check_;
    const std::shared_ptr<TiffTiles> tiles_;
    JobGroup& jobs_;
    std::vector<TileSamples> image_row_;
    std::vector<TileSamples> mask_row_;
    std::int64_t rows_done_ = 0;
    std::size_t tile_rows_done_ = 0;
};

}  // namespace

std::unique_ptr<RasterWriter> open_tiff_writer(const std::filesystem::path& path, const RasterInfo& info,
                                               const WriteOptions& options, JobGroup& jobs) {
    return std::make_unique<TiffWriter>(path, info, options, jobs);
}

}  // namespace tilewright::inline v0_1
