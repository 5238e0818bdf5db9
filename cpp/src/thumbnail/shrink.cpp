// SPDX-License-Identifier: Apache-2.0
#include "thumbnail/shrink.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <utility>
#include <vector>

namespace tilewright {
namespace {

// Samples read at once. More cost memory, fewer cost calls.
constexpr std::int64_t window_bytes = std::int64_t{1} << 20;

// Which pixels of one side go into which of fewer: they differ by at most one pixel in number.
class Bins {
public:
    Bins(std::int64_t from, std::int64_t to) : from_(from), to_(to), begins_(static_cast<std::size_t>(to + 1)) {
        for (std::int64_t bin = 0; bin <= to; ++bin)
            begins_[static_cast<std::size_t>(bin)] = (bin * from + to - 1) / to;
    }
    std::int64_t count() const noexcept { return to_; }
    std::int64_t begin(std::int64_t bin) const noexcept { return begins_[static_cast<std::size_t>(bin)]; }
    std::int64_t of(std::int64_t pixel) const noexcept { return pixel * to_ / from_; }

private:
    std::int64_t from_;
    std::int64_t to_;
    std::vector<std::int64_t> begins_;
};

// Sums over one row of bins at a time. Rows come from top to bottom, the columns of a row in any parts.
class Averager {
public:
    Averager(const PixelRows& rows, Size from, Size to)
        : columns_{from.width_px, to.width_px},
          lines_{from.height_px, to.height_px},
          plain_(rows.is_plain()),
          bands_(rows.colors() + (plain_ ? 0 : 1)),
          result_(to, bands_, plain_ ? PixelType::uint8 : PixelType::float64) {}

    // Rows [y, y + height) of columns [x, x + width), height within one band of rows that is read part by part.
    void add(const Window& window, PixelRows& rows, const ImageView& samples) {
        for (auto y = window.y_px; y < window.y_end();) {
            const auto bin = lines_.of(y);
            const auto end = std::min(lines_.begin(bin + 1), window.y_end());
            auto& sums = sums_of(bin);
            if (plain_) {
                add_plain(samples, window, y, end, sums);
            } else {
                add_weighted(rows, window, y, end, sums);
            }
            y = end;
        }
    }

    // All columns above row `y` were added.
    void finish_above(std::int64_t y) {
        while (!open_.empty() && lines_.begin(first_open_ + 1) <= y) {
            write(first_open_, open_.front());
            open_.erase(open_.begin());
            ++first_open_;
        }
    }

    Image take() { return std::move(result_); }

private:
    using Sums = std::vector<double>;

    Sums& sums_of(std::int64_t bin) {
        while (first_open_ + static_cast<std::int64_t>(open_.size()) <= bin) {
            open_.emplace_back(static_cast<std::size_t>(columns_.count() * bands_));
        }
        return open_[static_cast<std::size_t>(bin - first_open_)];
    }

    // Down the columns first, which vectors do many at a time.
    void add_plain(const ImageView& samples, const Window& window, std::int64_t y, std::int64_t end, Sums& sums) {
        const auto count = static_cast<std::size_t>(window.width_px * bands_);
        down_.assign(count, 0);
        for (; y < end; ++y) {
            const auto* row = reinterpret_cast<const std::uint8_t*>(samples.row(y - window.y_px));
            for (std::size_t i = 0; i < count; ++i) down_[i] += row[i];
        }
        auto bin = columns_.of(window.x_px);
        for (auto x = window.x_px; x < window.x_end(); ++bin) {
            const auto bin_end = std::min(columns_.begin(bin + 1), window.x_end());
            const auto* from = down_.data() + (x - window.x_px) * bands_;
            auto* into = sums.data() + bin * bands_;
            for (int band = 0; band < bands_; ++band) {
                std::uint64_t sum = 0;
                for (std::int64_t i = 0; i < bin_end - x; ++i) sum += from[i * bands_ + band];
                into[band] += static_cast<double>(sum);
            }
            x = bin_end;
        }
    }

    void add_weighted(PixelRows& rows, const Window& window, std::int64_t y, std::int64_t end, Sums& sums) {
        weighted_.resize(static_cast<std::size_t>(window.width_px * bands_));
        for (; y < end; ++y) {
            rows.weigh_row(y - window.y_px, weighted_.data());
            const auto* from = weighted_.data();
            auto bin = columns_.of(window.x_px);
            for (auto x = window.x_px; x < window.x_end(); ++bin) {
                auto* into = sums.data() + bin * bands_;
                for (const auto bin_end = std::min(columns_.begin(bin + 1), window.x_end()); x < bin_end; ++x) {
                    for (int band = 0; band < bands_; ++band) into[band] += *from++;
                }
            }
        }
    }

    void write(std::int64_t line, const Sums& sums) {
        auto* out = result_.view().row(line);
        const auto rows = lines_.begin(line + 1) - lines_.begin(line);
        for (std::int64_t bin = 0; bin < columns_.count(); ++bin) {
            const auto pixels = static_cast<double>(rows * (columns_.begin(bin + 1) - columns_.begin(bin)));
            for (int band = 0; band < bands_; ++band) {
                const auto i = static_cast<std::size_t>(bin * bands_ + band);
                const double mean = sums[i] / pixels;
                if (plain_) {
                    out[i] = static_cast<std::byte>(mean + 0.5);
                } else {
                    std::memcpy(out + i * sizeof mean, &mean, sizeof mean);
                }
            }
        }
    }

    const Bins columns_;
    const Bins lines_;
    const bool plain_;
    const int bands_;
    Image result_;
    std::vector<Sums> open_;  // of the bins from first_open_ on
    std::int64_t first_open_ = 0;
    std::vector<std::uint32_t> down_;
    std::vector<double> weighted_;
};

// Columns read at once: whole blocks where they are tiles, all where they are strips.
std::int64_t columns_at_once(const PixelRows& rows, std::int64_t lines) noexcept {
    const auto& info = rows.info();
    if (!info.tiled || info.block.width_px >= info.size.width_px) return info.size.width_px;
    const auto column_bytes = std::max<std::int64_t>(1, rows.bytes_of({0, 0, 1, lines}));
    const auto blocks = std::max<std::int64_t>(1, window_bytes / column_bytes / info.block.width_px);
    return std::min(info.size.width_px, blocks * info.block.width_px);
}

// Rows read at once: whole blocks; several where they are thin, fewer where one strip is as high as the image.
std::int64_t lines_at_once(const PixelRows& rows, std::int64_t row_step_px) noexcept {
    const auto& info = rows.info();
    const auto row_bytes = std::max<std::int64_t>(1, rows.bytes_of({0, 0, info.size.width_px, 1}));
    const auto wanted = std::max<std::int64_t>(1, window_bytes / row_bytes);
    if (!info.tiled && row_step_px >= info.size.height_px) return std::min(wanted, info.size.height_px);
    const auto step = std::max<std::int64_t>(1, row_step_px);
    return std::min(info.size.height_px, std::max<std::int64_t>(1, wanted / step) * step);
}

// The samples as they are, where nothing is averaged.
Image read_whole(PixelRows& rows, const RunContext& context) {
    const auto& info = rows.info();
    Image image(info.size, info.bands, info.type);
    const auto lines = lines_at_once(rows, rows.row_step_px());
    for (std::int64_t y = 0; y < info.size.height_px; y += lines) {
        context.throw_if_stopped();
        const Window window{0, y, info.size.width_px, std::min(lines, info.size.height_px - y)};
        rows.read_into(window, image.view().crop(window));
        context.advance(rows.bytes_of(window));
    }
    return image;
}

}  // namespace

std::int64_t shrinking_bytes(const PixelRows& rows, Size to) noexcept {
    const auto lines = lines_at_once(rows, rows.row_step_px());
    const auto columns = columns_at_once(rows, lines);
    const auto bands = rows.colors() + 1;
    const auto open_bins = lines * to.height_px / std::max<std::int64_t>(1, rows.info().size.height_px) + 2;
    return rows.bytes_of({0, 0, columns, lines}) + columns * bands * 80 +
           (to.height_px + open_bins) * to.width_px * bands * static_cast<std::int64_t>(sizeof(double));
}

Image shrink(PixelRows& rows, Size to, const RunContext& context) {
    const auto& info = rows.info();
    if (rows.is_plain() && to == info.size) return read_whole(rows, context);
    Averager averager(rows, info.size, to);
    const auto lines = lines_at_once(rows, rows.row_step_px());
    const auto columns = columns_at_once(rows, lines);
    for (std::int64_t y = 0; y < info.size.height_px; y += lines) {
        const auto height = std::min(lines, info.size.height_px - y);
        for (std::int64_t x = 0; x < info.size.width_px; x += columns) {
            context.throw_if_stopped();
            const Window window{x, y, std::min(columns, info.size.width_px - x), height};
            averager.add(window, rows, rows.read(window));
            context.advance(rows.bytes_of(window));
        }
        averager.finish_above(y + height);
    }
    return averager.take();
}

}  // namespace tilewright
