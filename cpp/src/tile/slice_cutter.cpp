// SPDX-License-Identifier: Apache-2.0
#include "tile/slice_cutter.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "tile/fill_pixel.h"
#include "tilewright/codec/hash.h"
#include "tilewright/core/error.h"
#include "tilewright/layout/layout.h"
#include "tilewright/raster/file_hash.h"
#include "tilewright/storage/file.h"
#include "tilewright/storage/place.h"

namespace tilewright::inline v0_1 {
namespace {

// Files are hashed in company, which takes less time, but while they are still in the system's cache.
constexpr std::int64_t hashed_soon_bytes = std::int64_t{64} << 20;
constexpr std::size_t hash_job_bytes = std::size_t{1} << 18;

}  // namespace

struct SliceCutter::OpenSlice {
    OpenSlice(std::size_t number, const Window& whole, const Window& visible, const RasterInfo& image)
        : index(number), window(whole), inside(visible), info(cropped(image, whole)), hash(info) {}

    std::size_t index;
    Window window;
    Window inside;  // the part of the window that lies in the image
    RasterInfo info;
    RasterHash hash;
    std::optional<RasterHash> inside_hash;  // counts what holds data, padding left out; only where there is padding
    std::unique_ptr<RasterWriter> writer;   // none where the copier writes the slice
    Image padded_rows;                      // only where the window reaches past the image
    Image padded_mask;
};

RasterFormat slice_raster_format(const RasterInfo& info, SliceFormat format) {
    switch (format) {
        case SliceFormat::automatic: return lossless_format(info);
        case SliceFormat::png: return lossless_format(info, RasterFormat::png);
        case SliceFormat::tiff:
        case SliceFormat::copy: break;
    }
    return RasterFormat::tiff;
}

SliceCutter::SliceCutter(const RasterInfo& info, const TesselateOptions& options, const std::filesystem::path& folder,
                         BlockCopier* copier, std::stop_token stop, JobGroup& jobs)
    : info_(info),
      options_(options),
      folder_(folder),
      copier_(copier),
      stop_(std::move(stop)),
      jobs_(jobs),
      footprints_(info),
      format_(slice_raster_format(info, options.format)),
      fill_pixel_(fill_pixel(info)) {
    const auto cut = windows(info.size, options.layout);
    records_.resize(cut.size());
    for (std::size_t i = 0; i < cut.size(); ++i) {
        auto& record = records_[i];
        record.index = static_cast<std::int64_t>(i);
        record.window = cut[i];
        record.format = format_;
        record.filename = slice_filename(record.index, record.window, record.format);
    }
}

SliceCutter::~SliceCutter() = default;

void SliceCutter::append(std::int64_t y_px, ImageView rows, std::optional<ImageView> mask) {
    const auto y_end = y_px + rows.size.height_px;
    while (next_ < records_.size() && records_[next_].window.y_px < y_end) open(next_++);
    for (auto& slice : open_) {
        append_to(*slice, y_px, rows, mask);
        if (slice->inside.y_end() > y_end) continue;
        append_padding(*slice, slice->window.y_end() - slice->inside.y_end());
        const std::lock_guard lock(records_mutex_);
        auto& record = records_[slice->index];
        record.pixel_hash = slice->hash.pixel_hash();
        record.mask_hash = slice->hash.mask_hash();
        const auto valid = slice->inside_hash ? slice->inside_hash->valid_pixels() : slice->hash.valid_pixels();
        record.valid_fraction = static_cast<double>(valid) / static_cast<double>(slice->inside.area());
        slice.reset();
    }
    std::erase(open_, nullptr);
    hash_finished(false);
}

std::vector<SliceRecord> SliceCutter::finish() {
    jobs_.wait();
    hash_finished(true);
    jobs_.wait();
    for (const auto& record : records_) {
        // The law of the house: a record without proof never leaves this room.
        if (record.sha256.empty() || record.pixel_hash.empty()) {
            throw Error(ErrorCode::internal, "slice " + record.filename + " was never finished");
        }
    }
    return std::move(records_);
}

void SliceCutter::open(std::size_t index) {
    const Window window = records_[index].window;
    auto slice = std::make_unique<OpenSlice>(index, window, clipped(window, info_.size), info_);
    const auto path = folder_ / records_[index].filename;
    {
        const std::lock_guard lock(records_mutex_);
        records_[index].footprint = footprints_.corners(window);
    }
    if (copier_ != nullptr && copier_->can_copy(window)) {
        jobs_.run(std::size_t{1} << 20, [this, index, window, path, info = slice->info] {
            finished(index, copier_->copy(window, info, path));
        });
    } else {
        WriteOptions write;
        write.compression = options_.compression;
        write.on_finished = [this, index, path, geotransform = slice->info.geotransform](std::int64_t size_bytes) {
            if (records_[index].format == RasterFormat::png && geotransform) {
                write_text(world_file_path(path), world_file_text(*geotransform));
            }
            finished(index, size_bytes);
        };
        if (is_url(path)) {
            // Read back from the store it would cost a second transfer.
            write.on_written = [this, index](const std::filesystem::path& file) {
                auto hash = file_sha256(file, stop_);
                const std::lock_guard lock(records_mutex_);
                records_[index].sha256 = std::move(hash);
            };
        }
        slice->writer = open_raster_writer(path, format_, slice->info, write, jobs_);
    }
    if (window != slice->inside) {
        slice->inside_hash.emplace(slice->info);
        slice->padded_rows = Image({window.width_px, 1}, info_.bands, info_.type);
        slice->padded_mask = Image({window.width_px, 1}, 1, PixelType::uint8);
    }
    open_.push_back(std::move(slice));
}

void SliceCutter::append_to(OpenSlice& slice, std::int64_t y_px, ImageView rows, std::optional<ImageView> mask) {
    const auto top = std::max(y_px, slice.inside.y_px);
    const auto bottom = std::min(y_px + rows.size.height_px, slice.inside.y_end());
    if (top >= bottom) return;
    const Window part{slice.inside.x_px, top - y_px, slice.inside.width_px, bottom - top};
    const auto samples = rows.crop(part);
    const auto hidden = mask ? std::optional(mask->crop(part)) : std::nullopt;
    if (slice.window == slice.inside) {
        slice.hash.update(samples, hidden);
        if (slice.writer) slice.writer->append(samples, hidden);
        return;
    }
    slice.inside_hash->update(samples, hidden);
    // Row by row through a row as wide as the slice: padding is rare, and at the image's edge only.
    const auto pixel = info_.pixel_bytes();
    const auto width = static_cast<std::size_t>(slice.window.width_px);
    const auto inside = static_cast<std::size_t>(slice.inside.width_px);
    for (std::int64_t y = 0; y < part.height_px; ++y) {
        auto* row = slice.padded_rows.data();
        std::memcpy(row, samples.row(y), inside * pixel);
        for (auto x = inside; x < width; ++x) std::memcpy(row + x * pixel, fill_pixel_.data(), pixel);
        std::optional<ImageView> row_mask;
        if (hidden) {
            std::memcpy(slice.padded_mask.data(), hidden->row(y), inside);
            std::memset(slice.padded_mask.data() + inside, 0, width - inside);
            row_mask = std::as_const(slice.padded_mask).view();
        }
        const auto row_view = std::as_const(slice.padded_rows).view();
        slice.hash.update(row_view, row_mask);
        if (slice.writer) slice.writer->append(row_view, row_mask);
    }
}

void SliceCutter::append_padding(OpenSlice& slice, std::int64_t rows) {
    if (rows == 0) return;
    const auto pixel = info_.pixel_bytes();
    const auto width = static_cast<std::size_t>(slice.window.width_px);
    for (std::size_t x = 0; x < width; ++x) {
        std::memcpy(slice.padded_rows.data() + x * pixel, fill_pixel_.data(), pixel);
    }
    std::memset(slice.padded_mask.data(), 0, width);
    const auto row = std::as_const(slice.padded_rows).view();
    const auto mask = info_.mask == MaskKind::per_dataset
                          ? std::optional<ImageView>(std::as_const(slice.padded_mask).view())
                          : std::nullopt;
    for (std::int64_t y = 0; y < rows; ++y) {
        slice.hash.update(row, mask);
        if (slice.writer) slice.writer->append(row, mask);
    }
}

void SliceCutter::finished(std::size_t index, std::int64_t size_bytes) {
    const std::lock_guard lock(records_mutex_);
    records_[index].file_size_bytes = size_bytes;
    if (!records_[index].sha256.empty()) return;
    unhashed_.push_back(index);
    unhashed_bytes_ += size_bytes;
}

void SliceCutter::hash_finished(bool at_end) {
    for (;;) {
        std::vector<std::size_t> indices;
        {
            const std::lock_guard lock(records_mutex_);
            const bool enough = unhashed_.size() >= sha256_lanes || unhashed_bytes_ >= hashed_soon_bytes;
            if (unhashed_.empty() || !(at_end || enough)) return;
            const auto count = static_cast<std::ptrdiff_t>(std::min(unhashed_.size(), sha256_lanes));
            indices.assign(unhashed_.begin(), unhashed_.begin() + count);
            unhashed_.erase(unhashed_.begin(), unhashed_.begin() + count);
            for (const auto index : indices) unhashed_bytes_ -= records_[index].file_size_bytes;
        }
        jobs_.run(hash_job_bytes, [this, indices = std::move(indices)] { hash(indices); });
    }
}

void SliceCutter::hash(const std::vector<std::size_t>& indices) {
    std::vector<std::filesystem::path> paths;
    paths.reserve(indices.size());
    for (const auto index : indices) paths.push_back(folder_ / records_[index].filename);
    auto hashes = file_sha256(paths, stop_);
    const std::lock_guard lock(records_mutex_);
    for (std::size_t i = 0; i < indices.size(); ++i) records_[indices[i]].sha256 = std::move(hashes[i]);
}

}  // namespace tilewright::inline v0_1
