// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <functional>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include "jobs/batch_log.h"
#include "tilewright/batch/engine.h"
#include "tilewright/batch/report.h"
#include "tilewright/batch/task.h"
#include "tilewright/jobs/batch_job.h"
#include "tilewright/jobs/dispatch.h"

namespace tilewright::inline v0_1 {

/// One run of a job, whatever its tasks do.
struct JobRun {
    std::filesystem::path folder;  ///< for journal, state, report and log; made if it is missing
    std::string log_level;
    std::string configuration_json;
    std::string outputs;  ///< what the tasks write, in the plural: "slices", "chips"
    EngineOptions engine;

    /// Gives the tasks; may tell the log, and the report of folders passed over.
    std::function<Plan(BatchReport& report, BatchLog& log)> plan;
    /// For tasks that other machines do: how the plan's are told to them, and what becomes of an outcome's `record`.
    std::function<PlanTexts()> texts;
    std::function<void(const std::string& record)> keep_record;
    /// Called when no worker runs any more, with how the tasks ended, before the report is written; may be empty.
    std::function<void(BatchReport& report)> conclude;
};

/// Tells report and log of the folders that a plan passes over: each with its path and the reason.
void tell_of_skipped(const std::vector<std::pair<std::string, std::string>>& folders, BatchReport& report,
                     BatchLog& log);

/// Holds the folder against other runs, plans, runs, and writes down what happens: log, journal, state and report.
///
/// A stop ends it within about a second: state and report are saved, and the report says `interrupted`.
/// @throws Error of the planner; permission, io or resource if the folder cannot be written; already_exists if another
///         run holds it
/// @param elsewhere  hands the tasks to other machines; null: they are done here
BatchReport run_job(const JobRun& run, const std::stop_token& stop, const BatchCallbacks& callbacks,
                    Dispatch* elsewhere = nullptr);

}  // namespace tilewright::inline v0_1
