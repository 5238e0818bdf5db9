// SPDX-License-Identifier: Apache-2.0
// Which filter for which row. The usual rule, the least sum of absolute differences row by row, takes Paeth nearly
// everywhere on photographs, and is 2 to 4 % off on those that were JPEG before or were enlarged: what matches there
// shows in no sum. So a few rows of each group are filtered in several ways and compressed, and the best way wins.
#include <algorithm>
#include <cstdint>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "codec/deflate_engine.h"
#include "codec/png_filter_simd.h"
#include "codec/png_row.h"
#include "tilewright/codec/png_filter.h"
#include "tilewright/core/error.h"

namespace tilewright::inline v0_1 {
namespace {

// A filter type for all rows of a group, or for each row the one that leaves the least sum.
enum class Way : std::uint8_t { none, sub, up, average, paeth, least_sum };

struct Effort {
    std::size_t group_bytes;   // decided together
    std::size_t sample_bytes;  // tried in every way
    // Makes the engine that tries the ways: it compresses the sample as each filters it, and the fewest bytes win.
    // It is the one that then writes the rows, or a quicker one of mostly the same opinion.
    std::unique_ptr<DeflateEngine> (*judge)();
    std::vector<Way> ways;  // the first wins a draw
};

// Judges write the same bytes on every processor, as ISA-L does not: filters must not depend on it.
Effort effort(Compression compression) {
    constexpr std::size_t kibibyte = 1024;
    const std::vector<Way> single{Way::paeth, Way::up, Way::average, Way::sub, Way::none};
    const std::vector<Way> all{Way::paeth, Way::up, Way::average, Way::sub, Way::none, Way::least_sum};
    switch (compression) {
        case Compression::fast: return {2048 * kibibyte, 12 * kibibyte, make_runs_engine, single};
        case Compression::balanced:
            return {1024 * kibibyte, 24 * kibibyte, [] { return make_choosing_engine(make_libdeflate_engine(1), 0); },
                    all};
        case Compression::small: return {1024 * kibibyte, 24 * kibibyte, [] { return make_libdeflate_engine(6); }, all};
    }
    throw Error(ErrorCode::internal, "a compression without an effort");
}

// Smaller groups are not worth a trial, which would take as long as compressing them.
constexpr std::size_t least_samples_in_group = 32;

// Wide rows are tried in part.
constexpr std::size_t most_sample_row_bytes = 4096;

struct Rows {
    const std::uint8_t* first;
    const std::uint8_t* above;
    std::size_t row_bytes;
    std::size_t stride_bytes;
    std::size_t count;
    std::size_t pixel_bytes;
};

PngFilter filter_of_least_sum(const std::uint8_t* row, const std::uint8_t* above, const Rows& rows) {
    const auto sums = filter_sums_simd(row, above, rows.row_bytes, std::min(rows.pixel_bytes, rows.row_bytes));
    return static_cast<PngFilter>(std::min_element(sums.begin(), sums.end()) - sums.begin());
}

void filter_rows(const Rows& rows, Way way, std::uint8_t* out) {
    const auto* above = rows.above;
    const auto* row = rows.first;
    for (std::size_t y = 0; y < rows.count; ++y) {
        const auto filter = way == Way::least_sum ? filter_of_least_sum(row, above, rows) : static_cast<PngFilter>(way);
        *out++ = static_cast<std::uint8_t>(filter);
        filter_row(filter, row, above, rows.row_bytes, rows.pixel_bytes, out);
        out += rows.row_bytes;
        above = row;
        row += rows.stride_bytes;
    }
}

// The middle of the rows, about `size_bytes` of it.
Rows sample_of(const Rows& rows, std::size_t size_bytes) {
    Rows sample = rows;
    if (rows.row_bytes > most_sample_row_bytes) {
        sample.row_bytes = most_sample_row_bytes / rows.pixel_bytes * rows.pixel_bytes;
    }
    sample.count = std::clamp(size_bytes / sample.row_bytes, std::size_t{1}, rows.count);
    const auto column = (rows.row_bytes - sample.row_bytes) / 2 / rows.pixel_bytes * rows.pixel_bytes;
    const auto line = (rows.count - sample.count) / 2;
    sample.first = rows.first + line * rows.stride_bytes + column;
    sample.above = line == 0 ? rows.above + column : sample.first - rows.stride_bytes;
    return sample;
}

class Trial {
public:
    explicit Trial(std::unique_ptr<DeflateEngine> judge) : judge_(std::move(judge)) {}

    Way best(const Rows& sample, const std::vector<Way>& ways) {
        filtered_.resize(sample.count * (sample.row_bytes + 1));
        auto best = ways.front();
        std::size_t best_bytes = SIZE_MAX;
        for (const auto way : ways) {
            filter_rows(sample, way, filtered_.data());
            const auto bytes = judge_->compressed_bytes(std::as_bytes(std::span(filtered_)));
            if (bytes < best_bytes) {
                best_bytes = bytes;
                best = way;
            }
        }
        return best;
    }

private:
    std::unique_ptr<DeflateEngine> judge_;
    std::vector<std::uint8_t> filtered_;
};

}  // namespace

void png_filter_rows(const std::byte* rows, std::size_t row_bytes, std::size_t count,
                     std::span<const std::byte> previous, std::size_t pixel_bytes, bool filterable,
                     Compression compression, std::byte* out) {
    const RowAbove above(previous, row_bytes);
    Rows rest{reinterpret_cast<const std::uint8_t*>(rows), above.data(), row_bytes, row_bytes, count, pixel_bytes};
    auto* filtered = reinterpret_cast<std::uint8_t*>(out);
    if (!filterable) return filter_rows(rest, Way::none, filtered);

    const auto [group_bytes, sample_bytes, judge, ways] = effort(compression);
    const auto group_rows = std::max(group_bytes / std::max(row_bytes, std::size_t{1}), std::size_t{1});
    std::optional<Trial> trial;
    while (rest.count > 0) {
        Rows group = rest;
        group.count = std::min(rest.count, group_rows);
        auto way = Way::least_sum;
        if (group.count * row_bytes >= least_samples_in_group * sample_bytes) {
            if (!trial) trial.emplace(judge());
            way = trial->best(sample_of(group, sample_bytes), ways);
        }
        filter_rows(group, way, filtered);
        filtered += group.count * (row_bytes + 1);
        rest.first += group.count * row_bytes;
        rest.above = rest.first - row_bytes;
        rest.count -= group.count;
    }
}

}  // namespace tilewright::inline v0_1
