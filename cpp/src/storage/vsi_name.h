// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <optional>
#include <string>

namespace tilewright::inline v0_1 {

/// What GDAL's virtual file systems call a place that is no member of an archive: s3://b/k is /vsis3/b/k.
std::string vsi_name(const std::filesystem::path& place);

/// What GDAL's configuration, or the user for this place alone, says of an option; empty if nothing.
std::string vsi_option(const std::string& vsi_name, const char* key);

/// A member's place taken apart.
struct ArchiveParts {
    std::string vsi_prefix;         ///< "/vsizip/" or "/vsitar/"
    std::filesystem::path archive;  ///< a place itself
    std::string member;             ///< with a slash before it; empty for the archive's root
};

/// @throws Error invalid_argument if `place` names no archive: zip://{archive}/member is what is read
ArchiveParts archive_parts(const std::filesystem::path& place);

}  // namespace tilewright::inline v0_1
