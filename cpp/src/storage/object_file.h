// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <memory>

#include "tilewright/storage/random_access_file.h"

namespace tilewright::inline v0_1 {

/// An object of a store or a file of a web server, read by ranges. @throws as RandomAccessFile::open
std::shared_ptr<RandomAccessFile> open_object(const std::filesystem::path& place);

}  // namespace tilewright::inline v0_1
