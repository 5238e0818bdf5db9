// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "tilewright/composite/composite.h"
#include "tilewright/jobs/batch_job.h"
#include "tilewright/jobs/dispatch.h"

#pragma GCC visibility push(default)
namespace tilewright::inline v0_1 {

/// A composite of a whole scene: its windows one by one, then one COG of them.
struct CompositeJob {
    std::filesystem::path output;  ///< the COG; its windows lie in windows_folder() until it stands
    std::vector<std::filesystem::path> datasets;
    CompositeOptions composite;
    StackOptions stack;
    CompositeFiles files;           ///< of the whole; windows are always written without loss
    Size window_size{1024, 1024};   ///< px; those at the right and lower edge are smaller
    bool keep_windows = false;      ///< leave the windows' files when the COG stands
    int max_workers = 0;            ///< threads; 0: one a processor
    int io_threads = 0;             ///< as BatchJob has it
    bool resume = true;             ///< false: make all windows again
    std::int64_t memory_bytes = 0;  ///< 0: a quarter of what the machine or container has
    int retries = 3;
    std::string log_level = "INFO";
    Shard shard;  ///< which of the windows this worker makes; who has one makes no COG of them
};

/// Where windows, journal, state and report of a job lie: beside its output, "<name>.windows".
std::filesystem::path windows_folder(const CompositeJob& job);

/// One window, and the file that it becomes.
struct PlannedWindow {
    Window window;
    std::string name;  ///< tile_{x}_{y}.tif, in windows_folder()
};

struct CompositePlan {
    RasterInfo info;                     ///< of the datasets
    std::vector<PlannedWindow> windows;  ///< row by row; the share of this worker
    std::int64_t all_windows = 0;
    std::vector<SkippedDataset> skipped;
};

/// Opens all datasets and plans the windows that this worker makes.
/// @throws Error invalid_argument for options that can never work; as DatasetStack
CompositePlan plan_composite(const CompositeJob& job, const std::stop_token& stop = {});

/// The plan as JSON text, for --dry-run --json.
std::string plan_text(const CompositePlan& plan);

/// Runs it: windows that are there and answer the same request are left alone. When all stand, and the run is not
/// shared, the output is made of them, and their files are removed. One window's failure does not stop the others, but
/// no output is made without it; the report names it.
/// @throws Error of plan_composite; of write_mosaic; permission, io or resource if the output cannot be written;
///         already_exists if another run holds it
/// @param elsewhere  if given, other machines make the windows (see tasks.h); the COG is made of them here
BatchReport run_composite(const CompositeJob& job, std::stop_token stop = {}, const BatchCallbacks& callbacks = {},
                          Dispatch* elsewhere = nullptr);

}  // namespace tilewright::inline v0_1
#pragma GCC visibility pop
