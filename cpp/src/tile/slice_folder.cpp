// SPDX-License-Identifier: Apache-2.0
#include "tile/slice_folder.h"

#include <string>
#include <system_error>
#include <vector>

#include "tilewright/core/error.h"
#include "tilewright/storage/file.h"
#include "tilewright/storage/place.h"
#include "tilewright/storage/remove_file.h"
#include "tilewright/storage/tree.h"
#include "tilewright/tile/manifest.h"

namespace tilewright::inline v0_1 {
namespace {

namespace fs = std::filesystem;

void remove_of_earlier_run(const fs::path& file) {
    std::error_code error;
    fs::remove(file, error);
    if (error) {
        throw Error(ErrorCode::permission, "cannot remove this file of an earlier run: " + error.message(),
                    path_text(file));
    }
}

// As below, in a store: one list, and a request for each object of ours.
void clear_slice_objects(const fs::path& folder) {
    std::vector<TreeFolder> tree;
    try {
        tree = list_tree(folder);
    } catch (const Error& error) {
        if (error.code() == ErrorCode::not_found) return;
        throw;
    }
    std::vector<fs::path> ours;
    for (const auto& file : tree.front().files) {
        const auto& name = file.relative_path.native();
        // The proof goes first.
        if (name == Manifest::filename) ours.insert(ours.begin(), folder / name);
        if (is_slice_filename(name)) ours.push_back(folder / name);
    }
    for (const auto& file : ours) remove_file(file);
}

}  // namespace

void clear_slice_folder(const fs::path& folder) {
    if (is_url(folder)) return clear_slice_objects(folder);
    std::error_code error;
    if (!fs::is_directory(folder, error)) return;
    remove_of_earlier_run(folder / Manifest::filename);
    std::vector<fs::path> ours;
    for (fs::directory_iterator entry(folder, error), end; !error && entry != end; entry.increment(error)) {
        const auto name = entry->path().filename().native();
        // Links are removed as links; folders are never ours, whatever their name.
        const bool is_folder = entry->symlink_status().type() == fs::file_type::directory;
        if (!is_folder && (is_slice_filename(name) || is_temporary_name(name))) ours.push_back(entry->path());
    }
    if (error) throw Error(ErrorCode::permission, "cannot list this folder: " + error.message(), path_text(folder));
    for (const auto& file : ours) remove_of_earlier_run(file);
}

fs::path first_missing_folder(const fs::path& folder) {
    fs::path missing;
    if (is_url(folder)) return missing;
    std::error_code error;
    for (auto path = folder; !path.empty() && !fs::exists(path, error) && path != path.parent_path();
         path = path.parent_path()) {
        missing = path;
    }
    return missing;
}

void abandon_slice_folder(const fs::path& folder, const fs::path& first_made) noexcept {
    try {
        clear_slice_folder(folder);
        if (is_url(folder)) return;
        std::error_code not_empty;
        // An empty folder of an earlier run holds no result either.
        fs::remove(folder, not_empty);
        if (first_made.empty()) return;
        for (auto path = folder; path != first_made && !not_empty && path.has_relative_path();) {
            path = path.parent_path();
            fs::remove(path, not_empty);
        }
    } catch (...) {
        // The error that led here says more than this one; what stays behind has no manifest and is no proof.
        return;
    }
}

}  // namespace tilewright::inline v0_1
