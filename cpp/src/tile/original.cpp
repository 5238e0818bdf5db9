// SPDX-License-Identifier: Apache-2.0
#include "tile/original.h"

#include <system_error>

namespace tilewright {

std::filesystem::path find_original(const Manifest& manifest) {
    namespace fs = std::filesystem;
    const auto& recorded = manifest.source_path;
    std::error_code error;
    if (recorded.empty() || recorded.is_absolute() || fs::exists(recorded, error)) return recorded;
    auto folder = fs::absolute(manifest.folder, error).lexically_normal();
    for (;;) {
        auto candidate = (folder / recorded).lexically_normal();
        if (fs::exists(candidate, error)) return candidate;
        if (folder == folder.parent_path()) return recorded;
        folder = folder.parent_path();
    }
}

}  // namespace tilewright
