// SPDX-License-Identifier: Apache-2.0
#include "tile/original.h"

#include <algorithm>
#include <system_error>
#include <utility>

#include "tilewright/core/error.h"
#include "tilewright/storage/file.h"
#include "tilewright/storage/place.h"

namespace tilewright::inline v0_1 {
namespace {

namespace fs = std::filesystem;

// Higher is likelier.
enum class Likeness { name, size, size_and_time };

Likeness likeness(const fs::path& file, const FileIdentity& recorded) {
    try {
        const auto found = file_identity(file);
        if (found == recorded) return Likeness::size_and_time;
        return found.size_bytes == recorded.size_bytes ? Likeness::size : Likeness::name;
    } catch (const Error&) {
        return Likeness::name;  // Gone since; whoever opens it says so.
    }
}

}  // namespace

std::vector<fs::path> possible_originals(const Manifest& manifest) {
    const auto& recorded = manifest.source_path;
    std::vector<fs::path> found;
    const auto add = [&](fs::path path) {
        if (file_exists(path)) found.push_back(std::move(path));
    };
    if (recorded.empty()) return found;
    add(recorded);
    if (recorded.is_absolute() || is_url(recorded) || is_url(manifest.folder)) return found;
    std::error_code error;
    auto folder = fs::absolute(manifest.folder, error).lexically_normal();
    for (;;) {
        add((folder / recorded).lexically_normal());
        if (folder == folder.parent_path()) return found;
        folder = folder.parent_path();
    }
}

fs::path find_original(const Manifest& manifest) {
    const auto candidates = possible_originals(manifest);
    const auto likelier = [&](const fs::path& a, const fs::path& b) {
        return likeness(a, manifest.source_identity) < likeness(b, manifest.source_identity);
    };
    // The first of equals.
    const auto best = std::max_element(candidates.begin(), candidates.end(), likelier);
    return best == candidates.end() ? manifest.source_path : *best;
}

}  // namespace tilewright::inline v0_1
