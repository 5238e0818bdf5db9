// SPDX-License-Identifier: Apache-2.0
#include "jobs/scan.h"

#include <algorithm>
#include <cctype>

#include "tilewright/storage/file.h"

namespace tilewright::inline v0_1 {
namespace {

bool ends_with_any_case(std::string_view name, std::string_view ending) noexcept {
    if (name.size() < ending.size()) return false;
    return std::equal(ending.begin(), ending.end(), name.end() - static_cast<std::ptrdiff_t>(ending.size()),
                      [](char expected, char c) { return std::tolower(static_cast<unsigned char>(c)) == expected; });
}

bool has_jpeg_ending(std::string_view name) noexcept {
    return ends_with_any_case(name, ".jpg") || ends_with_any_case(name, ".jpeg");
}

}  // namespace

bool has_tiff_ending(std::string_view filename) noexcept {
    return ends_with_any_case(filename, ".tif") || ends_with_any_case(filename, ".tiff");
}

Listing select_sources(const std::vector<TreeFolder>& tree) {
    Listing listing;
    for (const auto& folder : tree) {
        const std::string folder_text = folder.relative_path.empty() ? "." : path_text(folder.relative_path);
        if (folder.error) listing.sources.push_back({folder.relative_path, 0, folder.error, true});
        bool tiffs = false;
        bool jpegs = false;
        for (const auto& file : folder.files) {
            const std::string name = file.relative_path.filename().native();
            if (has_tiff_ending(name)) {
                tiffs = true;
                listing.sources.push_back({file.relative_path, file.identity.size_bytes, file.error, false});
            } else if (file.error) {
                listing.skipped_folders.emplace_back(path_text(file.relative_path), file.error->what());
            } else {
                jpegs = jpegs || has_jpeg_ending(name);
            }
        }
        if (jpegs && !tiffs) listing.skipped_folders.emplace_back(folder_text, "JPEGs but no TIFF");
    }
    const auto by_path = [](const auto& a, const auto& b) {
        return a.relative_path.native() < b.relative_path.native();
    };
    std::sort(listing.sources.begin(), listing.sources.end(), by_path);
    std::sort(listing.skipped_folders.begin(), listing.skipped_folders.end());
    return listing;
}

}  // namespace tilewright::inline v0_1
