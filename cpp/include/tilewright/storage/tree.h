// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <optional>
#include <stop_token>
#include <vector>

#include "tilewright/core/error.h"
#include "tilewright/storage/file.h"

#pragma GCC visibility push(default)
namespace tilewright::inline v0_1 {

/// A file found below a folder, or something there that could not be looked at.
struct TreeFile {
    std::filesystem::path relative_path;  ///< from the root, sorted by its bytes
    FileIdentity identity;
    /// Set where this can be no source: a broken link, a link loop, a pipe or device; `identity` is then empty.
    std::optional<Error> error;
};

struct TreeFolder {
    std::filesystem::path relative_path;  ///< empty for the root
    std::vector<TreeFile> files;          ///< those directly in it
    /// Set where the folder cannot be listed; `files` is then empty.
    std::optional<Error> error;
};

/// All folders at and below `root` and the files in each, sorted by the bytes of their paths: the same on every
/// machine.
///
/// Links to files are followed; links to folders are followed unless they lead back to a folder on the way, which is
/// recorded as an error of that link and passed over. `excluded` folders (an output inside the input) are not entered,
/// by whatever name or link they are met; only `root` itself always is. What cannot be looked at is recorded, never
/// left out. A file costs one look at its metadata and is not opened.
/// @throws Error not_found, permission or invalid_argument if `root` itself is not a folder that can be listed,
///         cancelled once `stop` is requested
std::vector<TreeFolder> list_tree(const std::filesystem::path& root,
                                  const std::vector<std::filesystem::path>& excluded = {}, std::stop_token stop = {});

}  // namespace tilewright::inline v0_1
#pragma GCC visibility pop
