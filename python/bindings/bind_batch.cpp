// SPDX-License-Identifier: Apache-2.0
// Bindings of batch/ and jobs/: conversion only, no logic. Long docstrings stand in tilewright/batch.py.
#include <pybind11/pybind11.h>
#include <pybind11/stl.h>

#include <string>

#include "casters.h"
#include "elsewhere.h"
#include "interruptible.h"
#include "record.h"
#include "tilewright/jobs/batch_job.h"

namespace py = pybind11;

namespace tilewright::python {
namespace {

void bind_shard(py::module_& m) {
    Record<Shard>(m, "Shard", Record<Shard>::Kind::value, "One worker of several that share a plan.", 2)
        .field("index", &Shard::index, "From 0.")
        .field("count", &Shard::count, "How many workers there are.")
        .field("rule", &Shard::rule, "'modulo', 'contiguous' or 'size': how the plan is shared out.")
        .field("attempt", &Shard::attempt, "How often this worker was started before.")
        .finish(&check_shard);
    m.def(
        "parse_shard",
        [](const std::string& text, ShardRule rule) {
            auto shard = parse_shard(text);
            shard.rule = rule;
            return shard;
        },
        py::arg("text"), py::arg("rule"), "Which worker this is.");
}

void bind_job(py::module_& m) {
    Record<BatchJob>(m, "BatchJob", Record<BatchJob>::Kind::option,
                     "Every TIFF below a folder, or one raster, into slices below another.", 8, 2)
        .field("input_dir", &BatchJob::input_dir, "A folder, or one file.")
        .field("output_dir", &BatchJob::output_dir, "The folder for slices, manifests and reports.")
        .field("num_pieces", &BatchJob::num_pieces, "Pieces an image, unless `layout` is set.")
        .field("max_workers", &BatchJob::max_workers, "Threads; 0: one a processor.")
        .field("min_image_size", &BatchJob::min_image_size, "Images with a side below this are skipped, px.")
        .field("skip_existing", &BatchJob::skip_existing, "False: do all again.")
        .field("resume_mode", &BatchJob::resume_mode, "False: do all again.")
        .field("log_level", &BatchJob::log_level, "Of batch_processing.log: 'DEBUG', 'INFO', 'WARNING', 'ERROR'.")
        .field("layout", &BatchJob::layout, "Where to cut; None: `num_pieces` pieces.")
        .field("format", &BatchJob::format, "'auto', 'png', 'tiff' or 'copy'; see TesselateOptions.")
        .field("compression", &BatchJob::compression, "'fast', 'balanced' or 'small'.")
        .field("resume_check", &BatchJob::resume_check,
               "What earlier results must show: 'manifest', or 'hashes' of every slice.")
        .field("pages", &BatchJob::pages, "Of multi-page TIFFs: 'first' or 'all'.")
        .field("io_threads", &BatchJob::io_threads,
               "Tasks under way while some wait for a store; 0: eight a worker where one is read or written, else none "
               "more.")
        .field("memory_bytes", &BatchJob::memory_bytes, "Budget; 0: a quarter of what the machine has.")
        .field("retries", &BatchJob::retries, "Further attempts after an error that may pass.")
        .field("open", &BatchJob::open, "What to refuse.")
        .field("shard", &BatchJob::shard, "Which of the images this worker cuts.")
        .field("plan_file", &BatchJob::plan_file, "What was found, frozen for all workers; None: list anew.")
        .finish();
    Record<PlannedImage>(m, "PlannedImage", Record<PlannedImage>::Kind::result,
                         "One image a batch found, and what is to become of it.")
        .field("source", &PlannedImage::source, "Relative to the job's input_dir.")
        .field("output_folder", &PlannedImage::output_folder, "Relative to the job's output_dir.")
        .field("page", &PlannedImage::page, "Page of the source, from 1.")
        .field("key", &PlannedImage::key, "Of its outcome: the source as text, and the page from 2 on.")
        .field("source_bytes", &PlannedImage::source_bytes, "Size of the source as stored.")
        .field("info", &PlannedImage::info, "Its header; None if it cannot be read.")
        .field("skip_reason", &PlannedImage::skip_reason, "'below_min_size', ...; empty if it is to be cut.")
        .field("error", &PlannedImage::error, "Why it cannot be cut, as an exception; None if it can.")
        .field("slices", &PlannedImage::slices, "How many slices it gives.")
        .finish();
    Record<BatchPlan>(m, "BatchPlan", Record<BatchPlan>::Kind::result,
                      "What a batch would do, before a pixel is decoded.")
        .field("images", &BatchPlan::images, "Every image found, in order. Each access makes a new list.")
        .field("skipped_folders", &BatchPlan::skipped_folders, "(relative path, reason) of folders passed over.")
        .finish({}, static_cast<std::string (*)(const BatchPlan&)>(&plan_text))
        .def_property_readonly("slices", &BatchPlan::slices, "Slices of all images to be cut.")
        .def_property_readonly("raw_bytes", &BatchPlan::raw_bytes, "Decoded size of all images to be cut.");
}

void bind_run(py::module_& m) {
    Record<EngineProgress>(m, "EngineProgress", Record<EngineProgress>::Kind::result, "Counts of a run so far.")
        .field("total", &EngineProgress::total, "Tasks.")
        .field("done", &EngineProgress::done, "Tasks done.")
        .field("skipped", &EngineProgress::skipped, "Tasks skipped.")
        .field("failed", &EngineProgress::failed, "Tasks failed.")
        .field("cancelled", &EngineProgress::cancelled, "Tasks cancelled.")
        .field("running", &EngineProgress::running, "Tasks under way.")
        .field("raw_bytes", &EngineProgress::raw_bytes, "Decoded samples dealt with, tasks under way included.")
        .field("total_raw_bytes", &EngineProgress::total_raw_bytes, "Decoded samples of all tasks.")
        .field("seconds", &EngineProgress::seconds, "Since the run began.")
        .finish();
    Record<Outcome>(m, "Outcome", Record<Outcome>::Kind::result, "How a task ended.")
        .field("key", &Outcome::key, "The source, relative to input_dir.")
        .field("status", &Outcome::status, "'done', 'skipped', 'failed' or 'cancelled'.")
        .field("reason", &Outcome::reason, "Why it was skipped: 'already_exists', 'below_min_size', ...")
        .field("message", &Outcome::message, "The same, or the error, or notes, for people.")
        .field(
            "code",
            [](const Outcome& o) -> py::object {
                if (o.status != TaskStatus::failed) return py::none();
                return text_to_python(name(o.code));
            },
            [](Outcome& o, py::handle code) {
                for (int i = 0; i <= static_cast<int>(ErrorCode::internal) && !code.is_none(); ++i) {
                    if (name(static_cast<ErrorCode>(i)) == text_from_python(code)) o.code = static_cast<ErrorCode>(i);
                }
            },
            "Of the error, if it failed: 'corrupt', 'io', ...; else None.")
        .field("attempts", &Outcome::attempts, "0 if it never started.")
        .field("seconds", &Outcome::seconds, "Of the last attempt.")
        .field("raw_bytes", &Outcome::raw_bytes, "Decoded samples dealt with.")
        .field("written_bytes", &Outcome::written_bytes, "Size of the files written.")
        .field("outputs", &Outcome::outputs, "Files written.")
        .field("output_folder", &Outcome::output_folder, "Where they lie, relative to output_dir; may be empty.")
        .field("record", &Outcome::record, "For the job's index, where another machine keeps that; else empty.")
        .finish();

    const auto count = [](TaskStatus status) { return [status](const BatchReport& r) { return r.count(status); }; };
    Record<BatchReport>(m, "BatchReport", Record<BatchReport>::Kind::result,
                        "What a batch did; also a mapping with the keys of batch_report.json.")
        .field("outcomes", &BatchReport::outcomes, "How each image ended, in the plan's order.")
        .field("folders_skipped", &BatchReport::folders_skipped, "Folders passed over.")
        .field("skipped_folders", &BatchReport::skipped_folders, "(relative path, reason) of each.")
        .field("started_at_s", &BatchReport::started_at_s, "Seconds since 1970-01-01 UTC.")
        .field("seconds", &BatchReport::seconds, "How long it took.")
        .field("source_bytes", &BatchReport::source_bytes, "Size of the sources done, as stored.")
        .field("other_files", &BatchReport::other_files, "Files found that are of no kind the job takes.")
        .field("outputs", &BatchReport::outputs, "What was written, in the plural: 'slices', 'chips', 'thumbnails'.")
        .field("configuration_json", &BatchReport::configuration_json, "The job's fields.")
        .field("interrupted", &BatchReport::interrupted, "Whether it was stopped before its end.")
        .field("shards", &BatchReport::shards, "How many workers share the plan, where this is their report.")
        .field("missing_shards", &BatchReport::missing_shards, "Workers that have not begun.")
        .finish({}, &report_text)
        .def_property_readonly("done", count(TaskStatus::done), "Images done.")
        .def_property_readonly("skipped", count(TaskStatus::skipped), "Images skipped.")
        .def_property_readonly("failed", count(TaskStatus::failed), "Images failed.")
        .def_property_readonly("cancelled", count(TaskStatus::cancelled), "Images not reached.")
        .def_property_readonly("raw_bytes", &BatchReport::raw_bytes, "Decoded samples dealt with.")
        .def_property_readonly("written_bytes", &BatchReport::written_bytes, "Size of the files written.")
        .def_property_readonly("images_per_hour", &BatchReport::images_per_hour, "Of the images done; 0 if none.")
        .def("__getitem__",
             [](const py::object& r, const py::str& key) -> py::object {
                 const py::dict file = r.attr("to_dict")();
                 return file[key];
             })
        .def("__iter__", [](const py::object& r) { return py::iter(r.attr("to_dict")()); })
        .def("__len__", [](const py::object& r) { return py::len(r.attr("to_dict")()); })
        .def(
            "keys", [](const py::object& r) { return r.attr("to_dict")().attr("keys")(); }, "The keys of the file.");
}

}  // namespace

void bind_batch(py::module_& m) {
    bind_shard(m);
    bind_job(m);
    bind_run(m);
    m.def(
        "plan_batch",
        [](const BatchJob& job) {
            return run_interruptible(1, [&](const RunContext& context) { return plan_batch(job, context.stop); });
        },
        py::arg("job"), "Scans and plans.");
    m.def("shard_folder", &shard_folder, py::arg("output_dir"), py::arg("shard"), "Where a worker's reports lie.");
    m.def(
        "merge_shards",
        [](const std::filesystem::path& output_dir) {
            const py::gil_scoped_release release;
            return merge_shards(output_dir);
        },
        py::arg("output_dir"), "Merges the workers' reports.");
    m.def(
        "run_batch",
        [](const BatchJob& job, const py::object& on_progress, const py::object& on_outcome, const py::object& log,
           const py::object& elsewhere) {
            return run_with_callbacks(on_progress, on_outcome, log, elsewhere,
                                      [&](const auto&... told) { return run_batch(job, told...); });
        },
        py::arg("job"), py::arg("on_progress"), py::arg("on_outcome"), py::arg("log"), py::arg("elsewhere"),
        "Runs a batch.");
}

}  // namespace tilewright::python
