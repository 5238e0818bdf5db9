// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string>

namespace tilewright {

/// SHA-256 of a file's bytes as 64 hex digits. @throws Error not_found, permission, io
std::string file_sha256(const std::filesystem::path& path);

}  // namespace tilewright
