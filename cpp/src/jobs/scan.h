// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tilewright/core/error.h"
#include "tilewright/storage/tree.h"

namespace tilewright::inline v0_1 {

/// A source of a batch, or a place where sources may be that cannot be looked at.
struct FoundSource {
    std::filesystem::path relative_path;
    std::int64_t size_bytes = 0;
    std::optional<Error> error;
    bool is_folder = false;  ///< a folder that cannot be listed
};

/// What a scan found, sorted by path.
struct Listing {
    std::vector<FoundSource> sources;
    std::vector<std::pair<std::string, std::string>> skipped_folders;  ///< relative path, reason
    std::string stamp;  ///< names the run, where a plan of images says so; else empty
};

/// Whether a name ends in .tif or .tiff, in any case.
bool has_tiff_ending(std::string_view filename) noexcept;

/// Picks the TIFFs out of a tree.
///
/// Each folder is judged by the files directly in it, so nothing above or beside hides a TIFF. A folder with JPEGs and
/// no TIFF is skipped and recorded. A folder that cannot be listed is a source with an error, for it may hide images; a
/// link that leads nowhere or back is recorded beside the skipped folders unless it is named like a TIFF.
Listing select_sources(const std::vector<TreeFolder>& tree);

}  // namespace tilewright::inline v0_1
