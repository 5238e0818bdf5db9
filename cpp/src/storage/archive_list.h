// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <stop_token>

#include "storage/object_store.h"
#include "tilewright/storage/random_access_file.h"

namespace tilewright::inline v0_1 {

/// Hands over every file in an archive by the name that the archive has for it, whatever that is: GDAL keeps names that
/// lead elsewhere to itself, and what was found must not be lost.
/// @throws Error corrupt if it is no archive or its list breaks off; of reading; cancelled
void list_members(RandomAccessFile& archive, const std::stop_token& stop, const std::function<void(ListedFile)>& take);

}  // namespace tilewright::inline v0_1
