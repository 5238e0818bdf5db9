// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <mutex>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include "tilewright/batch/engine.h"
#include "tilewright/batch/task.h"

#pragma GCC visibility push(default)
namespace tilewright::inline v0_1 {

/// A task of a run that another machine is to do.
struct SentTask {
    std::size_t number = 0;      ///< its place in the plan, from 0
    std::string key;             ///< of its outcome
    std::string text;            ///< for run_tasks()
    std::int64_t raw_bytes = 0;  ///< its decoded size
};

/// How the tasks of a plan are told to other machines.
struct PlanTexts {
    std::vector<std::size_t> numbers;                     ///< places in the plan of those that are work, ascending
    std::function<std::string(std::size_t number)> text;  ///< asked for once a task, as it is taken
};

/// The counter between a run and the machines that do its tasks: one side takes tasks and tells how they ended, the
/// other, which runs the job, writes that down. Given to run_batch(), run_chips() or run_thumbnails(), for one run.
///
/// Whatever becomes of the machines, each task gets one outcome: the first that is told, or `cancelled` after a stop.
/// Safe from any thread.
class Dispatch {
public:
    /// Takes up to `most` tasks, in the plan's order, each once; none before the plan is made and after a stop.
    std::vector<SentTask> take(std::size_t most);

    /// Tells how a task ended; its key is that of the plan, whatever the outcome's. Done, skipped or failed.
    /// @return false, and nothing changes, if it was not taken or has ended already
    /// @throws Error invalid_argument for a cancelled one: who gives up a task sends it again or tells it failed
    bool tell(std::size_t number, Outcome outcome);

    std::size_t waiting() const;  ///< tasks that nobody took yet
    bool is_open() const;         ///< whether outcomes are waited for: not before the plan is made, nor after the end

    /// The run's side: waits until every task has its outcome. Those that are not work are done here at once.
    /// @param on_outcome, on_progress  as run_plan() calls them, all from the calling thread
    void run(const Plan& plan, const PlanTexts& texts, const std::stop_token& stop,
             const std::function<void(const Outcome&)>& on_outcome,
             const std::function<void(const EngineProgress&)>& on_progress);

private:
    enum class State : char { waiting, taken, told };

    void open(const Plan& plan, const PlanTexts& texts);
    void close();
    std::deque<Outcome> next_told(const std::stop_token& stop);
    EngineProgress progress() const;

    mutable std::mutex mutex_;
    std::condition_variable_any changed_;
    const Plan* plan_ = nullptr;  // while open
    const PlanTexts* texts_ = nullptr;
    std::vector<State> states_;  // by place in the plan
    std::size_t next_ = 0;       // in texts_->numbers
    std::deque<Outcome> told_;   // not handed over yet
    EngineProgress counts_;
};

}  // namespace tilewright::inline v0_1
#pragma GCC visibility pop
