// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <stop_token>
#include <vector>

#include "tilewright/batch/task.h"

#pragma GCC visibility push(default)
namespace tilewright::inline v0_1 {

struct EngineOptions {
    int workers = 0;                ///< threads that compute; 0: available_processors()
    std::int64_t memory_bytes = 0;  ///< budget of all tasks together; 0: default_memory_budget_bytes()
    int retries = 3;                ///< further attempts after a transient error
    double retry_delay_s = 0.5;     ///< before the first; doubles each time, with full jitter
    double retry_delay_max_s = 30;
    int io_threads = 0;  ///< tasks under way while others wait for a store; at least `workers`
};

/// Counts of a run so far. total = done + skipped + failed + cancelled + running + waiting.
struct EngineProgress {
    std::int64_t total = 0;
    std::int64_t done = 0;
    std::int64_t skipped = 0;
    std::int64_t failed = 0;
    std::int64_t cancelled = 0;
    std::int64_t running = 0;
    std::int64_t raw_bytes = 0;        ///< decoded samples dealt with, tasks under way included
    std::int64_t total_raw_bytes = 0;  ///< of all tasks
    double seconds = 0;
};

/// Runs the tasks of a plan on worker threads under one memory budget.
///
/// Tasks start in the plan's order, each when its working_bytes fit beside those that run; one that never fits fails
/// with `resource`. Threads that no task occupies help those that run (see RunContext::executor). Transient errors are
/// retried; an error ends its task only. Once a stop is requested nothing starts, running bodies see it in their
/// context, and every task not finished is `cancelled`.
///
/// @param on_outcome  called once a task as it ends, never two calls at a time, from any thread; if it throws, the run
///                    stops and run_plan throws that (a journal on a full disk must not be passed over)
/// @param on_progress  called about ten times a second and at the end, from the calling thread
/// @return the outcomes in the plan's order, as many as tasks
std::vector<Outcome> run_plan(const Plan& plan, const EngineOptions& options, std::stop_token stop = {},
                              const std::function<void(const Outcome&)>& on_outcome = {},
                              const std::function<void(const EngineProgress&)>& on_progress = {});

}  // namespace tilewright::inline v0_1
#pragma GCC visibility pop
