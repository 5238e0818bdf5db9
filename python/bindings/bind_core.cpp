// SPDX-License-Identifier: Apache-2.0
// Bindings of core/: conversion only, no logic. Long docstrings stand in tilewright/core.py.
#include <pybind11/pybind11.h>

#include <string>

#include "record.h"
#include "tilewright/core/memory.h"
#include "tilewright/core/thread_pool.h"
#include "tilewright/core/window.h"

namespace py = pybind11;

namespace tilewright::python {
namespace {

py::slice slice(std::int64_t start, std::int64_t stop) {
    return {py::int_(start), py::int_(stop), py::none()};
}

}  // namespace

void bind_core(py::module_& m) {
    m.attr("__version__") = TILEWRIGHT_VERSION;

    Record<Size>(m, "Size", Record<Size>::Kind::value, "Width and height in pixels.", 2, 2)
        .field("width_px", &Size::width_px, "Number of columns.")
        .field("height_px", &Size::height_px, "Number of rows.")
        .finish()
        .def("__iter__", [](const Size& s) { return py::iter(py::make_tuple(s.width_px, s.height_px)); });

    Record<Window>(m, "Window", Record<Window>::Kind::value,
                   "A rectangle of pixels, half open, counted from the top left.", 4, 4)
        .field("x_px", &Window::x_px, "First column.")
        .field("y_px", &Window::y_px, "First row.")
        .field("width_px", &Window::width_px, "Number of columns.")
        .field("height_px", &Window::height_px, "Number of rows.")
        .finish()
        .def_property_readonly("x_end", &Window::x_end, "Column after the last.")
        .def_property_readonly("y_end", &Window::y_end, "Row after the last.")
        .def_property_readonly("area", &Window::area, "Number of pixels.")
        .def_property_readonly(
            "slices",
            [](const Window& w) { return py::make_tuple(slice(w.y_px, w.y_end()), slice(w.x_px, w.x_end())); },
            "(rows, columns), so that ``array[(..., *window.slices)]`` is the window's part of a (band, row, column) "
            "array.")
        .def("__iter__",
             [](const Window& w) { return py::iter(py::make_tuple(w.x_px, w.y_px, w.width_px, w.height_px)); });

    m.def("available_processors", &available_processors, "Processors this process may use.");
    m.def("available_memory_bytes", &available_memory_bytes, "Memory this process may use.");
    m.def("default_memory_budget_bytes", &default_memory_budget_bytes, "The budget used unless one is given.");
    m.def(
        "parse_size_bytes", [](const py::str& text) { return parse_size_bytes(text_from_python(text)); },
        py::arg("text"), "Reads a size as people write it.");
    m.def("format_size_bytes", &format_size_bytes, py::arg("size_bytes"), "Writes a size as people read it.");
}

}  // namespace tilewright::python
