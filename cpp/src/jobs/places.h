// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>

#include "tilewright/jobs/batch_job.h"

namespace tilewright::inline v0_1 {

/// Where a batch reads and writes: absolute and free of links, so that two spellings of one folder are known as one.
struct BatchPlaces {
    std::filesystem::path root;       ///< what sources are relative to: the input folder, or the folder of the file
    std::filesystem::path file_name;  ///< of an input given by name; empty for a folder
    std::filesystem::path output;
    /// The input, relative to the output, where it lies in it: no slice may be written there. Else empty.
    std::filesystem::path input_in_output;
};

/// A path as other machines may know it: absolute, its links as they are.
std::filesystem::path absolute_place(const std::filesystem::path& path);

/// @throws Error not_found, permission or io if the input cannot be found; invalid_argument if a path is missing or
///         input and output are one folder; unsupported for an output that is only read
BatchPlaces find_places(const BatchJob& job);

/// How many tasks may be under way at a time, `workers` of them computing.
/// @param io_threads  as the job has it; 0: as many as `workers`, or eight times that where a store is read or written
int io_thread_count(int io_threads, int workers, const BatchPlaces& places);

}  // namespace tilewright::inline v0_1
