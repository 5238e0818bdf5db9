// SPDX-License-Identifier: Apache-2.0
#include "tile/coverage.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "tilewright/layout/layout.h"

namespace tilewright::inline v0_1 {
namespace {

// How often each of the columns between neighbouring edges is covered, as a tree of minima: a manifest made to be slow
// (many windows, all of them overlapping) costs no more than an honest one.
class ColumnCover {
public:
    explicit ColumnCover(std::size_t columns) : columns_(columns), least_(4 * columns, 0), added_(4 * columns, 0) {}

    void add(std::size_t begin, std::size_t end, int times) { add(1, 0, columns_, begin, end, times); }
    bool is_whole() const { return least_[1] > 0; }

private:
    void add(std::size_t node, std::size_t from, std::size_t to, std::size_t begin, std::size_t end, int times) {
        if (end <= from || to <= begin) return;
        if (begin <= from && to <= end) {
            least_[node] += times;
            added_[node] += times;
            return;
        }
        const auto middle = from + (to - from) / 2;
        add(2 * node, from, middle, begin, end, times);
        add(2 * node + 1, middle, to, begin, end, times);
        least_[node] = added_[node] + std::min(least_[2 * node], least_[2 * node + 1]);
    }

    std::size_t columns_;
    std::vector<int> least_;  // with what was added to the node itself, without what was added above it
    std::vector<int> added_;
};

struct Edge {
    std::int64_t row;
    std::size_t begin;
    std::size_t end;
    int times;
};

}  // namespace

std::optional<std::int64_t> first_uncovered_row(Size image, const std::vector<Window>& windows) {
    std::vector<std::int64_t> columns{0, image.width_px};
    for (const auto& window : windows) {
        const auto part = clipped(window, image);
        columns.push_back(part.x_px);
        columns.push_back(part.x_end());
    }
    std::sort(columns.begin(), columns.end());
    columns.erase(std::unique(columns.begin(), columns.end()), columns.end());
    const auto column_index = [&](std::int64_t x) {
        return static_cast<std::size_t>(std::lower_bound(columns.begin(), columns.end(), x) - columns.begin());
    };

    std::vector<Edge> edges;
    edges.reserve(2 * windows.size());
    for (const auto& window : windows) {
        const auto part = clipped(window, image);
        if (part.area() == 0) continue;
        const auto begin = column_index(part.x_px);
        const auto end = column_index(part.x_end());
        edges.push_back({part.y_px, begin, end, 1});
        edges.push_back({part.y_end(), begin, end, -1});
    }
    std::sort(edges.begin(), edges.end(), [](const Edge& a, const Edge& b) { return a.row < b.row; });

    ColumnCover cover(columns.size() - 1);
    auto edge = edges.begin();
    for (std::int64_t row = 0; row < image.height_px;) {
        for (; edge != edges.end() && edge->row == row; ++edge) cover.add(edge->begin, edge->end, edge->times);
        if (!cover.is_whole()) return row;
        if (edge == edges.end()) return {};
        row = edge->row;
    }
    return {};
}

}  // namespace tilewright::inline v0_1
