// SPDX-License-Identifier: Apache-2.0
#include <filesystem>
#include <memory>
#include <string>
#include <system_error>
#include <utility>

#include "jobs/any_job.h"
#include "jobs/batch_files.h"
#include "jobs/job_options.h"
#include "jobs/places.h"
#include "jobs/run_job.h"
#include "jobs/shards.h"
#include "jobs/task_text.h"
#include "jobs/tesselate_task.h"
#include "tilewright/jobs/batch_job.h"
#include "tilewright/storage/file.h"
#include "tilewright/storage/place.h"
#include "tilewright/storage/random_access_file.h"

namespace tilewright::inline v0_1 {
namespace {

namespace fs = std::filesystem;

// Removes the folders of images that came to nothing, and those above them, where they are empty. Done when no worker
// runs any more: one might be making a folder inside.
void remove_empty_folders(const fs::path& output, const BatchPlan& plan, const std::vector<Outcome>& outcomes) {
    for (std::size_t i = 0; i < outcomes.size(); ++i) {
        if (outcomes[i].status != TaskStatus::failed && outcomes[i].status != TaskStatus::cancelled) continue;
        if (is_url(output)) continue;  // Stores have no folders.
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

BatchReport run_batch(const BatchJob& job, std::stop_token stop, const BatchCallbacks& callbacks, Dispatch* elsewhere) {
    const OpenOnce once(job.input_dir);
    check_options(job);
    const auto places = find_places(job);
    BatchPlan plan;
    JobRun run;
    run.folder = shard_folder(places.output, job.shard);
    run.log_level = job.log_level;
    run.configuration_json = configuration_text(job);
    run.outputs = "slices";
    run.engine = engine_options(job, places);
    run.plan = [&](BatchReport& report, BatchLog& log) {
        tell_of_shard(job.shard, log);
        log.write(LogLevel::info, "tesselating " + path_text(job.input_dir) + " into " + path_text(places.output));
        plan = plan_batch(job, stop);
        tell_of_skipped(plan.skipped_folders, report, log);
        log.write(LogLevel::info,
                  std::to_string(plan.images.size()) + " images planned, " + std::to_string(plan.slices()) + " slices");
        return tasks_of(job, places, plan, run.configuration_json);
    };
    run.texts = [&] {
        PlanTexts texts;
        for (std::size_t i = 0; i < plan.images.size(); ++i) {
            if (!plan.images[i].error && plan.images[i].skip_reason.empty()) texts.numbers.push_back(i);
        }
        texts.text = [&](std::size_t i) { return task_text(plan.images[i]); };
        return texts;
    };
    run.conclude = [&](BatchReport& report) { remove_empty_folders(places.output, plan, report.outcomes); };
    return run_job(run, stop, callbacks, elsewhere);
}

BatchJob for_other_machines(const BatchJob& given) {
    check_options(given);
    find_places(given);
    return without_ties_to_this_machine(given);
}

std::vector<Outcome> run_tasks(const BatchJob& given, const std::vector<std::string>& texts, const MachineShare& share,
                               std::stop_token stop, const BatchCallbacks& callbacks) {
    const auto job = limited_to(given, share);
    check_options(job);
    const auto places = find_places(job);
    // What the job was configured by, not what this machine gives it.
    const auto configuration = std::make_shared<const std::string>(configuration_text(given));
    DistinctTasks distinct;
    Plan tasks;
    tasks.reserve(texts.size());
    for (const auto& text : texts) {
        const auto image = parse_image_task(text, places);
        distinct.add(image.key, image.output_folder);
        tasks.push_back(tesselate_task(job, places, image, configuration));
    }
    return run_plan(tasks, engine_options(job, places), std::move(stop), callbacks.on_outcome, callbacks.on_progress);
}

}  // namespace tilewright::inline v0_1
