// SPDX-License-Identifier: Apache-2.0
#include "jobs/tesselate_task.h"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <mutex>
#include <span>
#include <utility>

#include "jobs/batch_files.h"
#include "jobs/job_options.h"
#include "tilewright/codec/hash.h"
#include "tilewright/core/memory.h"
#include "tilewright/raster/file_hash.h"
#include "tilewright/storage/file.h"
#include "tilewright/storage/random_access_file.h"
#include "tilewright/storage/remove_file.h"
#include "tilewright/tile/manifest.h"
#include "tilewright/tile/tesselate.h"

namespace tilewright::inline v0_1 {
namespace {

namespace fs = std::filesystem;

double seconds_since_epoch(std::chrono::system_clock::time_point time) {
    return std::chrono::duration<double>(time.time_since_epoch()).count();
}

// Everything one image needs while the batch runs.
struct ImageWork {
    fs::path source;
    fs::path relative_path;
    fs::path folder;
    TesselateOptions options;
    bool resume = true;
    ResumeCheck check = ResumeCheck::manifest;
    std::int64_t raw_bytes = 0;
    std::shared_ptr<const std::string> configuration;
    std::string folder_text;  // of the folder, relative to the output
};

void write_batch_metadata(const ImageWork& work, const Manifest& manifest, double processed_at_s, double seconds) {
    const BatchInfo info{work.source, work.relative_path, processed_at_s, seconds, *work.configuration};
    write_text(work.folder / batch_metadata_filename, batch_metadata_text(manifest, info));
}

// The name of a slice whose bytes are not the manifest's; empty if there is none.
std::string altered_slice(const Manifest& manifest, const RunContext& context) {
    constexpr std::size_t file_buffer_bytes = std::size_t{1} << 20;
    std::mutex mutex;
    std::string altered;
    JobGroup group(*context.executor, file_buffer_bytes * static_cast<std::size_t>(context.executor->concurrency()));
    for (std::size_t first = 0; first < manifest.slices.size(); first += sha256_lanes) {
        context.throw_if_stopped();
        group.run(file_buffer_bytes, [&, first] {
            const auto all = std::span(manifest.slices);
            const auto slices = all.subspan(first, std::min(sha256_lanes, all.size() - first));
            std::vector<fs::path> paths;
            paths.reserve(slices.size());
            for (const auto& slice : slices) paths.push_back(manifest.folder / slice.filename);
            const auto hashes = file_sha256(paths, context.stop);
            for (std::size_t i = 0; i < slices.size(); ++i) {
                const std::lock_guard lock(mutex);
                const auto& name = slices[i].filename;
                if (hashes[i] != slices[i].sha256 && (altered.empty() || name < altered)) altered = name;
            }
        });
    }
    group.wait();
    return altered;
}

// Why an image is to be cut; empty if what lies in its folder holds.
std::string reason_to_cut(const ImageWork& work, const RunContext& context) {
    if (!work.resume) return "resuming is off";
    auto reason = reason_to_tesselate(work.source, file_identity(work.source), work.folder, work.options);
    if (!reason.empty() || work.check == ResumeCheck::manifest) return reason;
    const auto altered = altered_slice(read_manifest(work.folder), context);
    return altered.empty() ? "" : altered + " was altered";
}

TaskResult keep(const ImageWork& work) {
    if (!file_exists(work.folder / batch_metadata_filename)) {
        const auto file_time = file_identity(work.folder / Manifest::filename).mtime_ns;
        write_batch_metadata(work, read_manifest(work.folder), static_cast<double>(file_time) / 1e9, 0);
    }
    TaskResult result;
    result.output_folder = work.folder_text;
    result.status = TaskStatus::skipped;
    result.reason = "already_exists";
    result.message = "its slices are there and fit the source and the options";
    return result;
}

TaskResult cut(const ImageWork& work, const RunContext& context) {
    const OpenOnce once(work.source);
    const bool had_manifest = file_exists(work.folder / Manifest::filename);
    const auto reason = reason_to_cut(work, context);
    if (reason.empty()) return keep(work);

    if (had_manifest) remove_file(work.folder / batch_metadata_filename);
    const auto started = std::chrono::steady_clock::now();
    const auto manifest = tesselate(work.source, work.folder, work.options, context);
    const std::chrono::duration<double> taken = std::chrono::steady_clock::now() - started;
    write_batch_metadata(work, manifest, seconds_since_epoch(std::chrono::system_clock::now()), taken.count());

    TaskResult result;
    result.output_folder = work.folder_text;
    result.raw_bytes = work.raw_bytes;
    for (const auto& slice : manifest.slices) result.written_bytes += slice.file_size_bytes;
    result.outputs = static_cast<std::int64_t>(manifest.slices.size());
    if (had_manifest) result.message = "done again: " + reason;
    for (const auto& note : manifest.notes) result.message += (result.message.empty() ? "" : "; ") + note;
    return result;
}

std::string description(const PlannedImage& image) {
    if (!image.info) return "unreadable";
    const auto& info = *image.info;
    return std::to_string(info.size.width_px) + " x " + std::to_string(info.size.height_px) + " px, " +
           std::to_string(info.bands) + " x " + std::string(name(info.type)) + ", " + std::to_string(image.slices) +
           (image.slices == 1 ? " slice" : " slices");
}

TaskResult too_small(const RasterInfo& info, std::int64_t min_image_size) {
    TaskResult result;
    result.status = TaskStatus::skipped;
    result.reason = "below_min_size";
    result.message = std::to_string(info.size.width_px) + " x " + std::to_string(info.size.height_px) +
                     " px; the least side is " + std::to_string(min_image_size) + " px";
    return result;
}

}  // namespace

Task tesselate_task(const BatchJob& job, const BatchPlaces& places, const PlannedImage& image,
                    std::shared_ptr<const std::string> configuration) {
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
    if (!image.skip_reason.empty()) {
        task.body = [result = too_small(*image.info, job.min_image_size)](const RunContext&) { return result; };
        return task;
    }
    ImageWork work{places.root / image.source,
                   image.source,
                   places.output / image.output_folder,
                   tesselate_options(job, image.page),
                   job.skip_existing && job.resume_mode,
                   job.resume_check,
                   image.info->raw_bytes(),
                   std::move(configuration),
                   path_text(image.output_folder)};
    task.raw_bytes = work.raw_bytes;
    const auto budget = job.memory_bytes > 0 ? job.memory_bytes : default_memory_budget_bytes();
    task.working_bytes = tesselate_working_bytes(*image.info, work.options, worker_count(job));
    // What is too large for all threads may do with one: slow is better than refused.
    const bool on_one_thread = task.working_bytes > budget;
    if (on_one_thread) task.working_bytes = tesselate_working_bytes(*image.info, work.options, 1);
    task.body = [work = std::move(work), on_one_thread](const RunContext& context) {
        RunContext own = context;
        if (on_one_thread) own.executor = &serial_executor();
        return cut(work, own);
    };
    return task;
}

}  // namespace tilewright::inline v0_1
