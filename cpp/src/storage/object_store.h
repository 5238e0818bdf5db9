// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <filesystem>
#include <limits>
#include <stop_token>
#include <string>
#include <vector>

#include "tilewright/storage/file.h"

namespace tilewright::inline v0_1 {

/// Makes a local file the object `place`, replacing what has the name. Readers see the whole or what was there before;
/// large files go up in parts. That all of it arrived is checked.
/// @throws Error permission, not_found (the bucket), io
void upload(const std::filesystem::path& file, const std::filesystem::path& place);

/// Removes an object; none is none. @throws Error permission, io
void remove_object(const std::filesystem::path& place);

/// One entry of a listing, `relative_path` seen from what was listed.
struct ListedFile {
    std::string relative_path;
    FileIdentity identity;
};

/// Lists objects, or members of an archive, at and below a place, in the order the store gives them: one streaming
/// list, 1000 keys a call, no request per object; at most the first `most` of them. A list that breaks off is asked for
/// again, never taken for a short one.
/// @throws Error not_found, permission, io, cancelled, unsupported for a web server
std::vector<ListedFile> list_objects(const std::filesystem::path& place, const std::stop_token& stop,
                                     std::size_t most = std::numeric_limits<std::size_t>::max());

}  // namespace tilewright::inline v0_1
