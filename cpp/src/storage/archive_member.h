// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <memory>

#include "tilewright/storage/random_access_file.h"

namespace tilewright::inline v0_1 {

/// A member of an archive, read in place; the archive may lie in a store. @throws as RandomAccessFile::open
std::shared_ptr<RandomAccessFile> open_archive_member(const std::filesystem::path& place);

}  // namespace tilewright::inline v0_1
