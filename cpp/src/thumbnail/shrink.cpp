// SPDX-License-Identifier: Apache-2.0
#include "thumbnail/shrink.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <utility>
#include <vector>

#include "thumbnail/area_average.h"

namespace tilewright::inline v0_1 {
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

// Sums weighted pixels over one row of bins at a time. Rows come from top to bottom, the columns of a row in any parts.
class WeightedAverage {
public:
    WeightedAverage(PixelRows& rows, Size from, Size to)
        : rows_(rows),
          columns_{from.width_px, to.width_px},
          lines_{from.height_px, to.height_px},
          bands_(rows.colors() + 1),
          result_(to, bands_, PixelType::float64) {}

    // What the rows read last, which is that window of what is averaged.
    void add(const Window& window) {
        weighted_.resize(static_cast<std::size_t>(window.width_px * bands_));
        for (auto y = window.y_px; y < window.y_end(); ++y) {
            rows_.weigh_row(y - window.y_px, weighted_.data());
            auto& sums = sums_of(lines_.of(y));
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

    void write(std::int64_t line, const Sums& sums) {
        auto* out = result_.view().row(line);
        const auto rows = lines_.begin(line + 1) - lines_.begin(line);
        for (std::int64_t bin = 0; bin < columns_.count(); ++bin) {
            const auto pixels = static_cast<double>(rows * (columns_.begin(bin + 1) - columns_.begin(bin)));
            for (int band = 0; band < bands_; ++band) {
                const auto i = static_cast<std::size_t>(bin * bands_ + band);
                const double mean = sums[i] / pixels;
                std::memcpy(out + i * sizeof mean, &mean, sizeof mean);
            }
        }
    }

    PixelRows& rows_;
    const Bins columns_;
    const Bins lines_;
    const int bands_;
    Image result_;
    std::vector<Sums> open_;  // of the bins from first_open_ on
    std::int64_t first_open_ = 0;
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

// Where the part that begins at `begin` ends: at a multiple of `step`, so that parts cut no blocks.
std::int64_t part_end(std::int64_t begin, std::int64_t step, std::int64_t end) noexcept {
    return std::min((begin / step + 1) * step, end);
}

// Reads an area in windows, from top to bottom: add(window seen from the area, samples) for each, finish_above(y) once
// all above are read.
template <typename Add, typename FinishAbove>
void read_all(PixelRows& rows, const Window& area, const RunContext& context, const Add& add,
              const FinishAbove& finish_above) {
    const auto lines = lines_at_once(rows, rows.row_step_px());
    const auto columns = columns_at_once(rows, lines);
    for (auto y = area.y_px; y < area.y_end();) {
        const auto y_end = part_end(y, lines, area.y_end());
        for (auto x = area.x_px; x < area.x_end();) {
            context.throw_if_stopped();
            const auto x_end = part_end(x, columns, area.x_end());
            const Window window{x, y, x_end - x, y_end - y};
            add(Window{x - area.x_px, y - area.y_px, window.width_px, window.height_px}, rows.read(window));
            context.advance(rows.bytes_of(window));
            x = x_end;
        }
        finish_above(y_end - area.y_px);
        y = y_end;
    }
}

// The samples as they are, where nothing is averaged.
Image read_whole(PixelRows& rows, const Window& area, const RunContext& context) {
    const auto& info = rows.info();
    Image image({area.width_px, area.height_px}, info.bands, info.type);
    const auto lines = lines_at_once(rows, rows.row_step_px());
    for (auto y = area.y_px; y < area.y_end();) {
        context.throw_if_stopped();
        const auto y_end = part_end(y, lines, area.y_end());
        const Window window{area.x_px, y, area.width_px, y_end - y};
        rows.read_into(window, image.view().crop({0, y - area.y_px, window.width_px, window.height_px}));
        context.advance(rows.bytes_of(window));
        y = y_end;
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

Image shrink(PixelRows& rows, const Window& area, Size to, const RunContext& context) {
    const Size from{area.width_px, area.height_px};
    if (rows.is_plain() && to == from) return read_whole(rows, area, context);
    if (rows.is_plain()) {
        AreaAverage average(from, rows.colors(), to);
        const auto add = [&](const Window& window, const ImageView& samples) { average.add(window, samples); };
        read_all(rows, area, context, add, [&](std::int64_t y) { average.finish_above(y); });
        return average.take();
    }
    WeightedAverage average(rows, from, to);
    const auto add = [&](const Window& window, const ImageView&) { average.add(window); };
    read_all(rows, area, context, add, [&](std::int64_t y) { average.finish_above(y); });
    return average.take();
}

}  // namespace tilewright::inline v0_1
