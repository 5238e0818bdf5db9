// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>

#pragma GCC visibility push(default)
namespace tilewright::inline v0_1 {

/// Whether a file's first bytes are those of a format that open_raster reads. A file that is empty, a folder or a
/// device is none. @throws Error permission, io, not_found
bool begins_as_raster(const std::filesystem::path& path);

/// Whether a name has the extension of such a format, in any case.
bool is_named_as_raster(const std::filesystem::path& path);

}  // namespace tilewright::inline v0_1
#pragma GCC visibility pop
