// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#pragma GCC visibility push(default)
namespace tilewright::inline v0_1 {

/// How a plan is shared out among workers.
enum class ShardRule {
    modulo,      ///< item i goes to worker i % count
    contiguous,  ///< each worker gets ceil(items / count) items that follow each other; the last ones may get none
    size,        ///< the largest item first, each to the worker that has the fewest bytes
};

std::string_view name(ShardRule rule) noexcept;  ///< "modulo", "contiguous", "size"

/// One worker of several that share a plan and know nothing of each other. The default does everything.
struct Shard {
    std::int64_t index = 0;  ///< from 0
    std::int64_t count = 1;
    ShardRule rule = ShardRule::modulo;
    std::int64_t attempt = 0;  ///< how often this worker was started before, where its engine tells
    friend bool operator==(const Shard&, const Shard&) = default;
};

/// @throws Error invalid_argument unless 0 <= index < count
void check_shard(const Shard& shard);

/// The worker's items, as places in the plan, ascending. Over all workers of a count they are the plan, each item once.
///
/// A pure function: every worker computes the same shares from the same sizes.
/// @param sizes_bytes  of the items, in the plan's order; only the rule `size` looks at them
std::vector<std::size_t> shard_items(std::span<const std::int64_t> sizes_bytes, const Shard& shard);

/// What is known of the machine that a worker runs on; tests put their own in.
struct TaskEnvironment {
    /// The value of an environment variable, nothing if it is not set.
    std::function<std::optional<std::string>(const char* variable)> variable;
    /// Where SageMaker tells its hosts.
    std::filesystem::path resource_config = "/opt/ml/config/resourceconfig.json";
};

/// The environment of this process.
TaskEnvironment process_environment();

/// Which worker this is: "3/50" (the fourth of fifty), or "auto" and "auto/50", which ask the engine that started it.
///
/// Asked in this order: Cloud Run (CLOUD_RUN_TASK_INDEX, _COUNT, _ATTEMPT), AWS Batch (AWS_BATCH_JOB_ARRAY_INDEX,
/// _SIZE, AWS_BATCH_JOB_ATTEMPT), Slurm (SLURM_ARRAY_TASK_ID, _MIN, _STEP, _COUNT), Kubernetes (JOB_COMPLETION_INDEX,
/// which needs "auto/50"), SageMaker (resourceconfig.json). A count in the text replaces the engine's.
/// @throws Error invalid_argument for text of another form, an engine's variable that is missing or no number in its
///         range (its name stands in the message), and if nothing tells
Shard parse_shard(std::string_view text, const TaskEnvironment& environment = process_environment());

}  // namespace tilewright::inline v0_1
#pragma GCC visibility pop
