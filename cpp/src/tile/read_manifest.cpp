// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "tile/coverage.h"
#include "tile/manifest_json.h"
#include "tile/raster_json.h"
#include "tilewright/core/error.h"
#include "tilewright/storage/place.h"

namespace tilewright::inline v0_1 {
namespace {

// About a million slices; a text larger than that would take gigabytes to parse.
constexpr std::int64_t text_limit_bytes = std::int64_t{512} << 20;

// Calls a parser of a word and makes its refusal one of the manifest.
template <typename Parse>
auto parsed(const JsonPart& part, const Parse& parse) {
    const auto word = part.word();
    try {
        return parse(word);
    } catch (const Error& error) {
        part.fail(error.what());
    }
}

std::string hex_digits(const JsonPart& part, std::size_t count) {
    auto digits = part.word();
    const auto is_digit = [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); };
    if (digits.size() != count || !std::all_of(digits.begin(), digits.end(), is_digit)) {
        part.fail("expected " + std::to_string(count) + " lower-case hex digits");
    }
    return digits;
}

std::string pixel_hash(const JsonPart& part) {
    return hex_digits(part, 32);
}

// There is a mask's hash where there is a mask, and nowhere else.
std::string mask_hash(const JsonPart& part, const RasterInfo& raster) {
    if (raster.mask == MaskKind::per_dataset) return pixel_hash(part.at("mask_hash"));
    if (const auto hash = part.find("mask_hash")) hash->fail("the raster has no mask");
    return {};
}

Layout layout_from(const JsonPart& part) {
    constexpr auto most = std::numeric_limits<std::int64_t>::max();
    const auto type = part.at("type");
    if (type.word() == "pieces") return PiecesLayout{part.at("count").integer(1, most)};
    if (type.word() == "grid") {
        return GridLayout{part.at("rows").integer(1, max_side_px), part.at("columns").integer(1, max_side_px)};
    }
    if (type.word() == "tiles") {
        TilesLayout tiles;
        tiles.width_px = part.at("width_px").integer(1, max_side_px);
        tiles.height_px = part.at("height_px").integer(1, max_side_px);
        tiles.overlap_px = part.at("overlap_px").integer(0, max_side_px);
        tiles.edge = parsed(part.at("edge"), parse_edge_policy);
        return tiles;
    }
    if (type.word() == "strips") {
        return StripsLayout{part.at("count").integer(1, most), parsed(part.at("direction"), parse_strip_direction)};
    }
    type.fail("expected \"pieces\", \"grid\", \"tiles\" or \"strips\"");
}

TesselateOptions options_from(const JsonPart& part) {
    TesselateOptions options;
    options.layout = layout_from(part.at("layout"));
    options.format = parsed(part.at("format"), parse_slice_format);
    options.compression = parsed(part.at("compression"), parse_compression);
    options.open.page = static_cast<int>(part.at("page").integer(1, std::numeric_limits<int>::max()));
    const auto digest = part.at("digest");
    if (hex_digits(digest, 32) != options.digest()) digest.fail("does not fit the options beside it");
    return options;
}

Window window_from(const JsonPart& part, const Manifest& manifest) {
    const auto image = manifest.raster.size;
    Window window;
    window.x_px = part.at("x").integer(0, image.width_px - 1);
    window.y_px = part.at("y").integer(0, image.height_px - 1);
    window.width_px = part.at("width").integer(1, max_side_px);
    window.height_px = part.at("height").integer(1, max_side_px);
    part.at("x_end").integer(window.x_end(), window.x_end());
    part.at("y_end").integer(window.y_end(), window.y_end());

    const auto inside = clipped(window, image);
    const auto* tiles = std::get_if<TilesLayout>(&manifest.options.layout);
    const bool padded = tiles != nullptr && tiles->edge == EdgePolicy::pad;
    if (inside != window && !padded) part.fail("the window reaches past the image");
    if (const auto width = part.find("inside_width")) width->integer(inside.width_px, inside.width_px);
    if (const auto height = part.find("inside_height")) height->integer(inside.height_px, inside.height_px);
    return window;
}

RasterFormat raster_format(const JsonPart& part) {
    if (part.word() == name(RasterFormat::png)) return RasterFormat::png;
    if (part.word() == name(RasterFormat::tiff)) return RasterFormat::tiff;
    part.fail("expected \"png\" or \"tiff\"");
}

SliceRecord slice_from(const JsonPart& part, std::int64_t index, const Manifest& manifest) {
    SliceRecord slice;
    slice.index = part.at("index").integer(index, index);
    slice.window = window_from(part, manifest);
    slice.format = raster_format(part.at("format"));
    // Only the one name that belongs there: so it is a plain name, and no two slices share a file.
    const auto filename = part.at("filename");
    slice.filename = slice_filename(index, slice.window, slice.format);
    if (filename.text() != slice.filename) filename.fail("expected \"" + slice.filename + "\"");
    slice.pixel_hash = pixel_hash(part.at("pixel_hash"));
    slice.mask_hash = mask_hash(part, manifest.raster);
    slice.file_size_bytes = part.at("file_size_bytes").integer(1, std::numeric_limits<std::int64_t>::max());
    slice.sha256 = hex_digits(part.at("sha256"), 64);
    const auto valid_fraction = part.at("valid_fraction");
    slice.valid_fraction = valid_fraction.number();
    if (!(slice.valid_fraction >= 0 && slice.valid_fraction <= 1)) valid_fraction.fail("expected a number from 0 to 1");
    if (const auto footprint = part.find("footprint")) {
        if (footprint->size() != 4) footprint->fail("expected 4 corners");
        for (std::size_t i = 0; i < 4; ++i) {
            const auto corner = footprint->at(i);
            if (corner.size() != 2) corner.fail("expected longitude and latitude");
            slice.footprint.emplace_back(corner.at(std::size_t{0}).number(), corner.at(1).number());
        }
    }
    return slice;
}

void read_slices(const JsonPart& root, Manifest& manifest) {
    const auto slices = root.at("slices");
    const auto count = static_cast<std::int64_t>(slices.size());
    root.at("total_slices").integer(count, count);
    std::vector<Window> windows;
    for (std::int64_t i = 0; i < count; ++i) {
        manifest.slices.push_back(slice_from(slices.at(static_cast<std::size_t>(i)), i, manifest));
        windows.push_back(manifest.slices.back().window);
    }
    if (const auto row = first_uncovered_row(manifest.raster.size, windows)) {
        slices.fail("the windows leave a hole in row " + std::to_string(*row));
    }
}

void read_source(const JsonPart& root, Manifest& manifest) {
    const auto image = root.at("original_image");
    manifest.source_path = image.at("path").word();
    image.at("width").integer(manifest.raster.size.width_px, manifest.raster.size.width_px);
    image.at("height").integer(manifest.raster.size.height_px, manifest.raster.size.height_px);
    const auto source = root.at("source");
    if (const auto path = source.find("path_bytes")) manifest.source_path = path->text();
    manifest.source_identity.size_bytes = source.at("size_bytes").integer(0, std::numeric_limits<std::int64_t>::max());
    manifest.source_identity.mtime_ns =
        source.at("mtime_ns")
            .integer(std::numeric_limits<std::int64_t>::min(), std::numeric_limits<std::int64_t>::max());
    manifest.pixel_hash = pixel_hash(source.at("pixel_hash"));
    manifest.mask_hash = mask_hash(source, manifest.raster);
}

}  // namespace

Manifest manifest_from_text(std::string_view text, const std::string& file) {
    const auto document = parse_json(text, file);
    const JsonPart root(document, file);
    if (document.is_object() && !document.contains("schema_version")) {
        root.fail("no tilewright manifest: without a schema_version there are no hashes to prove the slices by");
    }
    const auto schema = root.at("schema_version").integer(1, std::numeric_limits<std::int64_t>::max());
    if (schema > Manifest::schema_version) {
        throw Error(ErrorCode::unsupported,
                    "the manifest has schema " + std::to_string(schema) + ", this version reads up to " +
                        std::to_string(Manifest::schema_version) + ": use a newer tilewright",
                    file);
    }
    const auto algorithm = root.at("pixel_hash_algorithm");
    if (algorithm.word() != "xxh3-128") algorithm.fail("expected \"xxh3-128\"");

    Manifest manifest;
    manifest.raster = raster_from_json(root.at("raster"));
    manifest.options = options_from(root.at("options"));
    read_source(root, manifest);
    read_slices(root, manifest);
    const auto notes = root.at("notes");
    for (std::size_t i = 0; i < notes.size(); ++i) manifest.notes.push_back(notes.at(i).text());
    return manifest;
}

std::filesystem::path manifest_file(const std::filesystem::path& path) {
    // In a store names alone tell, without a request.
    const bool is_folder = is_url(path) ? path.extension() != ".json" : place_kind(path) == PlaceKind::folder;
    return is_folder ? path / Manifest::filename : path;
}

Manifest read_manifest(const std::filesystem::path& path) {
    const auto file = manifest_file(path);
    auto manifest = manifest_from_text(read_text(file, text_limit_bytes), path_text(file));
    manifest.folder = file.has_parent_path() ? file.parent_path() : std::filesystem::path(".");
    return manifest;
}

}  // namespace tilewright::inline v0_1
