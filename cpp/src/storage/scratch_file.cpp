// SPDX-License-Identifier: Apache-2.0
#include "storage/scratch_file.h"

#include <stdlib.h>
#include <unistd.h>

#include <cerrno>
#include <string>

#include "storage/system_error.h"

namespace tilewright::inline v0_1 {

std::filesystem::path new_scratch_file() {
    auto name = (std::filesystem::temp_directory_path() / "tilewright-XXXXXX").native();
    const int descriptor = ::mkstemp(name.data());
    if (descriptor < 0) throw system_error(errno, "create a temporary file", name);
    ::close(descriptor);
    return name;
}

}  // namespace tilewright::inline v0_1
