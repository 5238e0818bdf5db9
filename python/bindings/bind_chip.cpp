// SPDX-License-Identifier: Apache-2.0
// Bindings of chip/ and its job: conversion only, no logic. Long docstrings stand in tilewright/chip.py.
#include <pybind11/pybind11.h>
#include <pybind11/stl.h>

#include <cstdint>
#include <string>

#include "casters.h"
#include "elsewhere.h"
#include "interruptible.h"
#include "record.h"
#include "tilewright/chip/chip_set.h"
#include "tilewright/jobs/chip_job.h"
#include "tilewright/layout/chips.h"

namespace py = pybind11;

namespace tilewright::python {
namespace {

void bind_places(py::module_& m) {
    Record<ChipLayout>(m, "ChipLayout", Record<ChipLayout>::Kind::value,
                       "`count` square windows of a fixed size that do not overlap.", 2)
        .field("count", &ChipLayout::count, "Chips an image and round, 1 to 1,000.")
        .field("size_px", &ChipLayout::size_px, "Side of a chip.")
        .field("margin_px", &ChipLayout::margin_px, "What stays free at every edge of the image.")
        .field("seed", &ChipLayout::seed, "Another seed, other places.")
        .finish();
    Record<PlacedChip>(m, "PlacedChip", Record<PlacedChip>::Kind::result,
                       "One of the chips asked for: where it lies, or why it has no place.")
        .field("index", &PlacedChip::index, "From 0, row-major in the layout's grid.")
        .field("window", &PlacedChip::window, "None where it is skipped.")
        .field("reason", &PlacedChip::reason, "'image_too_small', 'no_room'; empty where there is a window.")
        .finish();
    m.def(
        "place_chips",
        [](std::int64_t width_px, std::int64_t height_px, const ChipLayout& layout, const std::string& prefix,
           const std::string& source) {
            py::gil_scoped_release release;
            return place_chips({width_px, height_px}, layout, prefix, source);
        },
        py::arg("width_px"), py::arg("height_px"), py::arg("layout"), py::arg("prefix"), py::arg("source"),
        "One round of chips.");
    m.def("chip_folder", &chip_folder, py::arg("stem"), py::arg("folders"), "The folder of a source's chips.");
}

void bind_sets(py::module_& m) {
    Record<ChipRecord>(m, "ChipRecord", Record<ChipRecord>::Kind::result,
                       "One chip that was asked for: where it was cut and what proves it, or why it was skipped.")
        .field("number", &ChipRecord::number, "From 1, as in its name.")
        .field("skip_reason", &ChipRecord::skip_reason, "'no_room', 'nodata'; empty for a chip that was written.")
        .field("window", &ChipRecord::window, "Where it was cut, px.")
        .field("filename", &ChipRecord::filename, "In the set's folder.")
        .field("format", &ChipRecord::format, "'png' or 'tiff'.")
        .field("pixel_hash", &ChipRecord::pixel_hash, "XXH3-128 of the samples.")
        .field("mask_hash", &ChipRecord::mask_hash, "Of the mask; empty if there is none.")
        .field("file_size_bytes", &ChipRecord::file_size_bytes, "Size of the file.")
        .field("sha256", &ChipRecord::sha256, "Of the file.")
        .field("valid_fraction", &ChipRecord::valid_fraction, "Share of the pixels that hold data.")
        .field("footprint", &ChipRecord::footprint,
               "Corners in WGS 84 as (longitude, latitude): upper left, upper right, lower right, lower left; empty if "
               "unknown.")
        .finish();
    Record<ChipSet>(m, "ChipSet", Record<ChipSet>::Kind::result, "The chips of one source in one round.")
        .field("source", &ChipSet::source, "Relative to the input.")
        .field("name", &ChipSet::name, "Of the source in the chips' names.")
        .field("prefix", &ChipSet::prefix, "The round.")
        .field("folder", &ChipSet::folder, "Of the chips, below the output.")
        .field("image", &ChipSet::image, "Size of the source.")
        .field("bands", &ChipSet::bands, "Bands of the source.")
        .field("type", &ChipSet::type, "Sample type of the source.")
        .field("options_digest", &ChipSet::options_digest, "Changes with every option that changes a byte.")
        .field("chips", &ChipSet::chips, "All that were asked for, skipped ones too.")
        .finish({}, &chip_set_text)
        .def_property_readonly("written", &ChipSet::written, "Chips that are files.");
    m.def(
        "read_chip_sets",
        [](const std::filesystem::path& output) {
            py::gil_scoped_release release;
            return read_chip_sets(output);
        },
        py::arg("output"), "All records of an output folder.");
}

void bind_chip_job(py::module_& m) {
    Record<ChipJob>(m, "ChipJob", Record<ChipJob>::Kind::option,
                    "One round of training chips of every TIFF below a folder, or of one raster.", 2, 2)
        .field("input_dir", &ChipJob::input_dir, "A folder, or one file.")
        .field("output_dir", &ChipJob::output_dir, "The folder for chips, records, indexes and reports.")
        .field("count", &ChipJob::count, "Chips an image.")
        .field("size_px", &ChipJob::size_px, "Side of a chip.")
        .field("folders", &ChipJob::folders, "Folders that the images are dealt to.")
        .field("prefix", &ChipJob::prefix, "The round: 'A', then 'B', then 'C'.")
        .field("margin_px", &ChipJob::margin_px, "What stays free at every edge of an image.")
        .field("seed", &ChipJob::seed, "Another seed, other places.")
        .field("format", &ChipJob::format, "'auto', 'png' or 'tiff'.")
        .field("compression", &ChipJob::compression, "'fast', 'balanced' or 'small'.")
        .field("max_nodata", &ChipJob::max_nodata,
               "Chips with a larger share of pixels without data are drawn again; 1: off.")
        .field("annotators", &ChipJob::annotators, "Task lists to write, to as many people; 0: none.")
        .field("max_workers", &ChipJob::max_workers, "Threads; 0: one a processor.")
        .field("io_threads", &ChipJob::io_threads,
               "Tasks under way while some wait for a store; 0: eight a worker where one is read or written, else none "
               "more.")
        .field("memory_bytes", &ChipJob::memory_bytes, "Budget; 0: a quarter of what the machine has.")
        .field("retries", &ChipJob::retries, "Further attempts after an error that may pass.")
        .field("resume", &ChipJob::resume,
               "What of an earlier run is trusted: 'sizes' or 'hashes' of its files, or 'never' anything.")
        .field("log_level", &ChipJob::log_level, "Of batch_processing.log: 'DEBUG', 'INFO', 'WARNING', 'ERROR'.")
        .field("open", &ChipJob::open, "What to refuse.")
        .field("shard", &ChipJob::shard,
               "Which of the images this worker cuts; its reports then lie in shard_folder().")
        .field("plan_file", &ChipJob::plan_file,
               "What was found, frozen: written by the first that lists the input, read by all others.")
        .finish();
    Record<PlannedChips>(m, "PlannedChips", Record<PlannedChips>::Kind::result,
                         "One image that was found, and what is to become of it.")
        .field("source", &PlannedChips::source, "Relative to the job's input_dir.")
        .field("key", &PlannedChips::key, "Of its outcome: the source as text.")
        .field("name", &PlannedChips::name, "Of the source in its chips' names.")
        .field("folder", &PlannedChips::folder, "Of its chips, relative to the job's output_dir.")
        .field("source_bytes", &PlannedChips::source_bytes, "Size of the source as stored.")
        .field("info", &PlannedChips::info, "Its header; None if it cannot be read.")
        .field("skip_reason", &PlannedChips::skip_reason, "'image_too_small'; empty if chips are to be cut.")
        .field("error", &PlannedChips::error, "Why none can be cut, as an exception; None if they can.")
        .field("chips", &PlannedChips::chips, "How many chips have a place.")
        .finish();
    Record<ChipPlan>(m, "ChipPlan", Record<ChipPlan>::Kind::result, "What a round would do, before a pixel is decoded.")
        .field("images", &ChipPlan::images, "Every image found, in order. Each access makes a new list.")
        .field("skipped_folders", &ChipPlan::skipped_folders, "(relative path, reason) of folders passed over.")
        .finish({}, static_cast<std::string (*)(const ChipPlan&)>(&plan_text))
        .def_property_readonly("chips", &ChipPlan::chips, "Chips of all images that have a place.");
    Record<ChipCounts>(m, "ChipCounts", Record<ChipCounts>::Kind::result,
                       "How many chips of all rounds each folder and each annotator has.")
        .field("chips", &ChipCounts::chips, "All chips.")
        .field("skipped", &ChipCounts::skipped, "Chips asked for that have no place or too little data.")
        .field("folders", &ChipCounts::folders, "(folder, chips), '01' first; empty ones too.")
        .field("annotators", &ChipCounts::annotators, "(annotator, chips), 'annotator_01' first.")
        .finish();
}

}  // namespace

void bind_chip(py::module_& m) {
    bind_places(m);
    bind_sets(m);
    bind_chip_job(m);
    m.def(
        "plan_chips",
        [](const ChipJob& job) {
            return run_interruptible(1, [&](const RunContext& context) { return plan_chips(job, context.stop); });
        },
        py::arg("job"), "Scans and plans.");
    m.def(
        "run_chips",
        [](const ChipJob& job, const py::object& on_progress, const py::object& on_outcome, const py::object& log,
           const py::object& elsewhere) {
            return run_with_callbacks(on_progress, on_outcome, log, elsewhere,
                                      [&](const auto&... told) { return run_chips(job, told...); });
        },
        py::arg("job"), py::arg("on_progress"), py::arg("on_outcome"), py::arg("log"), py::arg("elsewhere"),
        "Runs a round.");
    m.def(
        "write_chip_index",
        [](const std::filesystem::path& output, std::int64_t folders, std::int64_t annotators) {
            py::gil_scoped_release release;
            return write_chip_index(output, folders, annotators);
        },
        py::arg("output"), py::arg("folders"), py::arg("annotators"), "Writes the indexes of an output folder.");
}

}  // namespace tilewright::python
