// SPDX-License-Identifier: Apache-2.0
// What is the same for every job, whatever its tasks do: the fields that they all have.
#pragma once

#include <cstdint>
#include <string>

#include "jobs/places.h"
#include "tilewright/batch/engine.h"
#include "tilewright/batch/shard.h"
#include "tilewright/core/error.h"
#include "tilewright/core/log.h"
#include "tilewright/core/thread_pool.h"
#include "tilewright/jobs/tasks.h"

namespace tilewright::inline v0_1 {

/// @throws Error invalid_argument, naming the field
inline void require_not_negative(std::int64_t value, const char* field) {
    if (value >= 0) return;
    throw Error(ErrorCode::invalid_argument, "must not be negative, but is " + std::to_string(value), field);
}

/// @throws Error invalid_argument, naming the field, for values that can never work
template <typename Job>
void check_fields_of_any(const Job& job) {
    require_not_negative(job.max_workers, "max_workers");
    require_not_negative(job.io_threads, "io_threads");
    require_not_negative(job.memory_bytes, "memory_bytes");
    require_not_negative(job.retries, "retries");
    parse_log_level(job.log_level);
    check_shard(job.shard);
}

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

}  // namespace tilewright::inline v0_1
