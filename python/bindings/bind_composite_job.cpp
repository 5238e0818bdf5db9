// SPDX-License-Identifier: Apache-2.0
// Bindings of mosaics and of the job of composites: conversion only, no logic. Long docstrings stand in
// tilewright/composite.py.
#include <pybind11/pybind11.h>
#include <pybind11/stl.h>

#include <filesystem>
#include <string>
#include <vector>

#include "casters.h"
#include "elsewhere.h"
#include "interruptible.h"
#include "record.h"
#include "tilewright/composite/mosaic.h"
#include "tilewright/jobs/composite_job.h"

namespace py = pybind11;

namespace tilewright::python {
namespace {

void bind_composite_job_records(py::module_& m) {
    Record<CompositeJob>(m, "CompositeJob", Record<CompositeJob>::Kind::option,
                         "A composite of a whole scene: its windows one by one, then one COG of them.", 2, 2)
        .field("output", &CompositeJob::output, "The COG; its windows lie in <name>.windows until it stands.")
        .field("datasets", &CompositeJob::datasets, "Paths or URLs.")
        .field("composite", &CompositeJob::composite, "The rule, and what is dropped.")
        .field("stack", &CompositeJob::stack, "Masks, aligning, unreadable datasets.")
        .field("files", &CompositeJob::files, "What is written beside it, and how.")
        .field("window_size", &CompositeJob::window_size, "Of a window, px.")
        .field("keep_windows", &CompositeJob::keep_windows, "Leave the windows' files when the COG stands.")
        .field("max_workers", &CompositeJob::max_workers, "Threads; 0: one a processor.")
        .field("io_threads", &CompositeJob::io_threads,
               "Reads under way while some wait for a store; 0: eight a worker where one is read or written.")
        .field("resume", &CompositeJob::resume, "False: make all windows again.")
        .field("memory_bytes", &CompositeJob::memory_bytes, "Budget; 0: a quarter of what the machine has.")
        .field("retries", &CompositeJob::retries, "Further attempts after an error that may pass.")
        .field("log_level", &CompositeJob::log_level, "Of batch_processing.log: 'DEBUG', 'INFO', 'WARNING', 'ERROR'.")
        .field("shard", &CompositeJob::shard, "Which of the windows this worker makes.")
        .finish();
    Record<PlannedWindow>(m, "PlannedWindow", Record<PlannedWindow>::Kind::result, "A window of a scene.")
        .field("window", &PlannedWindow::window, "Its pixels.")
        .field("name", &PlannedWindow::name, "Of its file.")
        .finish();
    Record<CompositePlan>(m, "CompositePlan", Record<CompositePlan>::Kind::result,
                          "What a run would do, before a pixel is decoded.")
        .field("info", &CompositePlan::info, "Of the datasets.")
        .field("windows", &CompositePlan::windows, "Row by row. Each access makes a new list.")
        .field("all_windows", &CompositePlan::all_windows, "Of all workers together.")
        .field("skipped", &CompositePlan::skipped, "Datasets that could not be read.")
        .finish({}, [](const CompositePlan& plan) { return plan_text(plan); });
    Record<WrittenMosaic>(m, "WrittenMosaic", Record<WrittenMosaic>::Kind::result, "A mosaic that was written.")
        .field("size", &WrittenMosaic::size, "Width and height, px.")
        .field("size_bytes", &WrittenMosaic::size_bytes, "Of the file.")
        .finish();
}

}  // namespace

void bind_composite_job(py::module_& m) {
    bind_composite_job_records(m);
    m.def("windows_folder", &windows_folder, py::arg("job"), "Where windows, journal and report of a job lie.");
    m.def(
        "plan_composite",
        [](const CompositeJob& job) {
            return run_interruptible(1, [&](const RunContext& context) { return plan_composite(job, context.stop); });
        },
        py::arg("job"), "Opens all datasets and plans.");
    m.def(
        "run_composite",
        [](const CompositeJob& job, const py::object& on_progress, const py::object& on_outcome, const py::object& log,
           const py::object& elsewhere) {
            return run_with_callbacks(on_progress, on_outcome, log, elsewhere,
                                      [&](const auto&... told) { return run_composite(job, told...); });
        },
        py::arg("job"), py::arg("on_progress"), py::arg("on_outcome"), py::arg("log"), py::arg("elsewhere"),
        "Composes a scene.");
    m.def(
        "write_mosaic",
        [](const std::filesystem::path& target, const std::vector<std::filesystem::path>& tiles, const CogOptions& cog,
           bool allow_gaps, int workers, const py::object& on_progress) {
            MosaicOptions options;
            options.cog = cog;
            options.allow_gaps = allow_gaps;
            return ByteProgress(on_progress).run(workers, [&](const RunContext& context) {
                return write_mosaic(target, tiles, options, context);
            });
        },
        py::arg("target"), py::arg("tiles"), py::arg("cog"), py::arg("allow_gaps"), py::arg("workers"),
        py::arg("on_progress"), "Puts tiles together.");
}

}  // namespace tilewright::python
