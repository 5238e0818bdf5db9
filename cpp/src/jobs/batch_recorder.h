// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstddef>
#include <deque>
#include <filesystem>
#include <set>
#include <string>
#include <unordered_map>

#include "jobs/batch_log.h"
#include "tilewright/batch/journal.h"
#include "tilewright/batch/report.h"
#include "tilewright/batch/task.h"

namespace tilewright::inline v0_1 {

/// Writes down what a batch does while it runs: a journal line for each outcome, the state every ten outcomes, a log
/// line; and report and state at the end.
///
/// What earlier runs did stays known: processed_files begins with the keys of state and journal. A disk too full for
/// the journal does not end the batch; the lines are kept and written as soon as there is room. One call at a time.
class BatchRecorder {
public:
    /// @param outputs  what the tasks write, in the plural, as in BatchReport
    /// @throws Error permission, io, resource if the journal cannot be opened
    BatchRecorder(std::filesystem::path folder, std::string configuration, std::string outputs, BatchLog& log);

    /// Takes the plan: until they end, its tasks count as cancelled, so that found is always the sum of the outcomes.
    void begin(const Plan& plan);
    void record(const Outcome& outcome);
    /// Writes what is still unwritten, then state and report. @throws Error the first of what could not be written
    void finish();

    BatchReport& report() noexcept { return report_; }
    bool has_begun() const noexcept { return begun_; }  ///< whether it has taken a plan

private:
    void append_to_journal();
    void remember(const Outcome& outcome);
    void save_state();
    void save_state_if_due();
    double seconds_running() const;

    const std::filesystem::path folder_;
    BatchLog& log_;
    const std::chrono::steady_clock::time_point started_ = std::chrono::steady_clock::now();
    Journal journal_;
    std::deque<Outcome> unwritten_;
    std::set<std::string> processed_;
    std::unordered_map<std::string, std::size_t> index_;  ///< of a key in the report's outcomes
    std::vector<std::int64_t> source_bytes_;              ///< beside the report's outcomes
    BatchReport report_;
    bool begun_ = false;
    int outcomes_since_save_ = 0;
    std::chrono::steady_clock::time_point last_save_ = started_;
    std::chrono::steady_clock::duration save_took_{};
};

}  // namespace tilewright::inline v0_1
