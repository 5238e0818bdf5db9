// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <stop_token>
#include <vector>

#include "tilewright/storage/tree.h"

namespace tilewright::inline v0_1 {

/// list_tree for a place that is no local folder.
std::vector<TreeFolder> list_url_tree(const std::filesystem::path& root,
                                      const std::vector<std::filesystem::path>& excluded, const std::stop_token& stop);

}  // namespace tilewright::inline v0_1
