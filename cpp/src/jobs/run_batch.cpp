// SPDX-License-Identifier: Apache-2.0
#include <filesystem>
#include <memory>
#include <string>
#include <system_error>
#include <utility>

#include "jobs/batch_files.h"
#include "jobs/job_options.h"
#include "jobs/places.h"
#include "jobs/run_job.h"
#include "jobs/shards.h"
#include "jobs/tesselate_task.h"
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

Plan tasks_of(const BatchJob& job, const BatchPlaces& places, const BatchPlan& plan, const std::string& configuration) {
    const auto shared_configuration = std::make_shared<const std::string>(configuration);
    Plan tasks;
    tasks.reserve(plan.images.size());
    for (const auto& image : plan.images) tasks.push_back(tesselate_task(job, places, image, shared_configuration));
    return tasks;
}

}  // namespace

BatchReport run_batch(const BatchJob& job, std::stop_token stop, const BatchCallbacks& callbacks) {
    check_options(job);
    const auto places = find_places(job);
    BatchPlan plan;
    JobRun run;
    run.folder = shard_folder(places.output, job.shard);
    run.log_level = job.log_level;
    run.configuration_json = configuration_text(job);
    run.outputs = "slices";
    run.engine.workers = worker_count(job);
    run.engine.memory_bytes = job.memory_bytes;
    run.engine.retries = job.retries;
    run.plan = [&](BatchReport& report, BatchLog& log) {
        tell_of_shard(job.shard, log);
        log.write(LogLevel::info, "tesselating " + path_text(job.input_dir) + " into " + path_text(places.output));
        plan = plan_batch(job, stop);
        tell_of_skipped(plan.skipped_folders, report, log);
        log.write(LogLevel::info,
                  std::to_string(plan.images.size()) + " images planned, " + std::to_string(plan.slices()) + " slices");
        return tasks_of(job, places, plan, run.configuration_json);
    };
    run.conclude = [&](BatchReport& report) { remove_empty_folders(places.output, plan, report.outcomes); };
    return run_job(run, stop, callbacks);
}

}  // namespace tilewright
