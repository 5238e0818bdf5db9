// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string>

#include "tilewright/jobs/batch_job.h"
#include "tilewright/jobs/chip_job.h"

namespace tilewright::inline v0_1 {

/// @throws Error invalid_argument, naming the field, for values that can never work
void check_options(const ChipJob& job);

/// What extract_chips() is given.
ChipOptions chip_options(const ChipJob& job);

/// The fields that a round of chips shares with every batch.
BatchJob batch_of(const ChipJob& job);

/// The job's fields as a JSON object, in the order of the struct: the `configuration` of reports.
std::string configuration_text(const ChipJob& job);

/// The folder in the output whose files A.json, B.json, ... tell what the rounds there were placed by.
inline constexpr const char* chip_rounds_folder_name = "rounds";

/// Notes what this round is placed by.
///
/// Only rounds A, B, C, ... know of each other, and only those placed by the same options keep clear of each other.
/// Workers of several rounds may do so at once.
/// @throws Error invalid_argument if another of these rounds was placed by other options; corrupt if a note is none; as
///         read_text and write_text
void note_round(const ChipJob& job, const std::filesystem::path& output);

}  // namespace tilewright::inline v0_1
