// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>

#pragma GCC visibility push(default)
namespace tilewright::inline v0_1 {

/// Removes a file. @returns whether there was one @throws Error permission, io
bool remove_file(const std::filesystem::path& path);

}  // namespace tilewright::inline v0_1
#pragma GCC visibility pop
