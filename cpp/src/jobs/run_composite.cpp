// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>

#include "jobs/any_job.h"
#include "jobs/places.h"
#include "jobs/run_job.h"
#include "jobs/shards.h"
#include "jobs/share.h"
#include "jobs/task_text.h"
#include "tilewright/composite/mosaic.h"
#include "tilewright/core/memory.h"
#include "tilewright/core/thread_pool.h"
#include "tilewright/jobs/composite_job.h"
#include "tilewright/raster/cog.h"
#include "tilewright/raster/raster_reader.h"
#include "tilewright/storage/file.h"
#include "tilewright/storage/place.h"
#include "tilewright/storage/remove_file.h"

namespace tilewright::inline v0_1 {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

void check(const CompositeJob& job) {
    check_fields_of_any(job);
    if (job.output.empty() || !job.output.has_filename()) {
        throw Error(ErrorCode::invalid_argument, "must be the name of a file", "output");
    }
    require_tiff_name(job.output);
    if (job.files.datasets && !chooses_dataset(job.composite.rule)) {
        throw Error(ErrorCode::invalid_argument,
                    "makes samples of its own: there is no dataset to tell; luminance and medoid choose one", "rule");
    }
    if (job.window_size.width_px < 1 || job.window_size.height_px < 1) {
        throw Error(ErrorCode::invalid_argument, "must be at least 1 x 1 px", "window_size");
    }
}

int workers_of(const CompositeJob& job) {
    return job.max_workers > 0 ? job.max_workers : available_processors();
}

// Reading waits where one dataset, or the output, lies on another machine.
int threads_of(const CompositeJob& job) {
    constexpr int threads_a_worker = 8;
    if (job.io_threads > 0) return std::max(job.io_threads, workers_of(job));
    const bool waits = is_remote(job.output) || std::any_of(job.datasets.begin(), job.datasets.end(),
                                                            [](const fs::path& path) { return is_remote(path); });
    return waits ? threads_a_worker * workers_of(job) : workers_of(job);
}

EngineOptions engine_options(const CompositeJob& job) {
    EngineOptions engine;
    engine.workers = workers_of(job);
    engine.io_threads = threads_of(job);
    engine.memory_bytes = job.memory_bytes;
    engine.retries = job.retries;
    return engine;
}

std::shared_ptr<const DatasetStack> open_stack(const CompositeJob& job, const std::stop_token& stop) {
    ThreadPool pool(threads_of(job), workers_of(job), stop);
    RunContext context;
    context.executor = &pool;
    context.stop = stop;
    return std::make_shared<const DatasetStack>(job.datasets, job.stack, context);
}

CompositePlan planned(const CompositeJob& job, const DatasetStack& stack) {
    CompositePlan plan;
    plan.info = stack.info();
    plan.skipped = stack.skipped();
    const auto size = plan.info.size;
    const auto [width, height] = job.window_size;
    std::vector<PlannedWindow> all;
    std::vector<std::int64_t> sizes;
    for (std::int64_t y = 0; y < size.height_px; y += height) {
        for (std::int64_t x = 0; x < size.width_px; x += width) {
            const Window window{x, y, std::min(width, size.width_px - x), std::min(height, size.height_px - y)};
            all.push_back({window, "tile_" + std::to_string(x) + "_" + std::to_string(y) + ".tif"});
            sizes.push_back(window.area());
        }
    }
    plan.all_windows = static_cast<std::int64_t>(all.size());
    const auto mine = share_of(sizes, job.shard);
    for (std::size_t i = 0; i < all.size(); ++i) {
        if (mine[i]) plan.windows.push_back(std::move(all[i]));
    }
    return plan;
}

// Windows are put together without loss, whatever becomes of the whole.
CompositeFiles files_of_windows(const CompositeJob& job) {
    auto files = job.files;
    files.cog.jpeg_quality = 0;
    return files;
}

// Of a window, beside its samples: the result, counts, mask, number of the dataset, and what is being written.
std::int64_t bytes_beside(const DatasetStack& stack, std::int64_t pixels) {
    return pixels * (static_cast<std::int64_t>(stack.info().pixel_bytes()) + 16);
}

// What the samples of a window may take: the more windows side by side the better, as long as blocks are decoded once.
std::int64_t memory_of_samples(const CompositeJob& job, const DatasetStack& stack) {
    const auto budget = job.memory_bytes > 0 ? job.memory_bytes : default_memory_budget_bytes();
    const auto beside = bytes_beside(stack, job.window_size.width_px * job.window_size.height_px) +
                        compositing_bytes(stack, {0, 0, 1, 1}, job.composite, 1);
    const auto share = budget / workers_of(job) - beside;
    const auto& info = stack.info();
    const auto block = std::min(info.block.width_px, job.window_size.width_px) *
                       std::min(info.block.height_px, job.window_size.height_px) *
                       static_cast<std::int64_t>(info.pixel_bytes() * stack.datasets().size());
    return std::max<std::int64_t>(1, share >= block ? share : budget - beside);
}

std::string size_text(Size size) {
    return std::to_string(size.width_px) + " x " + std::to_string(size.height_px);
}

TaskResult already_there() {
    TaskResult result;
    result.status = TaskStatus::skipped;
    result.reason = "already_exists";
    result.message = "it is there and was made of the same datasets in this way";
    return result;
}

Task task_of(const CompositeJob& job, const std::shared_ptr<const DatasetStack>& stack, const PlannedWindow& planned,
             std::int64_t memory_bytes) {
    const auto& window = planned.window;
    const auto datasets = static_cast<std::int64_t>(stack->datasets().size());
    const auto pixel_bytes = static_cast<std::int64_t>(stack->info().pixel_bytes());
    Task task;
    task.key = planned.name;
    task.what = size_text({window.width_px, window.height_px}) + " px of " + std::to_string(datasets) + " datasets";
    task.raw_bytes = window.area() * pixel_bytes * datasets;
    task.working_bytes =
        compositing_bytes(*stack, window, job.composite, memory_bytes) + bytes_beside(*stack, window.area());
    const auto target = windows_folder(job) / planned.name;
    const auto files = files_of_windows(job);
    task.body = [=, composite = job.composite, resume = job.resume](const RunContext& context) {
        if (!resume) remove_file(target);
        const auto written = write_composite(target, *stack, window, composite, files, memory_bytes, context);
        if (written.skipped) return already_there();
        TaskResult result;
        result.written_bytes = written.size_bytes;
        result.raw_bytes = window.area() * pixel_bytes * datasets;
        result.outputs = 1 + (files.counts ? 1 : 0) + (files.datasets ? 1 : 0);
        result.message = std::to_string(written.void_pixels) + " of " + std::to_string(window.area()) + " px void";
        for (const auto& skipped : written.skipped_datasets) {
            result.message += "; without " + skipped.path + ": " + skipped.reason;
        }
        return result;
    };
    return task;
}

std::string configuration_text(const CompositeJob& job) {
    Json json;
    json["output"] = path_text(job.output);
    json["datasets"] = job.datasets.size();
    json["rule"] = name(job.composite.rule);
    json["quantile"] = job.composite.quantile;
    json["window_width"] = job.window_size.width_px;
    json["window_height"] = job.window_size.height_px;
    json["align"] = job.stack.align;
    json["skip_bad"] = job.stack.skip_bad;
    json["jpeg_quality"] = job.files.cog.jpeg_quality;
    json["max_workers"] = job.max_workers;
    json["io_threads"] = job.io_threads;
    json["resume"] = job.resume;
    json["memory_bytes"] = job.memory_bytes;
    json["retries"] = job.retries;
    json["log_level"] = job.log_level;
    json["shard"] = {{"index", job.shard.index}, {"count", job.shard.count}, {"rule", name(job.shard.rule)}};
    return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

// What the output answers: the whole scene, whatever the windows it was made in.
std::string request_of(const CompositeJob& job, const DatasetStack& stack) {
    const auto size = stack.info().size;
    return composite_request(stack, {0, 0, size.width_px, size.height_px}, job.composite, job.files);
}

bool is_there(const CompositeJob& job, const std::string& request) {
    const auto files = files_of(job.output, job.files);
    return job.resume &&
           std::all_of(files.begin(), files.end(), [&](const fs::path& file) { return answers(file, request); });
}

// The datasets that some window was made without, each once.
std::vector<SkippedDataset> skipped_in_windows(const CompositeJob& job, const CompositePlan& plan) {
    std::map<std::size_t, SkippedDataset> by_number;
    for (const auto& planned : plan.windows) {
        for (auto& dataset : skipped_datasets_in(read_raster_info(windows_folder(job) / planned.name))) {
            by_number.emplace(dataset.number, std::move(dataset));
        }
    }
    std::vector<SkippedDataset> skipped;
    skipped.reserve(by_number.size());
    for (auto& [number, dataset] : by_number) skipped.push_back(std::move(dataset));
    return skipped;
}

// Makes the output of the windows, what lies beside it first, and removes them.
void put_together(const CompositeJob& job, const CompositePlan& plan, const std::string& request,
                  const std::stop_token& stop) {
    ThreadPool pool(threads_of(job), workers_of(job), stop);
    RunContext context;
    context.executor = &pool;
    context.stop = stop;
    const auto outputs = files_of(job.output, job.files);
    std::vector<fs::path> made;
    const auto size = plan.info.size;
    const auto metadata = composite_metadata(job.composite, job.datasets.size(), {0, 0, size.width_px, size.height_px},
                                             skipped_in_windows(job, plan), request);
    for (std::size_t i = 0; i < outputs.size(); ++i) {
        std::vector<fs::path> tiles;
        for (const auto& planned : plan.windows) {
            tiles.push_back(files_of(windows_folder(job) / planned.name, job.files)[i]);
        }
        MosaicOptions options;
        options.cog = job.files.cog;
        if (outputs[i] != job.output) {
            options.cog = files_of_windows(job).cog;
            options.cog.nearest_overviews = job.files.datasets && i + 2 == outputs.size();
        }
        options.metadata = metadata;
        write_mosaic(outputs[i], tiles, options, context);
        made.insert(made.end(), tiles.begin(), tiles.end());
    }
    if (job.keep_windows) return;
    for (const auto& tile : made) remove_file(tile);
}

}  // namespace

fs::path windows_folder(const CompositeJob& job) {
    return job.output.parent_path() / (job.output.filename().native() + ".windows");
}

CompositePlan plan_composite(const CompositeJob& job, const std::stop_token& stop) {
    check(job);
    return planned(job, *open_stack(job, stop));
}

std::string plan_text(const CompositePlan& plan) {
    Json windows = Json::array();
    for (const auto& planned : plan.windows) {
        const auto& window = planned.window;
        windows.push_back(
            {{"name", planned.name}, {"window", {window.x_px, window.y_px, window.width_px, window.height_px}}});
    }
    Json skipped = Json::array();
    for (const auto& dataset : plan.skipped) {
        skipped.push_back({{"dataset", dataset.path}, {"reason", dataset.reason}});
    }
    const Json json = {{"width", plan.info.size.width_px},
                       {"height", plan.info.size.height_px},
                       {"bands", plan.info.bands},
                       {"type", name(plan.info.type)},
                       {"windows", std::move(windows)},
                       {"all_windows", plan.all_windows},
                       {"skipped_datasets", std::move(skipped)}};
    return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

BatchReport run_composite(const CompositeJob& job, std::stop_token stop, const BatchCallbacks& callbacks,
                          Dispatch* elsewhere) {
    check(job);
    CompositePlan plan;
    std::string request;
    bool stands = false;
    JobRun frame;
    frame.folder = shard_folder(windows_folder(job), job.shard);
    frame.log_level = job.log_level;
    frame.configuration_json = configuration_text(job);
    frame.outputs = "windows";
    frame.engine = engine_options(job);
    frame.plan = [&](BatchReport&, BatchLog& log) {
        tell_of_shard(job.shard, log);
        const auto stack = open_stack(job, stop);
        plan = planned(job, *stack);
        for (const auto& skipped : plan.skipped) {
            log.write(LogLevel::warning, "left out " + skipped.path + ": " + skipped.reason);
        }
        log.write(LogLevel::info, std::to_string(plan.windows.size()) + " windows planned of " +
                                      std::to_string(job.datasets.size()) + " datasets, " + size_text(plan.info.size) +
                                      " px");
        request = request_of(job, *stack);
        stands = is_there(job, request);
        const auto memory_bytes = memory_of_samples(job, *stack);
        Plan tasks;
        tasks.reserve(plan.windows.size());
        for (const auto& window : plan.windows) {
            tasks.push_back(task_of(job, stack, window, memory_bytes));
            if (stands) tasks.back().body = [](const RunContext&) { return already_there(); };
        }
        return tasks;
    };
    frame.texts = [&] {
        PlanTexts texts;
        for (std::size_t i = 0; i < plan.windows.size() && !stands; ++i) texts.numbers.push_back(i);
        texts.text = [&](std::size_t i) { return task_text(plan.windows[i]); };
        return texts;
    };
    auto report = run_job(frame, stop, callbacks, elsewhere);
    const bool is_whole = !report.interrupted && report.count(TaskStatus::failed) == 0 &&
                          report.count(TaskStatus::cancelled) == 0 && job.shard.count <= 1;
    if (is_whole && !stands) put_together(job, plan, request, stop);
    return report;
}

CompositeJob for_other_machines(const CompositeJob& given) {
    check(given);
    auto job = given;
    job.output = absolute_place(job.output);
    for (auto& dataset : job.datasets) dataset = absolute_place(dataset);
    for (auto& mask : job.stack.masks) mask = absolute_place(mask);
    job.shard = {};
    return job;
}

std::vector<Outcome> run_tasks(const CompositeJob& given, const std::vector<std::string>& texts,
                               const MachineShare& share, std::stop_token stop, const BatchCallbacks& callbacks) {
    const auto job = limited_to(given, share);
    check(job);
    const auto stack = open_stack(job, stop);
    const auto plan = planned(job, *stack);
    std::map<std::string, const PlannedWindow*> windows;
    for (const auto& window : plan.windows) windows[window.name] = &window;
    const auto memory_bytes = memory_of_samples(job, *stack);
    DistinctTasks distinct;
    Plan tasks;
    tasks.reserve(texts.size());
    for (const auto& text : texts) {
        const auto name = parse_window_task(text);
        const auto found = windows.find(name);
        if (found == windows.end()) {
            throw Error(ErrorCode::invalid_argument, "is no task of this job: it has no window " + name, "task");
        }
        distinct.add(name, name);
        tasks.push_back(task_of(job, stack, *found->second, memory_bytes));
    }
    return run_plan(tasks, engine_options(job), std::move(stop), callbacks.on_outcome, callbacks.on_progress);
}

}  // namespace tilewright::inline v0_1
