// SPDX-License-Identifier: Apache-2.0
#include "tile/assembly.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstring>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "tile/slice_reader.h"
#include "tilewright/core/error.h"

namespace tilewright::inline v0_1 {
namespace {

// Above so many slices side by side files are closed between bands: descriptors are few.
constexpr std::size_t open_slices_limit = 200;
constexpr std::int64_t row_limit_bytes = std::int64_t{1} << 30;

bool windows_overlap(const Manifest& manifest) {
    const auto& size = manifest.raster.size;
    const auto image_area = static_cast<std::uint64_t>(size.width_px) * static_cast<std::uint64_t>(size.height_px);
    std::uint64_t sum = 0;
    for (const auto& slice : manifest.slices) {
        sum += static_cast<std::uint64_t>(clipped(slice.window, size).area());
        if (sum > image_area) return true;
    }
    return false;
}

// A slice of which rows are still to come.
struct OpenSlice {
    const SliceRecord* record;
    SliceReader reader;
    Window inside;  // the part of its window inside the image
};

// What one slice gives to a band: a part of its own where windows overlap, else the band's own memory.
struct Part {
    const SliceRecord* record;
    Window window;  // in the image
    Image pixels;
    Image mask;
};

struct JoinedBand {
    Window window;
    Image pixels;
    Image mask;
    std::vector<Part> parts;
};

class Assembly {
public:
    Assembly(const Manifest& manifest, const RunContext& context)
        : manifest_(manifest),
          context_(context),
          raster_(without_nodata(manifest.raster)),
          overlaps_(windows_overlap(manifest)),
          hash_(raster_) {
        for (const auto& slice : manifest.slices) waiting_.push_back(&slice);
        std::stable_sort(waiting_.begin(), waiting_.end(),
                         [](const SliceRecord* a, const SliceRecord* b) { return a->window.y_px < b->window.y_px; });
    }

    void run(const RowSink& sink) {
        check_files();
        const auto row_bytes = raster_.size.width_px * static_cast<std::int64_t>(raster_.pixel_bytes());
        if (row_bytes > row_limit_bytes) {
            throw Error(ErrorCode::resource, "a row of the image has " + std::to_string(row_bytes) +
                                                 " bytes, more than is put together at a time");
        }
        const auto band_rows = rows_at_a_time(row_bytes, 1);
        std::array<JoinedBand, 2> bands;
        JobGroup jobs(*context_.executor, static_cast<std::size_t>(4 * band_rows * row_bytes));
        begin(bands[0], 0, band_rows, jobs);
        for (std::size_t turn = 0;; turn ^= 1U) {
            jobs.wait();
            context_.throw_if_stopped();
            auto& band = bands.at(turn);
            const auto next_row = band.window.y_end();
            const bool last = next_row == raster_.size.height_px;
            drop_finished(next_row);
            if (!last) begin(bands.at(turn ^ 1U), next_row, band_rows, jobs);
            merge(band);
            const auto mask = has_mask() ? std::optional<ImageView>(std::as_const(band.mask).view()) : std::nullopt;
            const auto rows = std::as_const(band.pixels).view();
            hash_.update(rows, mask);
            if (last) compare_hashes();
            sink(band.window.y_px, rows, mask);
            context_.advance(band.window.height_px * row_bytes);
            if (last) return;
        }
    }

private:
    bool has_mask() const noexcept { return raster_.mask != MaskKind::none; }

    // Before any work: that all slices are there.
    void check_files() const {
        for (const auto& slice : manifest_.slices) {
            context_.throw_if_stopped();
            SliceReader(manifest_, slice).check_file();
        }
    }

    // Starts to read the rows of a band out of all slices that have a part in it.
    void begin(JoinedBand& band, std::int64_t y_px, std::int64_t rows, JobGroup& jobs) {
        const auto size = raster_.size;
        band.window = {0, y_px, size.width_px, std::min(rows, size.height_px - y_px)};
        const Size band_size{band.window.width_px, band.window.height_px};
        if (band.pixels.size() != band_size) {
            band.pixels = Image(band_size, raster_.bands, raster_.type);
            if (has_mask()) band.mask = Image(band_size, 1, PixelType::uint8);
        }
        for (; next_ < waiting_.size() && waiting_[next_]->window.y_px < band.window.y_end(); ++next_) {
            const auto& record = *waiting_[next_];
            open_.push_back(std::unique_ptr<OpenSlice>(
                new OpenSlice{&record, SliceReader(manifest_, record), clipped(record.window, size)}));
        }
        const bool keep_open = open_.size() <= open_slices_limit;
        band.parts.clear();
        band.parts.reserve(open_.size());
        for (const auto& slice : open_) {
            const auto top = std::max(slice->inside.y_px, band.window.y_px);
            const auto bottom = std::min(slice->inside.y_end(), band.window.y_end());
            const Window window{slice->inside.x_px, top, slice->inside.width_px, bottom - top};
            band.parts.push_back({slice->record, window, {}, {}});
            const auto bytes = static_cast<std::size_t>(window.area()) * raster_.pixel_bytes();
            jobs.run(bytes, [this, &band, &part = band.parts.back(), open = slice.get(), keep_open] {
                context_.throw_if_stopped();
                read(band, part, open->reader);
                if (part.window.y_end() == open->inside.y_end()) {
                    open->reader.finish();
                } else if (!keep_open) {
                    open->reader.close();
                }
            });
        }
    }

    void read(JoinedBand& band, Part& part, SliceReader& reader) const {
        const auto& window = part.window;
        if (overlaps_) {
            const Size size{window.width_px, window.height_px};
            part.pixels = Image(size, raster_.bands, raster_.type);
            if (has_mask()) part.mask = Image(size, 1, PixelType::uint8);
            reader.read(part.pixels.view(),
                        has_mask() ? std::optional<MutableImageView>(part.mask.view()) : std::nullopt);
            return;
        }
        const Window in_band{window.x_px, window.y_px - band.window.y_px, window.width_px, window.height_px};
        reader.read(band.pixels.view().crop(in_band),
                    has_mask() ? std::optional<MutableImageView>(band.mask.view().crop(in_band)) : std::nullopt);
    }

    // Forgets slices that have no row from `y_px` on; their jobs have ended and proven them.
    void drop_finished(std::int64_t y_px) {
        std::erase_if(open_, [&](const std::unique_ptr<OpenSlice>& slice) { return slice->inside.y_end() <= y_px; });
    }

    // Lays overlapping parts over each other; where one lies already, the next must be the same.
    void merge(JoinedBand& band) {
        if (!overlaps_) return;
        std::vector<char> laid(static_cast<std::size_t>(band.window.area()), 0);
        for (auto& part : band.parts) {
            lay(band, part, laid);
            part.pixels = {};
            part.mask = {};
        }
    }

    void lay(JoinedBand& band, const Part& part, std::vector<char>& laid) const {
        const auto& window = part.window;
        const Window in_band{window.x_px, window.y_px - band.window.y_px, window.width_px, window.height_px};
        const auto into = band.pixels.view().crop(in_band);
        const auto pixel_bytes = raster_.pixel_bytes();
        for (std::int64_t y = 0; y < window.height_px; ++y) {
            char* row = laid.data() + (in_band.y_px + y) * band.window.width_px + in_band.x_px;
            for (std::int64_t x = 0; x < window.width_px;) {
                auto end = x + 1;
                while (end < window.width_px && row[end] == row[x]) ++end;
                const auto count = static_cast<std::size_t>(end - x);
                const auto at = static_cast<std::size_t>(x);
                lay_run(into.row(y) + at * pixel_bytes, part.pixels.view().row(y) + at * pixel_bytes,
                        count * pixel_bytes, row[x] != 0, part);
                if (has_mask()) {
                    lay_run(band.mask.view().crop(in_band).row(y) + at, part.mask.view().row(y) + at, count,
                            row[x] != 0, part);
                }
                x = end;
            }
            std::memset(row, 1, static_cast<std::size_t>(window.width_px));
        }
    }

    void lay_run(std::byte* into, const std::byte* from, std::size_t bytes, bool laid, const Part& part) const {
        if (!laid) {
            std::memcpy(into, from, bytes);
        } else if (std::memcmp(into, from, bytes) != 0) {
            throw Error(ErrorCode::corrupt, "the slice differs from a slice that it overlaps",
                        path_text(manifest_.folder / part.record->filename));
        }
    }

    void compare_hashes() const {
        if (hash_.pixel_hash() == manifest_.pixel_hash && hash_.mask_hash() == manifest_.mask_hash) return;
        throw Error(ErrorCode::corrupt,
                    "each slice is proven, but together they are not the image the manifest speaks of: it was altered",
                    path_text(manifest_.folder / Manifest::filename));
    }

    const Manifest& manifest_;
    const RunContext& context_;
    const RasterInfo raster_;
    const bool overlaps_;
    RasterHash hash_;
    std::vector<const SliceRecord*> waiting_;  // by their top row; those before next_ were opened
    std::size_t next_ = 0;
    std::vector<std::unique_ptr<OpenSlice>> open_;
};

}  // namespace

void assemble(const Manifest& manifest, const RunContext& context, const RowSink& sink) {
    Assembly(manifest, context).run(sink);
}

}  // namespace tilewright::inline v0_1
