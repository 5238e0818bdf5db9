// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "tilewright/chip/chip_set.h"
#include "tilewright/jobs/chip_job.h"

namespace tilewright::inline v0_1 {

/// The folder of task lists in an output.
inline constexpr const char* chip_tasks_folder_name = "tasks";

/// At least two digits: "07".
std::string two_digits(std::int64_t number);

/// Writes tasks/folder_NN.csv for each folder and tasks/annotator_NN.csv for each annotator, and counts the annotators'
/// chips. Annotators get folders that follow each other, the first ones one more where it is uneven. Lists of folders
/// and annotators that there are no more are removed.
///
/// @param annotators  1 to the number of folders counted
/// @param counts  whose folders are counted already
/// @throws Error of AtomicFile and remove_file
void write_task_lists(const std::vector<ChipSet>& sets, const std::filesystem::path& output, std::int64_t annotators,
                      ChipCounts& counts);

}  // namespace tilewright::inline v0_1
