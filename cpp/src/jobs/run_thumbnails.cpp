// SPDX-License-Identifier: Apache-2.0
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>

#include "jobs/any_job.h"
#include "jobs/run_job.h"
#include "jobs/shards.h"
#include "jobs/task_text.h"
#include "jobs/thumbnail_index.h"
#include "jobs/thumbnail_options.h"
#include "tilewright/core/memory.h"
#include "tilewright/jobs/thumbnail_job.h"
#include "tilewright/storage/file.h"
#include "tilewright/storage/random_access_file.h"

namespace tilewright::inline v0_1 {
namespace {

using Json = nlohmann::ordered_json;

std::string sized(Size size) {
    return std::to_string(size.width_px) + " x " + std::to_string(size.height_px);
}

std::string configuration_text(const ThumbnailJob& job) {
    Json json;
    json["input_dir"] = path_text(job.input_dir);
    json["output_dir"] = path_text(job.output_dir);
    json["stamp"] = job.stamp;
    json["width"] = job.size.width_px;
    json["height"] = job.size.height_px;
    json["quality"] = job.quality;
    json["max_workers"] = job.max_workers;
    json["io_threads"] = job.io_threads;
    json["resume"] = job.resume;
    json["memory_bytes"] = job.memory_bytes;
    json["retries"] = job.retries;
    json["log_level"] = job.log_level;
    json["shard"] = {{"index", job.shard.index}, {"count", job.shard.count}, {"rule", name(job.shard.rule)}};
    json["plan_file"] = job.plan_file ? Json(path_text(*job.plan_file)) : Json();
    json["max_raw_bytes"] = job.open.max_raw_bytes;
    json["max_block_bytes"] = job.open.max_block_bytes;
    json["max_expansion"] = job.open.max_expansion;
    return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

// What every task of a run shares.
struct Run {
    explicit Run(const ThumbnailJob& given)
        : job(given), places(thumbnail_places(given)), options(thumbnail_options(given)) {}

    const ThumbnailJob job;
    const BatchPlaces places;
    const ThumbnailOptions options;
    std::unique_ptr<ThumbnailIndex> index;  // null where tasks of another machine are done

    std::vector<ThumbnailProof> proofs(const PlannedThumbnail& image) const {
        return job.resume && index ? index->proofs(image) : std::vector<ThumbnailProof>();
    }
};

TaskResult make(const Run& run, const SentThumbnail& sent, const RunContext& context) {
    const auto& image = sent.image;
    TaskResult result;
    result.output_folder = path_text(image.thumbnail.parent_path());
    const auto target = run.places.output / image.thumbnail;
    if (is_proven(target, run.index ? run.proofs(image) : sent.proofs)) {
        result.status = TaskStatus::skipped;
        result.reason = "already_exists";
        result.message = "its thumbnail is there and fits the source and the options";
        return result;
    }
    make_folder(target.parent_path());
    const auto written = write_thumbnail(run.places.root / image.source, target, run.options, context);
    auto record = thumbnail_record(image, written, run.job);
    if (run.index) {
        run.index->add(record);
    } else {
        result.record = std::move(record);
    }
    result.raw_bytes = image.forecast->raw_bytes;
    result.written_bytes = written.file.size_bytes;
    result.outputs = 1;
    result.message = sized(image.forecast->image) + " to " + sized(written.size) + " px";
    return result;
}

Task task_of(const std::shared_ptr<const Run>& run, const SentThumbnail& sent) {
    const auto& image = sent.image;
    Task task;
    task.key = image.key;
    task.source_bytes = image.identity.size_bytes;
    if (image.error || !image.forecast) {
        // The header was read a moment ago: to try the same again would only delay the others.
        const auto error = image.error ? Error(image.error->code(), image.error->what())
                                       : Error(ErrorCode::internal, "its header was not read");
        task.what = "unreadable";
        task.body = [error](const RunContext&) -> TaskResult { throw error; };
        return task;
    }
    task.what = sized(image.forecast->image) + " px, " + image.forecast->content;
    task.raw_bytes = image.forecast->raw_bytes;
    task.working_bytes = image.forecast->working_bytes;
    task.body = [run, sent](const RunContext& context) { return make(*run, sent, context); };
    return task;
}

}  // namespace

BatchReport run_thumbnails(const ThumbnailJob& given, std::stop_token stop, const BatchCallbacks& callbacks,
                           Dispatch* elsewhere) {
    const OpenOnce once(given.input_dir);
    check_options(given);
    thumbnail_places(given);  // Before anything is listed or written: there must be an input.
    const auto job = stamped(given, stop);
    const auto run = std::make_shared<Run>(job);
    ThumbnailPlan plan;
    JobRun frame;
    frame.folder = shard_folder(run->places.output, job.shard);
    frame.log_level = job.log_level;
    frame.configuration_json = configuration_text(job);
    frame.outputs = thumbnail_outputs;
    frame.engine = engine_options(job, run->places);
    frame.plan = [&](BatchReport& report, BatchLog& log) {
        tell_of_shard(job.shard, log);
        log.write(LogLevel::info,
                  "thumbnails of " + path_text(job.input_dir) + " into " + path_text(run->places.output));
        plan = plan_thumbnails(job, stop);
        tell_of_skipped(plan.skipped_folders, report, log);
        report.other_files = plan.other_files;
        log.write(LogLevel::info, std::to_string(plan.images.size()) + " images planned; " +
                                      std::to_string(plan.other_files) + " other files passed over");
        run->index = std::make_unique<ThumbnailIndex>(run->places.output, frame.folder, job);
        Plan tasks;
        tasks.reserve(plan.images.size());
        for (const auto& image : plan.images) tasks.push_back(task_of(run, {image, {}}));
        return tasks;
    };
    frame.texts = [&] {
        PlanTexts texts;
        for (std::size_t i = 0; i < plan.images.size(); ++i) {
            if (!plan.images[i].error && plan.images[i].forecast) texts.numbers.push_back(i);
        }
        texts.text = [&](std::size_t i) {
            return task_text(SentThumbnail{plan.images[i], run->proofs(plan.images[i])});
        };
        return texts;
    };
    frame.keep_record = [&](const std::string& record) { run->index->add(record); };
    return run_job(frame, stop, callbacks, elsewhere);
}

ThumbnailJob for_other_machines(const ThumbnailJob& given) {
    check_options(given);
    thumbnail_places(given);
    return without_ties_to_this_machine(stamped(given));
}

std::vector<Outcome> run_tasks(const ThumbnailJob& given, const std::vector<std::string>& texts,
                               const MachineShare& share, std::stop_token stop, const BatchCallbacks& callbacks) {
    const auto job = limited_to(given, share);
    check_options(job);
    if (job.stamp.empty()) throw Error(ErrorCode::invalid_argument, "is not set; see for_other_machines", "stamp");
    const auto run = std::make_shared<Run>(job);
    DistinctTasks distinct;
    Plan tasks;
    tasks.reserve(texts.size());
    for (const auto& text : texts) {
        const auto sent = parse_thumbnail_task(text, run->places);
        distinct.add(sent.image.key, sent.image.thumbnail);
        tasks.push_back(task_of(run, sent));
    }
    return run_plan(tasks, engine_options(job, run->places), std::move(stop), callbacks.on_outcome,
                    callbacks.on_progress);
}

}  // namespace tilewright::inline v0_1
