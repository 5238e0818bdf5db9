// SPDX-License-Identifier: Apache-2.0
#include "tilewright/storage/remove_file.h"

#include <unistd.h>

#include <cerrno>

#include "storage/object_store.h"
#include "storage/system_error.h"
#include "tilewright/storage/file.h"
#include "tilewright/storage/place.h"

namespace tilewright::inline v0_1 {

bool remove_file(const std::filesystem::path& path) {
    if (is_url(path)) {
        if (!file_exists(path)) return false;
        remove_object(path);
        return true;
    }
    if (::unlink(path.c_str()) == 0) return true;
    if (errno == ENOENT) return false;
    throw system_error(errno, "remove", path);
}

}  // namespace tilewright::inline v0_1
