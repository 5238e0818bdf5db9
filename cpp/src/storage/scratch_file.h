// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>

namespace tilewright::inline v0_1 {

/// Makes an empty file of a new name in the temporary folder (TMPDIR); the caller removes it. @throws Error permission,
/// resource, io
std::filesystem::path new_scratch_file();

}  // namespace tilewright::inline v0_1
