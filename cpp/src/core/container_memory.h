// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>

namespace tilewright::inline v0_1 {

/// `memory` or the least limit of the control groups that this process is in, whichever is less; bytes.
///
/// @param groups_file  what names the groups, as /proc/self/cgroup does: version 1 or 2
/// @param root  where their limits stand
std::int64_t container_memory(std::int64_t memory, const std::string& groups_file = "/proc/self/cgroup",
                              const std::string& root = "/sys/fs/cgroup");

}  // namespace tilewright::inline v0_1
