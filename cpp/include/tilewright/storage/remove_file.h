// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>

namespace tilewright {

/// Removes a file. @returns whether there was one @throws Error permission, io
bool remove_file(const std::filesystem::path& path);

}  // namespace tilewright
