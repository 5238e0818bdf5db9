// SPDX-License-Identifier: Apache-2.0
// Bindings of composite/: conversion only, no logic. Long docstrings stand in tilewright/composite.py.
#include <pybind11/pybind11.h>
#include <pybind11/stl.h>

#include <algorithm>
#include <atomic>
#include <filesystem>
#include <string>
#include <vector>

#include "arrays.h"
#include "casters.h"
#include "interruptible.h"
#include "record.h"
#include "tilewright/composite/composite.h"
#include "tilewright/core/thread_pool.h"
#include "tilewright/storage/place.h"

namespace py = pybind11;

namespace pybind11::detail {

template <>
struct type_caster<tilewright::CompositeRule>
    : tilewright::python::EnumCaster<tilewright::CompositeRule, &tilewright::parse_composite_rule> {};

}  // namespace pybind11::detail

namespace tilewright::python {

/// "auto", None for off, or a number.
template <>
struct Convert<DroppedValue> {
    static py::object to_python(const DroppedValue& value) {
        switch (value.kind) {
            case DroppedValue::Kind::off: return py::none();
            case DroppedValue::Kind::value: return py::float_(value.value);
            default: return py::str("auto");
        }
    }
    static DroppedValue from_python(py::handle value) {
        if (value.is_none()) return {DroppedValue::Kind::off, 0};
        if (PyUnicode_Check(value.ptr())) {
            if (text_from_python(value) != "auto") throw py::cast_error("neither \"auto\" nor a number nor None");
            return {};
        }
        return {DroppedValue::Kind::value, value.cast<double>()};
    }
};

namespace {

using Paths = std::vector<std::filesystem::path>;

// Datasets of other machines are asked for many at once: one waits twenty times as long for an answer as it takes to
// decode it.
constexpr int io_threads_a_processor = 32;

void bind_options(py::module_& m) {
    Record<CompositeOptions>(m, "CompositeOptions", Record<CompositeOptions>::Kind::option,
                             "How samples are dropped, and one is made of the others.", 1)
        .field("rule", &CompositeOptions::rule, "'luminance', 'quantile', 'medoid', 'geomedian', 'mean' or 'count'.")
        .field("quantile", &CompositeOptions::quantile, "Of the rule 'quantile', 0 to 1; 0.5 is the median.")
        .field("nodata", &CompositeOptions::nodata,
               "Samples with this value in any band are dropped; 'auto': the dataset's own, 0 where it has none; None: "
               "none are.")
        .field("saturation", &CompositeOptions::saturation, "As nodata; 'auto': 255 for uint8, none for other types.")
        .field("geomedian_iterations", &CompositeOptions::geomedian_iterations, "Steps of a geomedian at most.")
        .field("geomedian_tolerance", &CompositeOptions::geomedian_tolerance,
               "A step shorter than this is the last, in units of the samples.")
        .finish();
    Record<StackOptions>(m, "StackOptions", Record<StackOptions>::Kind::option,
                         "How datasets are opened and brought together.")
        .field("masks", &StackOptions::masks, "One a dataset, or none: bands of uint8 that hide samples.")
        .field("hidden_classes", &StackOptions::hidden_classes, "Values of those masks that hide a sample.")
        .field("align", &StackOptions::align, "Warp what lies differently onto the first dataset.")
        .field("resampling", &StackOptions::resampling, "When warping: 'nearest', 'bilinear', 'cubic', 'average'.")
        .field("skip_bad", &StackOptions::skip_bad, "Datasets that may be unreadable.")
        .field("open", &StackOptions::open, "What to refuse.")
        .finish();
    Record<CogOptions>(m, "CogOptions", Record<CogOptions>::Kind::option, "How a COG is written.")
        .field("jpeg_quality", &CogOptions::jpeg_quality, "1 to 100 for JPEG, which loses; 0 for DEFLATE.")
        .field("block_px", &CogOptions::block_px, "Side of a block.")
        .field("nearest_overviews", &CogOptions::nearest_overviews,
               "Overviews show one of the samples that they stand for, not their average.")
        .finish();
    Record<CompositeFiles>(m, "CompositeFiles", Record<CompositeFiles>::Kind::option,
                           "What is written beside a composite, and how.")
        .field("counts", &CompositeFiles::counts, "<stem>_count.tif: how many samples counted.")
        .field("datasets", &CompositeFiles::datasets, "<stem>_dataset.tif: which dataset was chosen.")
        .field("cog", &CompositeFiles::cog, "Of the image.")
        .finish();
}

void bind_results(py::module_& m) {
    Record<SkippedDataset>(m, "SkippedDataset", Record<SkippedDataset>::Kind::result,
                           "A dataset that was left out because it could not be read.")
        .field("number", &SkippedDataset::number, "In the list of datasets, from 0.")
        .field("path", &SkippedDataset::path, "The dataset.")
        .field("reason", &SkippedDataset::reason, "Why.")
        .finish();
    Record<WrittenComposite>(m, "WrittenComposite", Record<WrittenComposite>::Kind::result,
                             "A composite that was written.")
        .field("skipped", &WrittenComposite::skipped, "It was there already.")
        .field("path", &WrittenComposite::path, "The image.")
        .field("size_bytes", &WrittenComposite::size_bytes, "Of all files.")
        .field("void_pixels", &WrittenComposite::void_pixels, "Of which no sample was left.")
        .field("skipped_datasets", &WrittenComposite::skipped_datasets, "Those that could not be read.")
        .finish();
}

// Runs on all processors, more threads where datasets lie on other machines; tells `on_progress` on every tick, so that
// it can stop the call at any time by raising.
template <typename Body>
auto run_on_datasets(const Paths& datasets, int workers, const py::object& on_progress, Body body) {
    const int processors = workers > 0 ? workers : available_processors();
    const bool waits = std::any_of(datasets.begin(), datasets.end(), [](const auto& path) { return is_remote(path); });
    std::atomic<std::int64_t> bytes = 0;
    std::function<void()> on_tick;
    if (!on_progress.is_none()) on_tick = [&] { on_progress(bytes.load(std::memory_order_relaxed)); };
    return run_interruptible(
        processors, std::move(body), on_tick,
        [&](std::int64_t count) { bytes.fetch_add(count, std::memory_order_relaxed); },
        waits ? processors * io_threads_a_processor : processors);
}

Window window_or_all(const std::optional<Window>& window, const DatasetStack& stack) {
    const auto size = stack.info().size;
    return window.value_or(Window{0, 0, size.width_px, size.height_px});
}

py::tuple composite(const Paths& datasets, const std::optional<Window>& window, const CompositeOptions& options,
                    const StackOptions& stack_options, std::int64_t memory_bytes, int workers,
                    const py::object& on_progress) {
    const auto made = run_on_datasets(datasets, workers, on_progress, [&](const RunContext& context) {
        const DatasetStack stack(datasets, stack_options, context);
        return composite_window(stack, window_or_all(window, stack), options, memory_bytes, context);
    });
    py::object chosen = py::none();
    if (made.datasets.bands() > 0) chosen = array_of(made.datasets);
    return py::make_tuple(array_of(made.image), array_of(made.mask), array_of(made.counts), chosen, made.info,
                          Convert<std::vector<SkippedDataset>>::to_python(made.skipped));
}

WrittenComposite write(const std::filesystem::path& target, const Paths& datasets, const std::optional<Window>& window,
                       const CompositeOptions& options, const StackOptions& stack_options, const CompositeFiles& files,
                       std::int64_t memory_bytes, int workers, const py::object& on_progress) {
    return run_on_datasets(datasets, workers, on_progress, [&](const RunContext& context) {
        const DatasetStack stack(datasets, stack_options, context);
        return write_composite(target, stack, window_or_all(window, stack), options, files, memory_bytes, context);
    });
}

}  // namespace

void bind_composite(py::module_& m) {
    bind_options(m);
    bind_results(m);
    m.def("composite", &composite, py::arg("datasets"), py::arg("window"), py::arg("options"), py::arg("stack"),
          py::arg("memory_bytes"), py::arg("workers"), py::arg("on_progress"),
          "Composes a window: image, mask, counts, datasets, info, skipped.");
    m.def("write_composite", &write, py::arg("target"), py::arg("datasets"), py::arg("window"), py::arg("options"),
          py::arg("stack"), py::arg("files"), py::arg("memory_bytes"), py::arg("workers"), py::arg("on_progress"),
          "Composes a window and writes it.");
}

}  // namespace tilewright::python
