// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>

#include "tilewright/batch/report.h"

namespace tilewright::inline v0_1 {

/// What the tasks of a round write, as its reports call it.
inline constexpr const char* chip_outputs = "chips";

/// Writes the index of all chips in an output folder, as write_chip_index() does for the folders and annotators of the
/// report's configuration, and puts its counts into the report's details. @throws Error as write_chip_index
void conclude_chips(BatchReport& report, const std::filesystem::path& output);

}  // namespace tilewright::inline v0_1
