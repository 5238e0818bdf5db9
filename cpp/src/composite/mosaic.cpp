// SPDX-License-Identifier: Apache-2.0
#include "tilewright/composite/mosaic.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstring>
#include <optional>
#include <string_view>
#include <tuple>

#include "tilewright/core/error.h"
#include "tilewright/raster/crs.h"
#include "tilewright/storage/file.h"

namespace tilewright::inline v0_1 {
namespace {

constexpr std::string_view window_item = "TILEWRIGHT_WINDOW";
constexpr std::int64_t rows_bytes = std::int64_t{64} << 20;
constexpr std::int64_t rows_step = 256;  // rows of a block as they are written first
constexpr std::size_t most_named = 10;

std::string described(const Window& window) {
    return std::to_string(window.width_px) + " x " + std::to_string(window.height_px) + " px at " +
           std::to_string(window.x_px) + "," + std::to_string(window.y_px);
}

[[noreturn]] void refuse(const std::filesystem::path& tile, const std::string& why) {
    throw Error(ErrorCode::invalid_argument, "does not fit the other tiles: it " + why, path_text(tile));
}

std::optional<Window> told_window(const RasterInfo& info) {
    const auto items = info.metadata.find("");
    if (items == info.metadata.end()) return {};
    for (const auto& [key, text] : items->second) {
        if (key != window_item) continue;
        std::array<std::int64_t, 4> numbers{};
        const char* at = text.data();
        const char* end = text.data() + text.size();
        for (auto& number : numbers) {
            const auto parsed = std::from_chars(at, end, number);
            if (parsed.ec != std::errc()) return {};
            at = parsed.ptr + (parsed.ptr != end ? 1 : 0);
        }
        return Window{numbers[0], numbers[1], numbers[2], numbers[3]};
    }
    return {};
}

// Where a tile's first pixel lies, counted in pixels from that of the first tile.
std::pair<std::int64_t, std::int64_t> offset_of(const RasterInfo& first, const RasterInfo& tile,
                                                const std::filesystem::path& path) {
    const auto& a = *first.geotransform;
    const auto& b = *tile.geotransform;
    const double pixel = std::max(std::abs(a[1]) + std::abs(a[2]), std::abs(a[4]) + std::abs(a[5]));
    for (const std::size_t i : {1U, 2U, 4U, 5U}) {
        // A millionth of a pixel along a side of a million is one pixel.
        if (!(std::abs(a[i] - b[i]) <= 1e-8 * pixel)) refuse(path, "has pixels of another size or direction");
    }
    const double determinant = a[1] * a[5] - a[2] * a[4];
    const double x = b[0] - a[0];
    const double y = b[3] - a[3];
    const double column = (a[5] * x - a[2] * y) / determinant;
    const double row = (a[1] * y - a[4] * x) / determinant;
    constexpr double most_px = 1e9;
    if (!(std::abs(column) < most_px && std::abs(row) < most_px)) refuse(path, "lies too far away");
    constexpr double tolerance_px = 0.01;
    if (std::abs(column - std::round(column)) > tolerance_px || std::abs(row - std::round(row)) > tolerance_px) {
        refuse(path, "lies between the pixels of the others");
    }
    return {static_cast<std::int64_t>(std::round(column)), static_cast<std::int64_t>(std::round(row))};
}

void require_alike(const RasterInfo& first, const RasterInfo& tile, const std::filesystem::path& path) {
    if (tile.bands != first.bands) {
        refuse(path, "has " + std::to_string(tile.bands) + " bands, not " + std::to_string(first.bands));
    }
    if (tile.type != first.type) {
        refuse(path, "is of " + std::string(name(tile.type)) + ", not " + std::string(name(first.type)));
    }
    if (tile.crs_wkt != first.crs_wkt && !same_crs(tile.crs_wkt, first.crs_wkt)) refuse(path, "has another CRS");
    if (tile.geotransform.has_value() != first.geotransform.has_value()) {
        refuse(path, tile.geotransform ? "has a geotransform, others have none" : "has no geotransform");
    }
    for (std::size_t band = 0; band < tile.band.size(); ++band) {
        const auto& a = first.band[band].nodata;
        const auto& b = tile.band[band].nodata;
        if (a.has_value() != b.has_value() || (a && !same_nodata(*a, *b))) refuse(path, "has another nodata value");
    }
}

// What no window covers of an image, in rectangles: bands of rows between edges of windows, joined where they go on
// below.
std::vector<Window> uncovered(const std::vector<Window>& windows, Size size) {
    std::vector<std::int64_t> edges{0, size.height_px};
    for (const auto& window : windows) {
        edges.push_back(window.y_px);
        edges.push_back(window.y_end());
    }
    std::sort(edges.begin(), edges.end());
    edges.erase(std::unique(edges.begin(), edges.end()), edges.end());
    auto sorted = windows;
    std::sort(sorted.begin(), sorted.end(), [](const Window& a, const Window& b) { return a.x_px < b.x_px; });
    std::vector<Window> gaps;
    for (std::size_t i = 0; i + 1 < edges.size(); ++i) {
        const auto add = [&](std::int64_t begin, std::int64_t end) {
            if (begin >= end) return;
            const auto above = std::find_if(gaps.begin(), gaps.end(), [&](const Window& gap) {
                return gap.x_px == begin && gap.x_end() == end && gap.y_end() == edges[i];
            });
            if (above != gaps.end()) {
                above->height_px = edges[i + 1] - above->y_px;
            } else {
                gaps.push_back({begin, edges[i], end - begin, edges[i + 1] - edges[i]});
            }
        };
        std::int64_t covered = 0;
        for (const auto& window : sorted) {
            if (window.y_px > edges[i] || window.y_end() <= edges[i]) continue;
            add(covered, window.x_px);
            covered = std::max(covered, window.x_end());
        }
        add(covered, size.width_px);
    }
    return gaps;
}

std::vector<std::pair<std::size_t, std::size_t>> overlapping(const std::vector<Window>& windows) {
    std::vector<std::size_t> order(windows.size());
    for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
    std::sort(order.begin(), order.end(),
              [&](std::size_t a, std::size_t b) { return windows[a].y_px < windows[b].y_px; });
    std::vector<std::pair<std::size_t, std::size_t>> pairs;
    for (std::size_t i = 0; i < order.size(); ++i) {
        const auto& a = windows[order[i]];
        for (std::size_t j = i + 1; j < order.size() && windows[order[j]].y_px < a.y_end(); ++j) {
            const auto& b = windows[order[j]];
            if (a.x_px < b.x_end() && b.x_px < a.x_end()) {
                pairs.emplace_back(std::min(order[i], order[j]), std::max(order[i], order[j]));
            }
        }
    }
    std::sort(pairs.begin(), pairs.end());
    return pairs;
}

std::string listed(const std::vector<std::string>& names) {
    std::string text;
    for (std::size_t i = 0; i < std::min(names.size(), most_named); ++i) text += (i == 0 ? "" : "; ") + names[i];
    if (names.size() > most_named) text += "; and " + std::to_string(names.size() - most_named) + " more";
    return text;
}

void check(const MosaicPlan& plan, const std::vector<std::filesystem::path>& tiles, const MosaicOptions& options,
           const std::filesystem::path& target) {
    std::vector<std::string> names;
    if (!plan.overlaps.empty()) {
        for (const auto& [a, b] : plan.overlaps) names.push_back(path_text(tiles[a]) + " and " + path_text(tiles[b]));
        throw Error(ErrorCode::invalid_argument, "tiles overlap: " + listed(names), path_text(target));
    }
    if (!plan.gaps.empty() && !options.allow_gaps) {
        for (const auto& gap : plan.gaps) names.push_back(described(gap));
        throw Error(ErrorCode::invalid_argument,
                    "no tile covers " + listed(names) + "; make what is missing, or allow gaps", path_text(target));
    }
}

void fill_with_nodata(Image& image, const RasterInfo& info) {
    std::memset(image.data(), 0, image.size_bytes());
    const auto& nodata = info.band.front().nodata;
    if (!nodata) return;
    const double value = std::visit([](auto number) { return static_cast<double>(number); }, *nodata);
    if (value == 0) return;
    const auto sample_bytes = size_bytes(info.type);
    std::array<std::byte, 8> sample{};
    const auto put = [&](auto number) { std::memcpy(sample.data(), &number, sizeof number); };
    switch (info.type) {
        case PixelType::uint8: put(static_cast<std::uint8_t>(value)); break;
        case PixelType::int8: put(static_cast<std::int8_t>(value)); break;
        case PixelType::uint16: put(static_cast<std::uint16_t>(value)); break;
        case PixelType::int16: put(static_cast<std::int16_t>(value)); break;
        case PixelType::uint32: put(static_cast<std::uint32_t>(value)); break;
        case PixelType::int32: put(static_cast<std::int32_t>(value)); break;
        case PixelType::float32: put(static_cast<float>(value)); break;
        case PixelType::float64: put(value); break;
        default: return;  // the mask tells
    }
    for (std::size_t i = 0; i + sample_bytes <= image.size_bytes(); i += sample_bytes) {
        std::memcpy(image.data() + i, sample.data(), sample_bytes);
    }
}

}  // namespace

MosaicPlan plan_mosaic(const std::vector<std::filesystem::path>& tiles, const OpenOptions& options,
                       const RunContext& context) {
    if (tiles.empty()) throw Error(ErrorCode::invalid_argument, "there is no tile to put together", "tiles");
    std::vector<RasterInfo> infos(tiles.size());
    JobGroup group(*context.executor, tiles.size());
    for (std::size_t i = 0; i < tiles.size(); ++i) {
        group.run(1, [&, i] {
            context.throw_if_stopped();
            infos[i] = read_raster_info(tiles[i], options);
        });
    }
    group.wait();
    MosaicPlan plan;
    const auto& first = infos.front();
    for (std::size_t i = 0; i < tiles.size(); ++i) {
        const auto& info = infos[i];
        require_alike(first, info, tiles[i]);
        Window window{0, 0, info.size.width_px, info.size.height_px};
        if (first.geotransform) {
            std::tie(window.x_px, window.y_px) = offset_of(first, info, tiles[i]);
        } else {
            const auto told = told_window(info);
            if (!told || told->width_px != info.size.width_px || told->height_px != info.size.height_px) {
                refuse(tiles[i], "has neither a geotransform nor the window it was made of");
            }
            window = *told;
        }
        plan.tiles.push_back(window);
    }
    const auto least = [&](std::int64_t Window::*side) {
        return (*std::min_element(plan.tiles.begin(), plan.tiles.end(),
                                  [&](const Window& a, const Window& b) { return a.*side < b.*side; })).*
               side;
    };
    const auto left = least(&Window::x_px);
    const auto top = least(&Window::y_px);
    Size size;
    for (auto& tile : plan.tiles) {
        tile.x_px -= left;
        tile.y_px -= top;
        size.width_px = std::max(size.width_px, tile.x_end());
        size.height_px = std::max(size.height_px, tile.y_end());
    }
    plan.info = cropped(first, {-plan.tiles.front().x_px, -plan.tiles.front().y_px, size.width_px, size.height_px});
    plan.info.size = size;
    plan.overlaps = overlapping(plan.tiles);
    plan.gaps = uncovered(plan.tiles, size);
    const bool has_mask =
        std::any_of(infos.begin(), infos.end(), [](const RasterInfo& info) { return info.mask != MaskKind::none; });
    plan.info.mask = has_mask || !plan.gaps.empty() ? MaskKind::per_dataset : MaskKind::none;
    plan.info.metadata.clear();  // what one tile says need not hold for all
    return plan;
}

WrittenMosaic write_mosaic(const std::filesystem::path& target, const std::vector<std::filesystem::path>& tiles,
                           const MosaicOptions& options, const RunContext& context) {
    auto plan = plan_mosaic(tiles, options.open, context);
    check(plan, tiles, options, target);
    auto& info = plan.info;
    info.metadata = options.metadata;
    const auto row_bytes = info.size.width_px * static_cast<std::int64_t>(info.pixel_bytes() + 1);
    const auto rows_at_once = std::max<std::int64_t>(1, rows_bytes / row_bytes / rows_step) * rows_step;
    const bool has_mask = info.mask != MaskKind::none;
    if (!target.parent_path().empty()) make_folder(target.parent_path());
    CogWriter writer(target, info, options.cog, *context.executor);
    for (std::int64_t y = 0; y < info.size.height_px; y += rows_at_once) {
        const Size size{info.size.width_px, std::min(rows_at_once, info.size.height_px - y)};
        Image rows(size, info.bands, info.type);
        Image mask(has_mask ? size : Size{}, 1, PixelType::uint8);
        fill_with_nodata(rows, info);
        std::memset(mask.data(), 0, mask.size_bytes());
        JobGroup group(*context.executor, tiles.size());
        for (std::size_t i = 0; i < tiles.size(); ++i) {
            const auto& tile = plan.tiles[i];
            const auto begin = std::max(y, tile.y_px);
            const auto end = std::min(y + size.height_px, tile.y_end());
            if (begin >= end) continue;
            group.run(1, [&, i, begin, end] {
                context.throw_if_stopped();
                const auto reader = open_raster(tiles[i], options.open);
                const auto& place = plan.tiles[i];
                if (reader->info().size != Size{place.width_px, place.height_px}) {
                    throw Error(ErrorCode::io, "it was replaced while tiles were put together", path_text(tiles[i]));
                }
                const Window from{0, begin - place.y_px, place.width_px, end - begin};
                const Window to{place.x_px, begin - y, place.width_px, end - begin};
                reader->read(from, rows.view().crop(to));
                if (has_mask) reader->read_mask(from, mask.view().crop(to));
                context.advance(from.area() * static_cast<std::int64_t>(info.pixel_bytes()));
            });
        }
        group.wait();
        writer.append(std::as_const(rows).view(), has_mask ? std::optional(std::as_const(mask).view()) : std::nullopt);
    }
    context.throw_if_stopped();
    return {info.size, writer.finish()};
}

}  // namespace tilewright::inline v0_1
