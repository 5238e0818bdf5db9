// SPDX-License-Identifier: Apache-2.0
#include "jobs/run_job.h"

#include <exception>
#include <utility>

#include "jobs/batch_recorder.h"
#include "jobs/folder_lock.h"
#include "tilewright/core/version.h"
#include "tilewright/storage/file.h"

namespace tilewright::inline v0_1 {
namespace {

std::string summary(const BatchReport& report) {
    const auto count = [&](TaskStatus status) { return std::to_string(report.count(status)); };
    return std::to_string(report.outcomes.size()) + " images found: " + count(TaskStatus::done) + " done, " +
           count(TaskStatus::skipped) + " skipped, " + count(TaskStatus::failed) + " failed, " +
           count(TaskStatus::cancelled) + " cancelled; " + std::to_string(report.folders_skipped) + " folders skipped";
}

// The outcome of a task that another machine did, once its record is kept: what no index tells is not done.
Outcome kept(const JobRun& run, Outcome outcome) {
    if (outcome.record.empty()) return outcome;
    try {
        if (run.keep_record) run.keep_record(outcome.record);
    } catch (const Error& error) {
        outcome.status = TaskStatus::failed;
        outcome.code = error.code();
        outcome.message = error.what();
    }
    outcome.record.clear();
    return outcome;
}

// Plans and runs; what happens is in the recorder, even if this throws.
void plan_and_run(const JobRun& run, const std::stop_token& stop, const BatchCallbacks& callbacks, BatchLog& log,
                  BatchRecorder& recorder, Dispatch* elsewhere) {
    auto& report = recorder.report();
    Plan tasks;
    try {
        tasks = run.plan(report, log);
    } catch (const Error& error) {
        if (error.code() != ErrorCode::cancelled) throw;
        report.interrupted = true;
        return;
    }
    recorder.begin(tasks);
    const auto on_outcome = [&](const Outcome& told) {
        const auto outcome = kept(run, told);
        recorder.record(outcome);
        if (callbacks.on_outcome) callbacks.on_outcome(outcome);
    };
    const auto conclude = [&] {
        if (run.conclude) run.conclude(report);
    };
    try {
        if (elsewhere != nullptr) {
            const auto texts = run.texts();
            elsewhere->run(tasks, texts, stop, on_outcome, callbacks.on_progress);
        } else {
            run_plan(tasks, run.engine, stop, on_outcome, callbacks.on_progress);
        }
    } catch (...) {
        report.interrupted = true;
        conclude();
        throw;
    }
    report.interrupted = report.count(TaskStatus::cancelled) > 0;
    conclude();
}

}  // namespace

void tell_of_skipped(const std::vector<std::pair<std::string, std::string>>& folders, BatchReport& report,
                     BatchLog& log) {
    report.skipped_folders = folders;
    report.folders_skipped = static_cast<std::int64_t>(folders.size());
    for (const auto& [folder, reason] : folders) {
        log.write(LogLevel::info, std::string(folder).append(": folder skipped: ").append(reason));
    }
}

BatchReport run_job(const JobRun& run, const std::stop_token& stop, const BatchCallbacks& callbacks,
                    Dispatch* elsewhere) {
    make_folder(run.folder);
    const FolderLock lock(run.folder);
    BatchLog log(run.folder, parse_log_level(run.log_level), callbacks.log);
    log.write(LogLevel::info, "tilewright " + std::string(version()));
    log.flush();  // A store that takes nothing is found out before any work.
    BatchRecorder recorder(run.folder, run.configuration_json, run.outputs, log);
    try {
        plan_and_run(run, stop, callbacks, log, recorder, elsewhere);
    } catch (const std::exception& error) {
        log.write(LogLevel::error, std::string("the batch ended early: ") + error.what());
        // A run that was refused has done nothing: the report of the one before says what is there.
        if (!recorder.has_begun()) throw;
        try {
            recorder.finish();
        } catch (const Error&) {  // Told to the log; the first error is the one to report.
        }
        throw;
    }
    recorder.finish();
    log.write(LogLevel::info, (recorder.report().interrupted ? "interrupted, run again to go on: " : "finished: ") +
                                  summary(recorder.report()));
    return std::move(recorder.report());
}

}  // namespace tilewright::inline v0_1
