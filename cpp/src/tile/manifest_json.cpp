// SPDX-License-Identifier: Apache-2.0
#include "tile/manifest_json.h"

#include <algorithm>
#include <cstdint>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "tile/raster_json.h"
#include "tilewright/core/version.h"

namespace tilewright::inline v0_1 {
namespace {

template <typename... Cases>
struct Overloaded : Cases... {
    using Cases::operator()...;
};
template <typename... Cases>
Overloaded(Cases...) -> Overloaded<Cases...>;

Json layout_json(const Layout& layout) {
    return std::visit(Overloaded{[](const PiecesLayout& pieces) {
                                     return Json{{"type", "pieces"}, {"count", pieces.count}};
                                 },
                                 [](const GridLayout& grid) {
                                     return Json{{"type", "grid"}, {"rows", grid.rows}, {"columns", grid.columns}};
                                 },
                                 [](const TilesLayout& tiles) {
                                     return Json{{"type", "tiles"},
                                                 {"width_px", tiles.width_px},
                                                 {"height_px", tiles.height_px},
                                                 {"overlap_px", tiles.overlap_px},
                                                 {"edge", std::string(name(tiles.edge))}};
                                 },
                                 [](const StripsLayout& strips) {
                                     return Json{{"type", "strips"},
                                                 {"count", strips.count},
                                                 {"direction", std::string(name(strips.direction))}};
                                 }},
                      layout);
}

// How many slices stand in each row of slices, from the top.
std::vector<std::int64_t> slices_per_row(const std::vector<SliceRecord>& slices) {
    std::vector<std::int64_t> counts;
    for (std::size_t i = 0; i < slices.size(); ++i) {
        if (i == 0 || slices[i].window.y_px != slices[i - 1].window.y_px) counts.push_back(0);
        ++counts.back();
    }
    return counts;
}

// The original tool's keys, with its meaning where it holds: the slices' size is that of the largest.
Json cut_parameters_json(const Manifest& manifest) {
    Size largest;
    for (const auto& slice : manifest.slices) {
        largest.width_px = std::max(largest.width_px, slice.window.width_px);
        largest.height_px = std::max(largest.height_px, slice.window.height_px);
    }
    const auto actual = static_cast<std::int64_t>(manifest.slices.size());
    Json json{{"slice_width", largest.width_px}, {"slice_height", largest.height_px}};
    const auto& layout = manifest.options.layout;
    if (const auto* pieces = std::get_if<PiecesLayout>(&layout)) {
        json["type"] = "auto_divide";
        json["requested_pieces"] = pieces->count;
        json["actual_pieces"] = actual;
        const auto counts = slices_per_row(manifest.slices);
        if (std::adjacent_find(counts.begin(), counts.end(), std::not_equal_to<>()) == counts.end()) {
            json["optimal_grid"] = {counts.size(), counts.empty() ? 0 : counts.front()};
        } else {
            json["pieces_per_row"] = counts;
        }
    } else if (const auto* grid = std::get_if<GridLayout>(&layout)) {
        json["type"] = "grid";
        json["requested_pieces"] = grid->rows * grid->columns;
        json["actual_pieces"] = actual;
        json["optimal_grid"] = {grid->rows, grid->columns};
    } else if (const auto* tiles = std::get_if<TilesLayout>(&layout)) {
        json["type"] = "rectangular";
        json["overlap"] = tiles->overlap_px;
        json["edge"] = std::string(name(tiles->edge));
        json["actual_pieces"] = actual;
    } else if (const auto* strips = std::get_if<StripsLayout>(&layout)) {
        json["type"] = std::string(name(strips->direction)) + "_strips";
        json["requested_pieces"] = strips->count;
        json["actual_pieces"] = actual;
    }
    return json;
}

Json slice_json(const SliceRecord& slice, const Manifest& manifest) {
    const auto& window = slice.window;
    Json json{{"index", slice.index},     {"filename", text_json(slice.filename)},
              {"x", window.x_px},         {"y", window.y_px},
              {"width", window.width_px}, {"height", window.height_px},
              {"x_end", window.x_end()},  {"y_end", window.y_end()}};
    if (const auto* strips = std::get_if<StripsLayout>(&manifest.options.layout)) {
        json["cut_type"] = std::string(name(strips->direction)) + "_strip";
        json["strip_number"] = slice.index;
    } else {
        json["cut_type"] = "rectangular";
    }
    const auto inside = clipped(window, manifest.raster.size);
    if (inside != window) {
        json["inside_width"] = inside.width_px;
        json["inside_height"] = inside.height_px;
    }
    json["format"] = std::string(name(slice.format));
    json["pixel_hash"] = slice.pixel_hash;
    if (!slice.mask_hash.empty()) json["mask_hash"] = slice.mask_hash;
    json["file_size_bytes"] = slice.file_size_bytes;
    json["sha256"] = slice.sha256;
    json["valid_fraction"] = number_json(slice.valid_fraction);
    if (!slice.footprint.empty()) {
        Json& footprint = json["footprint"] = Json::array();
        for (const auto& [longitude, latitude] : slice.footprint) {
            footprint.push_back(Json::array({number_json(longitude), number_json(latitude)}));
        }
    }
    return json;
}

Json source_json(const Manifest& manifest) {
    Json json{{"size_bytes", manifest.source_identity.size_bytes}, {"mtime_ns", manifest.source_identity.mtime_ns}};
    // "path" is for people where it is not UTF-8; this one is exact.
    const auto exact = text_json(manifest.source_path.native());
    if (exact.is_object()) json["path_bytes"] = exact;
    json["pixel_hash"] = manifest.pixel_hash;
    if (!manifest.mask_hash.empty()) json["mask_hash"] = manifest.mask_hash;
    return json;
}

}  // namespace

Json options_json(const TesselateOptions& options) {
    return Json{{"layout", layout_json(options.layout)},
                {"format", std::string(name(options.format))},
                {"compression", std::string(name(options.compression))},
                {"page", options.open.page}};
}

Json manifest_json(const Manifest& manifest) {
    Json json;
    json["original_image"] = Json{{"path", path_text(manifest.source_path)},
                                  {"width", manifest.raster.size.width_px},
                                  {"height", manifest.raster.size.height_px}};
    json["cut_parameters"] = cut_parameters_json(manifest);
    Json& slices = json["slices"] = Json::array();
    for (const auto& slice : manifest.slices) slices.push_back(slice_json(slice, manifest));
    json["total_slices"] = manifest.slices.size();
    json["schema_version"] = Manifest::schema_version;
    json["tilewright_version"] = std::string(version());
    json["pixel_hash_algorithm"] = "xxh3-128";
    json["source"] = source_json(manifest);
    json["raster"] = raster_json(manifest.raster);
    json["options"] = options_json(manifest.options);
    json["options"]["digest"] = manifest.options.digest();
    Json& notes = json["notes"] = Json::array();
    for (const auto& note : manifest.notes) notes.push_back(text_json(note));
    return json;
}

std::string manifest_text(const Manifest& manifest) {
    return json_text(manifest_json(manifest));
}

void write_manifest(const Manifest& manifest, const std::filesystem::path& folder) {
    write_text(folder / Manifest::filename, manifest_text(manifest));
}

}  // namespace tilewright::inline v0_1
