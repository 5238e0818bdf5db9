// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <vector>

#include "jobs/batch_log.h"
#include "tilewright/jobs/batch_job.h"

namespace tilewright::inline v0_1 {

/// The folder in the output that the workers of one plan write their reports to.
inline constexpr const char* shards_folder_name = "shards";

/// The folders of the workers that began in an output folder, sorted; none if it was not shared.
std::vector<std::filesystem::path> worker_folders(const std::filesystem::path& output_dir);

/// Says which worker this is, and how often it was started before; nothing where there is but one.
void tell_of_shard(const Shard& shard, BatchLog& log);

}  // namespace tilewright::inline v0_1
