// SPDX-License-Identifier: Apache-2.0
#include <filesystem>
#include <memory>
#include <string>
#include <system_error>

#include "jobs/batch_files.h"
#include "jobs/batch_log.h"
#include "jobs/batch_recorder.h"
#include "jobs/folder_lock.h"
#include "jobs/job_options.h"
#include "jobs/places.h"
#include "jobs/tesselate_task.h"
#include "tilewright/batch/engine.h"
#include "tilewright/jobs/batch_job.h"
#include "tilewright/storage/file.h"

namespace tilewright {
namespace {

namespace fs = std::filesystem;

// Removes the folders of images that came to nothing, and those above them, where they are empty. Done when no worker
// runs any more: one might be making a folder inside.
void remove_empty_folders(const fs::path& output, const BatchPlan& plan, const std::vector<Outcome>& outcomes) {
    for (std::size_t i = 0; i < outcomes.size(); ++i) {
        if (outcomes[i].status != TaskStatus::failed && outcomes[i].status != TaskStatus::cancelled) continue;
        std::error_code error;
        for (auto folder = plan.images[i].output_folder; !folder.empty(); folder = folder.parent_path()) {
            // Only an empty folder can be removed so; a link or a file of that name is someone else's.
            if (!fs::is_directory(fs::symlink_status(output / folder, error)) || !fs::is_empty(output / folder, error))
                break;
            if (!fs::remove(output / folder, error)) break;
        }
    }
}

std::string summary(const BatchReport& report) {
    const auto count = [&](TaskStatus status) { return std::to_string(report.count(status)); };
    return std::to_string(report.outcomes.size()) + " images found: " + count(TaskStatus::done) + " done, " +
           count(TaskStatus::skipped) + " skipped, " + count(TaskStatus::failed) + " failed, " +
           count(TaskStatus::cancelled) + " cancelled; " + std::to_string(report.folders_skipped) + " folders skipped";
}

Plan tasks_of(const BatchJob& job, const BatchPlaces& places, const BatchPlan& plan, const std::string& configuration) {
    const auto shared_configuration = std::make_shared<const std::string>(configuration);
    Plan tasks;
    tasks.reserve(plan.images.size());
    for (const auto& image : plan.images) tasks.push_back(tesselate_task(job, places, image, shared_configuration));
    return tasks;
}

// Plans and runs; what happens is in the recorder, even if this throws.
void plan_and_run(const BatchJob& job, const BatchPlaces& places, const std::stop_token& stop,
                  const BatchCallbacks& callbacks, BatchLog& log, BatchRecorder& recorder) {
    auto& report = recorder.report();
    log.write(LogLevel::info, "tesselating " + path_text(job.input_dir) + " into " + path_text(places.output));
    BatchPlan plan;
    try {
        plan = plan_batch(job, stop);
    } catch (const Error& error) {
        if (error.code() != ErrorCode::cancelled) throw;
        report.interrupted = true;
        return;
    }
    report.skipped_folders = plan.skipped_folders;
    report.folders_skipped = static_cast<std::int64_t>(plan.skipped_folders.size());
    for (const auto& [folder, reason] : plan.skipped_folders) {
        log.write(LogLevel::info, folder + ": folder skipped: " + reason);
    }
    log.write(LogLevel::info,
              std::to_string(plan.images.size()) + " images planned, " + std::to_string(plan.slices()) + " slices");

    const auto tasks = tasks_of(job, places, plan, report.configuration_json);
    recorder.begin(tasks);
    EngineOptions engine;
    engine.workers = worker_count(job);
    engine.memory_bytes = job.memory_bytes;
    engine.retries = job.retries;
    const auto on_outcome = [&](const Outcome& outcome) {
        recorder.record(outcome);
        if (callbacks.on_outcome) callbacks.on_outcome(outcome);
    };
    try {
        run_plan(tasks, engine, stop, on_outcome, callbacks.on_progress);
    } catch (...) {
        report.interrupted = true;
        remove_empty_folders(places.output, plan, report.outcomes);
        throw;
    }
    report.interrupted = report.count(TaskStatus::cancelled) > 0;
    remove_empty_folders(places.output, plan, report.outcomes);
}

}  // namespace

BatchReport run_batch(const BatchJob& job, std::stop_token stop, const BatchCallbacks& callbacks) {
    check_options(job);
    const auto places = find_places(job);
    make_folder(places.output);
    const FolderLock lock(places.output);
    BatchLog log(places.output, parse_log_level(job.log_level), callbacks.log);
    BatchRecorder recorder(places.output, configuration_text(job), log);
    try {
        plan_and_run(job, places, stop, callbacks, log, recorder);
    } catch (const std::exception& error) {
        log.write(LogLevel::error, std::string("the batch ended early: ") + error.what());
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

}  // namespace tilewright
