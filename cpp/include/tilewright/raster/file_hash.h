// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <filesystem>
#include <span>
#include <stop_token>
#include <string>
#include <vector>

#pragma GCC visibility push(default)
namespace tilewright::inline v0_1 {

/// SHA-256 of bytes in memory as 64 hex digits.
std::string bytes_sha256(std::span<const std::byte> bytes);

/// SHA-256 of a file's bytes as 64 hex digits. @throws Error not_found, permission, io; cancelled once `stop` is
/// requested
std::string file_sha256(const std::filesystem::path& path, const std::stop_token& stop = {});

/// The same of several files, sha256_lanes of them beside each other. @throws Error as for one, naming the file
std::vector<std::string> file_sha256(std::span<const std::filesystem::path> paths, const std::stop_token& stop = {});

}  // namespace tilewright::inline v0_1
#pragma GCC visibility pop
