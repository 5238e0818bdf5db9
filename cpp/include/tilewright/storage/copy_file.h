// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <stop_token>

#pragma GCC visibility push(default)
namespace tilewright::inline v0_1 {

/// Copies a file or object to any place, in pieces of a few megabytes. The copy is whole or absent; it replaces what
/// has the name, and its folders are made.
///
/// Of a file that grows meanwhile, as a log does, what was there when the copy began is copied.
///
/// @param stop  looked at between pieces; an upload that has begun goes to its end
/// @return its size in bytes; as many have arrived
/// @throws Error not_found, permission, io (also if the source became shorter meanwhile), cancelled; as AtomicFile
std::int64_t copy_file(const std::filesystem::path& from, const std::filesystem::path& to, const std::stop_token& stop);

}  // namespace tilewright::inline v0_1
#pragma GCC visibility pop
