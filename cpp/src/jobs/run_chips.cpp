// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <memory>
#include <string>
#include <utility>

#include "jobs/any_job.h"
#include "jobs/chip_index.h"
#include "jobs/chip_names.h"
#include "jobs/chip_options.h"
#include "jobs/chip_tasks.h"
#include "jobs/job_options.h"
#include "jobs/places.h"
#include "jobs/run_job.h"
#include "jobs/shards.h"
#include "jobs/task_text.h"
#include "tilewright/core/memory.h"
#include "tilewright/jobs/chip_job.h"
#include "tilewright/storage/file.h"
#include "tilewright/storage/random_access_file.h"

namespace tilewright::inline v0_1 {
namespace {

std::string text_of(Size size) {
    return std::to_string(size.width_px) + " x " + std::to_string(size.height_px) + " px";
}

std::string counted(std::int64_t count) {
    return std::to_string(count) + (count == 1 ? " chip" : " chips");
}

std::string description(const PlannedChips& image) {
    if (!image.info) return "unreadable";
    return text_of(image.info->size) + ", " + std::to_string(image.info->bands) + " x " +
           std::string(name(image.info->type)) + ", " + counted(image.chips);
}

// Which chips have no place, for people: "2 chips skipped: no room (3, 4)".
std::string skipped_text(const ChipSet& set) {
    std::string text;
    for (const auto* reason : {"no_room", "nodata"}) {
        std::string numbers;
        std::int64_t count = 0;
        for (const auto& chip : set.chips) {
            if (chip.skip_reason != reason) continue;
            numbers += (numbers.empty() ? "" : ", ") + std::to_string(chip.number);
            ++count;
        }
        if (count == 0) continue;
        text += (text.empty() ? "" : "; ") + counted(count) + " skipped, " +
                (std::string(reason) == "no_room" ? "no room left" : "too little data") + " (" + numbers + ")";
    }
    return text;
}

TaskResult outcome_of(const ChipResult& result, std::int64_t chip_raw_bytes) {
    TaskResult outcome;
    outcome.output_folder = result.set.folder;
    outcome.message = skipped_text(result.set);
    if (result.written == 0) {
        outcome.status = TaskStatus::skipped;
        outcome.reason = result.set.written() > 0 ? "already_exists" : "no_place";
        if (outcome.message.empty()) outcome.message = "its chips are there and fit the source and the options";
        return outcome;
    }
    outcome.raw_bytes = result.written * chip_raw_bytes;
    outcome.written_bytes = result.written_bytes;
    outcome.outputs = result.written;
    if (!result.reason.empty()) {
        outcome.message = "done again: " + result.reason + (outcome.message.empty() ? "" : "; ") + outcome.message;
    }
    return outcome;
}

Task chip_task(const ChipJob& job, const BatchPlaces& places, const PlannedChips& image) {
    Task task;
    task.key = image.key;
    task.what = description(image);
    task.source_bytes = image.source_bytes;
    if (image.error) {
        // The header was read a moment ago: to try the same again would only delay the others.
        const Error error(image.error->code(), image.error->what());
        task.body = [error](const RunContext&) -> TaskResult { throw error; };
        return task;
    }
    const auto options = chip_options(job);
    const auto& info = *image.info;
    if (!image.skip_reason.empty()) {
        TaskResult result;
        result.status = TaskStatus::skipped;
        result.reason = image.skip_reason;
        result.message =
            text_of(info.size) + "; the least side is " + std::to_string(job.size_px + 2 * job.margin_px) + " px";
        task.body = [result](const RunContext&) { return result; };
        return task;
    }
    const auto chip_raw_bytes = job.size_px * job.size_px * static_cast<std::int64_t>(info.pixel_bytes());
    task.raw_bytes = image.chips * chip_raw_bytes;
    const auto budget = job.memory_bytes > 0 ? job.memory_bytes : default_memory_budget_bytes();
    task.working_bytes = chip_working_bytes(info, options, worker_count(batch_of(job)));
    // What is too large for all threads may do with one: slow is better than refused.
    const bool on_one_thread = task.working_bytes > budget;
    if (on_one_thread) task.working_bytes = chip_working_bytes(info, options, 1);
    const ChipSource source{places.root / image.source, path_text(image.source.generic_string()),
                            chip_stem(image.source), image.name};
    task.body = [=, output = places.output, resume = job.resume](const RunContext& context) {
        RunContext own = context;
        if (on_one_thread) own.executor = &serial_executor();
        return outcome_of(extract_chips(source, output, options, resume, own), chip_raw_bytes);
    };
    return task;
}

// A folder of chips must not become a folder of sources.
void require_apart(const ChipJob& job, const BatchPlaces& places) {
    if (places.input_in_output.empty()) return;
    const auto first = places.input_in_output.begin()->native();
    const bool is_number =
        !first.empty() && std::all_of(first.begin(), first.end(), [](char c) { return c >= '0' && c <= '9'; });
    const auto own = {ChipSet::records_folder, chip_rounds_folder_name, chip_tasks_folder_name, shards_folder_name};
    if (!is_number && std::none_of(own.begin(), own.end(), [&](const char* name) { return first == name; })) return;
    throw Error(ErrorCode::invalid_argument, "chips would be written into the input folder; choose another output",
                path_text(job.output_dir));
}

}  // namespace

BatchReport run_chips(const ChipJob& job, std::stop_token stop, const BatchCallbacks& callbacks, Dispatch* elsewhere) {
    const OpenOnce once(job.input_dir);
    check_options(job);
    const auto places = find_places(batch_of(job));
    require_apart(job, places);
    ChipPlan plan;
    JobRun run;
    run.folder = shard_folder(places.output, job.shard);
    run.log_level = job.log_level;
    run.configuration_json = configuration_text(job);
    run.outputs = chip_outputs;
    run.engine = engine_options(job, places);
    run.plan = [&](BatchReport& report, BatchLog& log) {
        tell_of_shard(job.shard, log);
        log.write(LogLevel::info, "cutting chips " + job.prefix + " of " + path_text(job.input_dir) + " into " +
                                      path_text(places.output));
        plan = plan_chips(job, stop);
        note_round(job, places.output);
        tell_of_skipped(plan.skipped_folders, report, log);
        log.write(LogLevel::info, std::to_string(plan.images.size()) + " images planned, " + counted(plan.chips()));
        Plan tasks;
        tasks.reserve(plan.images.size());
        for (const auto& image : plan.images) tasks.push_back(chip_task(job, places, image));
        return tasks;
    };
    run.texts = [&] {
        PlanTexts texts;
        for (std::size_t i = 0; i < plan.images.size(); ++i) {
            if (!plan.images[i].error && plan.images[i].skip_reason.empty()) texts.numbers.push_back(i);
        }
        texts.text = [&](std::size_t i) { return task_text(plan.images[i]); };
        return texts;
    };
    run.conclude = [&](BatchReport& report) {
        // Of what one worker of several, or a run that was stopped, has in sight an index would tell too little.
        if (job.shard.count == 1 && !report.interrupted) conclude_chips(report, places.output);
    };
    return run_job(run, stop, callbacks, elsewhere);
}

ChipJob for_other_machines(const ChipJob& given) {
    check_options(given);
    require_apart(given, find_places(batch_of(given)));
    return without_ties_to_this_machine(given);
}

std::vector<Outcome> run_tasks(const ChipJob& given, const std::vector<std::string>& texts, const MachineShare& share,
                               std::stop_token stop, const BatchCallbacks& callbacks) {
    const auto job = limited_to(given, share);
    check_options(job);
    const auto places = find_places(batch_of(job));
    require_apart(job, places);
    DistinctTasks distinct;
    Plan tasks;
    tasks.reserve(texts.size());
    for (const auto& text : texts) {
        const auto image = parse_chip_task(text, places);
        distinct.add(image.key, image.name);
        tasks.push_back(chip_task(job, places, image));
    }
    return run_plan(tasks, engine_options(job, places), std::move(stop), callbacks.on_outcome, callbacks.on_progress);
}

}  // namespace tilewright::inline v0_1
