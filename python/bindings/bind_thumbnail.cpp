// SPDX-License-Identifier: Apache-2.0
// Bindings of thumbnail/ and its job: conversion only, no logic. Long docstrings stand in tilewright/thumbnail.py.
#include <pybind11/pybind11.h>
#include <pybind11/stl.h>

#include <algorithm>
#include <filesystem>
#include <optional>
#include <span>
#include <vector>

#include "arrays.h"
#include "casters.h"
#include "elsewhere.h"
#include "interruptible.h"
#include "record.h"
#include "tilewright/core/thread_pool.h"
#include "tilewright/jobs/thumbnail_job.h"
#include "tilewright/storage/place.h"
#include "tilewright/thumbnail/squares.h"
#include "tilewright/thumbnail/thumbnail.h"

namespace py = pybind11;

namespace tilewright::python {
namespace {

void bind_records(py::module_& m) {
    Record<ThumbnailOptions>(m, "ThumbnailOptions", Record<ThumbnailOptions>::Kind::option, "How a thumbnail is made.",
                             2)
        .field("size", &ThumbnailOptions::size, "The box that it fits into, px.")
        .field("quality", &ThumbnailOptions::quality, "Of JPEG and WebP, 1 to 100.")
        .field("open", &ThumbnailOptions::open, "What to refuse.")
        .finish();
    Record<ThumbnailForecast>(m, "ThumbnailForecast", Record<ThumbnailForecast>::Kind::result,
                              "What the thumbnail of an image costs and how large it will be, from its header.")
        .field("image", &ThumbnailForecast::image, "Size of the image as it is looked at.")
        .field("thumbnail", &ThumbnailForecast::thumbnail, "Size of its thumbnail.")
        .field("content", &ThumbnailForecast::content, "Bands, sample type and format, for people.")
        .field("raw_bytes", &ThumbnailForecast::raw_bytes, "Size of what will be decoded.")
        .field("working_bytes", &ThumbnailForecast::working_bytes, "Memory that it needs.")
        .finish();
    Record<WrittenThumbnail>(m, "WrittenThumbnail", Record<WrittenThumbnail>::Kind::result,
                             "A thumbnail that was written.")
        .field("size", &WrittenThumbnail::size, "Width and height, px.")
        .field("file", &WrittenThumbnail::file, "Path, size and SHA-256.")
        .finish();
}

// Images in stores are waited for longer than they are worked on.
constexpr int threads_a_worker = 8;

py::tuple squares_of(const std::vector<std::filesystem::path>& paths, const SquareOptions& options, int workers) {
    square_samples(options);
    const auto count = static_cast<py::ssize_t>(paths.size());
    py::array_t<float> pixels(std::vector<py::ssize_t>{count, 3, options.size_px, options.size_px});
    const std::span<float> into(pixels.mutable_data(), static_cast<std::size_t>(pixels.size()));
    const bool some_are_far = std::any_of(paths.begin(), paths.end(), [](const auto& path) { return is_url(path); });
    const int threads = some_are_far ? threads_a_worker * (workers == 0 ? available_processors() : workers) : 0;
    const auto errors = run_interruptible(
        workers, [&](const RunContext& context) { return read_squares(paths, options, into, context); }, {}, {},
        threads);
    return py::make_tuple(pixels, Convert<std::vector<std::optional<Error>>>::to_python(errors));
}

void bind_squares(py::module_& m) {
    Record<SquareOptions>(m, "SquareOptions", Record<SquareOptions>::Kind::option, "How squares of images are made.", 3)
        .field("size_px", &SquareOptions::size_px, "Side of a square, px.")
        .field("mean", &SquareOptions::mean, "Of red, green and blue, black being 0 and white 1.")
        .field("std", &SquareOptions::deviation, "Standard deviations of red, green and blue.")
        .field("open", &SquareOptions::open, "What to refuse.")
        .finish();
    m.def("read_squares", &squares_of, py::arg("paths"), py::arg("options"), py::arg("workers"),
          "Squares of images, normalised, and the error of each that could not be read.");
}

void bind_thumbnail_job(py::module_& m) {
    Record<ThumbnailJob>(m, "ThumbnailJob", Record<ThumbnailJob>::Kind::option,
                         "Thumbnails of every image below a folder, or of one image.", 2, 2)
        .field("input_dir", &ThumbnailJob::input_dir, "A folder, or one file.")
        .field("output_dir", &ThumbnailJob::output_dir, "The folder for stamped folders.")
        .field("size", &ThumbnailJob::size, "The box that thumbnails fit into, px.")
        .field("quality", &ThumbnailJob::quality, "Of JPEG and WebP, 1 to 100.")
        .field("stamp", &ThumbnailJob::stamp, "Names the run's folder, '20251203T1530Z'; empty: as stamped() has it.")
        .field("max_workers", &ThumbnailJob::max_workers, "Threads; 0: one a processor.")
        .field("resume", &ThumbnailJob::resume, "False: make those again that are there.")
        .field("io_threads", &ThumbnailJob::io_threads,
               "Tasks under way while some wait for a store; 0: eight a worker where one is read or written, else none "
               "more.")
        .field("memory_bytes", &ThumbnailJob::memory_bytes, "Budget; 0: a quarter of what the machine has.")
        .field("retries", &ThumbnailJob::retries, "Further attempts after an error that may pass.")
        .field("log_level", &ThumbnailJob::log_level, "Of batch_processing.log: 'DEBUG', 'INFO', 'WARNING', 'ERROR'.")
        .field("open", &ThumbnailJob::open, "What to refuse.")
        .field("shard", &ThumbnailJob::shard, "Which of the files this worker looks at.")
        .field("plan_file", &ThumbnailJob::plan_file, "What was found, frozen for all workers; None: list anew.")
        .finish();
    Record<PlannedThumbnail>(m, "PlannedThumbnail", Record<PlannedThumbnail>::Kind::result,
                             "One image that was found, and what is to become of it.")
        .field("source", &PlannedThumbnail::source, "Relative to the job's input_dir.")
        .field("thumbnail", &PlannedThumbnail::thumbnail, "Relative to the stamped folder.")
        .field("key", &PlannedThumbnail::key, "Of its outcome: the source as text.")
        .field("forecast", &PlannedThumbnail::forecast, "Sizes and costs; None if the header cannot be read.")
        .field("error", &PlannedThumbnail::error, "Why there can be no thumbnail, as an exception; None if there can.")
        .finish();
    Record<ThumbnailPlan>(m, "ThumbnailPlan", Record<ThumbnailPlan>::Kind::result,
                          "What a run would do, before a pixel is decoded.")
        .field("stamp", &ThumbnailPlan::stamp, "Name of the run's folder.")
        .field("images", &ThumbnailPlan::images, "Every image found, in order. Each access makes a new list.")
        .field("other_files", &ThumbnailPlan::other_files, "Files that are no images.")
        .field("skipped_folders", &ThumbnailPlan::skipped_folders, "(relative path, reason) of folders passed over.")
        .finish({}, [](const ThumbnailPlan& plan) { return plan_text(plan); });
}

}  // namespace

void bind_thumbnail(py::module_& m) {
    bind_records(m);
    bind_squares(m);
    bind_thumbnail_job(m);
    m.def("thumbnail_size", &thumbnail_size, py::arg("image"), py::arg("box"), "The size of a thumbnail.");
    m.def("thumbnail_name", &thumbnail_name, py::arg("source_name"), "The name of a thumbnail.");
    m.def(
        "make_thumbnail",
        [](const std::filesystem::path& path, const ThumbnailOptions& options) {
            return array_of(run_interruptible(
                1, [&](const RunContext& context) { return make_thumbnail(path, options, context); }));
        },
        py::arg("path"), py::arg("options"), "Makes a small picture of a raster.");
    m.def(
        "write_thumbnail",
        [](const std::filesystem::path& source, const std::filesystem::path& target, const ThumbnailOptions& options) {
            return run_interruptible(
                1, [&](const RunContext& context) { return write_thumbnail(source, target, options, context); });
        },
        py::arg("source"), py::arg("target"), py::arg("options"), "Makes a thumbnail and writes it.");
    m.def(
        "stamped",
        [](const ThumbnailJob& job) {
            return run_interruptible(1, [&](const RunContext& context) { return stamped(job, context.stop); });
        },
        py::arg("job"), "The job with the name of its run.");
    m.def(
        "plan_thumbnails",
        [](const ThumbnailJob& job) {
            return run_interruptible(1, [&](const RunContext& context) { return plan_thumbnails(job, context.stop); });
        },
        py::arg("job"), "Lists and plans.");
    m.def(
        "run_thumbnails",
        [](const ThumbnailJob& job, const py::object& on_progress, const py::object& on_outcome, const py::object& log,
           const py::object& elsewhere) {
            return run_with_callbacks(on_progress, on_outcome, log, elsewhere,
                                      [&](const auto&... told) { return run_thumbnails(job, told...); });
        },
        py::arg("job"), py::arg("on_progress"), py::arg("on_outcome"), py::arg("log"), py::arg("elsewhere"),
        "Makes thumbnails.");
}

}  // namespace tilewright::python
