// SPDX-License-Identifier: Apache-2.0
#include "core/container_memory.h"

#include <algorithm>
#include <fstream>

namespace tilewright::inline v0_1 {
namespace {

// 0 where the file is missing or says "max".
std::int64_t limit_in(const std::string& path) {
    std::int64_t limit = 0;
    std::ifstream file(path);
    return file >> limit ? limit : 0;
}

// The least limit of a control group and those around it; `group` is its path as /proc/self/cgroup gives it. Inside a
// container that path may be the host's, where nothing is found, and the container's own limit stands at the root.
std::int64_t least_limit(const std::string& root, std::string group, const std::string& file, std::int64_t memory) {
    for (;;) {
        auto path = root;
        path.append(group).append("/").append(file);
        if (const auto limit = limit_in(path); limit > 0) memory = std::min(memory, limit);
        if (group.empty()) return memory;
        group.erase(group.rfind('/'));
    }
}

}  // namespace

std::int64_t container_memory(std::int64_t memory, const std::string& groups_file, const std::string& root) {
    std::ifstream groups(groups_file);
    for (std::string line; std::getline(groups, line);) {
        // "0::/path" in version 2, "5:memory:/path" in version 1.
        const auto path = line.find(":/");
        if (path == std::string::npos) continue;
        auto group = line.substr(path + 1);
        if (group == "/") group.clear();
        if (line.starts_with("0::")) memory = least_limit(root, group, "memory.max", memory);
        if (line.find(":memory:") != std::string::npos) {
            memory = least_limit(root + "/memory", group, "memory.limit_in_bytes", memory);
        }
    }
    return memory;
}

}  // namespace tilewright::inline v0_1
