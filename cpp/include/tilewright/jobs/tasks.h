// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <stop_token>
#include <string>
#include <vector>

#include "tilewright/batch/task.h"
#include "tilewright/jobs/batch_job.h"
#include "tilewright/jobs/chip_job.h"
#include "tilewright/jobs/composite_job.h"
#include "tilewright/jobs/thumbnail_job.h"

#pragma GCC visibility push(default)
namespace tilewright::inline v0_1 {

// Tasks of a plan as texts, for other machines that see the job's folders under the same names. Planning, lock, journal
// and report stay where the job runs (see dispatch.h); what is written is the same whoever writes it.

/// What another machine needs to do a planned task, as one JSON object on one line; empty for an image that the planner
/// skipped or failed, as there is nothing to do.
std::string task_text(const PlannedImage& image);
std::string task_text(const PlannedChips& image);
std::string task_text(const PlannedThumbnail& image);
std::string task_text(const PlannedWindow& window);

/// The job as other machines need it: its folders by absolute paths, no shard and no plan file; of thumbnails with its
/// stamp. @throws Error invalid_argument for options that can never work, not_found or permission if there is no input
BatchJob for_other_machines(const BatchJob& job);
ChipJob for_other_machines(const ChipJob& job);
ThumbnailJob for_other_machines(const ThumbnailJob& job);
CompositeJob for_other_machines(const CompositeJob& job);

/// What of a machine is given to the tasks that it is sent.
struct MachineShare {
    int workers = 0;                ///< threads; 0: what the job says
    std::int64_t memory_bytes = 0;  ///< budget of all threads; 0: what the job says
};

/// Does tasks that were planned elsewhere: without lock, journal, report and index; only outputs and their proofs are
/// written. Texts may come from anywhere: they must be tasks of this job, each exactly as task_text() writes it, and
/// nothing is read outside the job's input or written outside its output. All are looked at before any is begun.
///
/// @param job  as for_other_machines() gives it
/// @return one outcome a text, in their order. That of a thumbnail has a `record`, the line of thumbnails.jsonl.
/// @throws Error invalid_argument for a text that is no task of this job, and for two of one key or output; not_found
///         or permission if this machine does not see the input
std::vector<Outcome> run_tasks(const BatchJob& job, const std::vector<std::string>& texts,
                               const MachineShare& share = {}, std::stop_token stop = {},
                               const BatchCallbacks& callbacks = {});
std::vector<Outcome> run_tasks(const ChipJob& job, const std::vector<std::string>& texts,
                               const MachineShare& share = {}, std::stop_token stop = {},
                               const BatchCallbacks& callbacks = {});
std::vector<Outcome> run_tasks(const ThumbnailJob& job, const std::vector<std::string>& texts,
                               const MachineShare& share = {}, std::stop_token stop = {},
                               const BatchCallbacks& callbacks = {});
std::vector<Outcome> run_tasks(const CompositeJob& job, const std::vector<std::string>& texts,
                               const MachineShare& share = {}, std::stop_token stop = {},
                               const BatchCallbacks& callbacks = {});

}  // namespace tilewright::inline v0_1
#pragma GCC visibility pop
