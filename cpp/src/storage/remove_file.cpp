// SPDX-License-Identifier: Apache-2.0
#include "tilewright/storage/remove_file.h"

#include <unistd.h>

#include <cerrno>

#include "storage/system_error.h"

namespace tilewright {

bool remove_file(const std::filesystem::path& path) {
    if (::unlink(path.c_str()) == 0) return true;
    if (errno == ENOENT) return false;
    throw system_error(errno, "remove", path);
}

}  // namespace tilewright
