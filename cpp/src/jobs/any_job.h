// SPDX-License-Identifier: Apache-2.0
// What is the same for every job, whatever its tasks do: the fields that they all have.
#pragma once

#include "jobs/places.h"
#include "tilewright/batch/engine.h"
#include "tilewright/core/thread_pool.h"
#include "tilewright/jobs/tasks.h"

namespace tilewright {

template <typename Job>
EngineOptions engine_options(const Job& job, const BatchPlaces& places) {
    EngineOptions engine;
    engine.workers = job.max_workers > 0 ? job.max_workers : available_processors();
    engine.io_threads = io_thread_count(job.io_threads, engine.workers, places);
    engine.memory_bytes = job.memory_bytes;
    engine.retries = job.retries;
    return engine;
}

/// The job with absolute folders, no shard and no plan file.
template <typename Job>
Job without_ties_to_this_machine(Job job) {
    job.input_dir = absolute_place(job.input_dir);
    job.output_dir = absolute_place(job.output_dir);
    job.shard = {};
    job.plan_file.reset();
    return job;
}

/// The job with what of a machine is given to it.
template <typename Job>
Job limited_to(Job job, const MachineShare& share) {
    if (share.workers > 0) job.max_workers = share.workers;
    if (share.memory_bytes > 0) job.memory_bytes = share.memory_bytes;
    return job;
}

}  // namespace tilewright
