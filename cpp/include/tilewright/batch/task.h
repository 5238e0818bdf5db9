// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "tilewright/core/error.h"
#include "tilewright/core/run_context.h"

#pragma GCC visibility push(default)
namespace tilewright::inline v0_1 {

enum class TaskStatus { done, skipped, failed, cancelled };

std::string_view name(TaskStatus status) noexcept;

/// What a task body hands back; a body that fails throws Error instead.
struct TaskResult {
    TaskStatus status = TaskStatus::done;  ///< done or skipped
    std::string reason;                    ///< why it was skipped: "already_exists", "below_min_size", ...
    std::string message;                   ///< the same for people, with figures; also notes of a task that is done
    std::int64_t raw_bytes = 0;            ///< samples dealt with, decoded
    std::int64_t written_bytes = 0;
    std::int64_t outputs = 0;        ///< files written
    std::string output_folder = {};  ///< where they lie, as text relative to the batch's folder; may be empty
    std::string record = {};  ///< a JSON object for the job's own index, where another machine keeps that; else empty
};

/// One unit of a plan: one source image, window or row that succeeds or fails by itself.
struct Task {
    std::string key;                 ///< unique in the plan, the same in every run: the source's relative path
    std::string what;                ///< for people: "8192 x 8192 px, 3 x uint8, 8 pieces"
    std::int64_t source_bytes = 0;   ///< size of the source as stored
    std::int64_t raw_bytes = 0;      ///< its decoded size, for progress
    std::int64_t working_bytes = 0;  ///< memory the body may hold; booked before it starts
    /// Does the work on the calling thread and on the context's executor.
    /// @throws Error; a transient one is tried again
    std::function<TaskResult(const RunContext&)> body;
};

/// How a task ended. Every task of a plan has exactly one.
struct Outcome {
    std::string key;
    TaskStatus status = TaskStatus::done;
    std::string reason;
    std::string message;
    ErrorCode code = ErrorCode::internal;  ///< where failed
    int attempts = 0;                      ///< 0 if it never started
    double seconds = 0;                    ///< the last attempt's wall time
    std::int64_t raw_bytes = 0;
    std::int64_t written_bytes = 0;
    std::int64_t outputs = 0;
    std::string output_folder = {};
    std::string record = {};  ///< as TaskResult has it; stands in no journal or report
};

/// Tasks in the order they are to start. Made by a planner of jobs/: a pure function of listing, headers and options.
using Plan = std::vector<Task>;

}  // namespace tilewright::inline v0_1
#pragma GCC visibility pop
