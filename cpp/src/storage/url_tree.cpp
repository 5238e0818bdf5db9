// SPDX-License-Identifier: Apache-2.0
#include "storage/url_tree.h"

#include <algorithm>
#include <map>
#include <string>
#include <string_view>
#include <utility>

#include "storage/object_store.h"
#include "tilewright/core/error.h"

namespace tilewright::inline v0_1 {
namespace {

// The key of an object, or the name of a member, that no path below a folder may have.
bool leads_out(std::string_view relative_path) {
    if (relative_path.starts_with('/')) return true;
    for (std::size_t begin = 0; begin <= relative_path.size();) {
        const auto end = std::min(relative_path.find('/', begin), relative_path.size());
        if (relative_path.substr(begin, end - begin) == "..") return true;
        begin = end + 1;
    }
    return false;
}

bool lies_below(const std::string& place, const std::filesystem::path& folder) {
    const auto& prefix = folder.native();
    return place.starts_with(prefix) &&
           (place.size() == prefix.size() || prefix.ends_with('/') || place[prefix.size()] == '/');
}

}  // namespace

std::vector<TreeFolder> list_url_tree(const std::filesystem::path& root,
                                      const std::vector<std::filesystem::path>& excluded, const std::stop_token& stop) {
    std::map<std::string, std::vector<TreeFile>> folders;
    folders[""];
    for (auto& listed : list_objects(root, stop)) {
        // Some consoles mark a "folder" by an empty object.
        if (listed.relative_path.empty() || listed.relative_path.ends_with('/')) continue;
        const auto place = root.native() + (root.native().ends_with('/') ? "" : "/") + listed.relative_path;
        if (std::any_of(excluded.begin(), excluded.end(),
                        [&](const auto& folder) { return lies_below(place, folder); }))
            continue;
        TreeFile file{listed.relative_path, listed.identity, {}};
        auto parent = file.relative_path.parent_path();
        if (leads_out(listed.relative_path)) {
            file.error = Error(ErrorCode::invalid_argument, "its name leads out of the folder; it is not read", place);
            parent.clear();
        }
        for (auto folder = parent; !folder.empty(); folder = folder.parent_path()) folders[folder.native()];
        folders[parent.native()].push_back(std::move(file));
    }
    std::vector<TreeFolder> tree;
    tree.reserve(folders.size());
    for (auto& [path, files] : folders) {
        std::sort(files.begin(), files.end(), [](const TreeFile& a, const TreeFile& b) {
            return a.relative_path.native() < b.relative_path.native();
        });
        tree.push_back({path, std::move(files), {}});
    }
    return tree;
}

}  // namespace tilewright::inline v0_1
