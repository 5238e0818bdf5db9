// SPDX-License-Identifier: Apache-2.0
#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "tilewright/core/error.h"
#include "tilewright/raster/raster_writer.h"
#include "tilewright/storage/file.h"
#include "tilewright/storage/place.h"
#include "tilewright/storage/tree.h"
#include "tilewright/tile/tesselate.h"

namespace tilewright::inline v0_1 {
namespace {

namespace fs = std::filesystem;

// What is wrong with a slice's file at first sight; empty if nothing is.
std::string slice_problem(const SliceRecord& slice, const Manifest& manifest) {
    const auto path = manifest.folder / slice.filename;
    const auto identity = file_identity(path);
    if (identity.size_bytes != slice.file_size_bytes) return slice.filename + " has another size";
    if (slice.format == RasterFormat::png && manifest.raster.geotransform) {
        const auto world_file = world_file_path(path);
        const auto expected = world_file_text(*cropped(manifest.raster, slice.window).geotransform);
        if (read_text(world_file) != expected) return world_file.filename().native() + " is not the slice's";
    }
    return {};
}

// The same of all slices, by one list of their folder: in a store each look would be a request.
std::string listed_problem(const Manifest& manifest) {
    std::map<std::string, std::int64_t> sizes;
    const auto tree = list_tree(manifest.folder);
    for (const auto& file : tree.front().files) {
        sizes.emplace(file.relative_path.native(), file.identity.size_bytes);
    }
    for (const auto& slice : manifest.slices) {
        const auto found = sizes.find(slice.filename);
        if (found == sizes.end()) return slice.filename + " is missing";
        if (found->second != slice.file_size_bytes) return slice.filename + " has another size";
        if (slice.format != RasterFormat::png || !manifest.raster.geotransform) continue;
        const auto world_file = world_file_path(slice.filename).native();
        if (!sizes.contains(world_file)) return world_file + " is missing";
    }
    return {};
}

}  // namespace

std::string reason_to_tesselate(const fs::path& source, const FileIdentity& source_identity, const fs::path& folder,
                                const TesselateOptions& options) {
    if (!file_exists(folder / Manifest::filename)) return "no manifest";
    try {
        const auto manifest = read_manifest(folder);
        if (path_text(manifest.source_path) != path_text(source)) return "the manifest is of another source";
        if (manifest.source_identity != source_identity) return "the source changed";
        if (manifest.options.digest() != options.digest()) return "the options changed";
        if (manifest.raster.page != options.open.page) return "the page changed";
        if (is_url(folder)) return listed_problem(manifest);
        for (const auto& slice : manifest.slices) {
            if (auto problem = slice_problem(slice, manifest); !problem.empty()) return problem;
        }
    } catch (const Error& problem) {
        // Whatever is wrong with the old result is mended by making it anew.
        return problem.what();
    }
    return {};
}

}  // namespace tilewright::inline v0_1
