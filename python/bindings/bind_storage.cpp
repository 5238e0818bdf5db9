// SPDX-License-Identifier: Apache-2.0
// Bindings of storage/: conversion only, no logic.
#include <pybind11/pybind11.h>
#include <pybind11/stl.h>

#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "path_caster.h"
#include "tilewright/storage/file.h"
#include "tilewright/storage/place.h"
#include "tilewright/storage/remove_file.h"
#include "tilewright/storage/tree.h"

namespace py = pybind11;

namespace tilewright::python {

void bind_storage(py::module_& m) {
    m.def("is_url", &is_url, py::arg("place"), "Whether a place lies outside the local file system.");
    m.def("file_exists", &file_exists, py::arg("place"), py::call_guard<py::gil_scoped_release>(),
          "Whether there is a file or object of that name.");
    m.def(
        "folder_names",
        [](const std::filesystem::path& place) {
            const py::gil_scoped_release unlocked;
            std::vector<std::filesystem::path> names;
            if (place_kind(place) != PlaceKind::folder) return names;
            for (const auto& folder : list_tree(place)) {
                const auto& path = folder.relative_path;
                if (!path.empty() && !path.has_parent_path()) names.push_back(path);
            }
            return names;
        },
        py::arg("place"), "The names of the folders in a folder; empty if it is none.");
    m.def(
        "file_names",
        [](const std::filesystem::path& place) {
            const py::gil_scoped_release unlocked;
            std::vector<std::filesystem::path> names;
            if (place_kind(place) != PlaceKind::folder) return names;
            for (const auto& folder : list_tree(place)) {
                if (!folder.relative_path.empty()) continue;
                for (const auto& file : folder.files) names.push_back(file.relative_path.filename());
            }
            return names;
        },
        py::arg("place"), "The names of the files directly in a folder; empty if it is none.");
    m.def(
        "is_folder", [](const std::filesystem::path& place) { return place_kind(place) == PlaceKind::folder; },
        py::arg("place"), py::call_guard<py::gil_scoped_release>(),
        "Whether a place is a folder, or has objects below it.");
    m.def(
        "file_size_bytes", [](const std::filesystem::path& place) { return file_identity(place).size_bytes; },
        py::arg("place"), py::call_guard<py::gil_scoped_release>(), "The size of a file or object.");
    m.def("remove_file", &remove_file, py::arg("place"), py::call_guard<py::gil_scoped_release>(),
          "Removes a file or object; tells whether there was one.");
    m.def(
        "read_bytes",
        [](const std::filesystem::path& place) {
            std::string bytes;
            {
                const py::gil_scoped_release unlocked;
                bytes = read_text(place);
            }
            return py::bytes(bytes);
        },
        py::arg("place"), "Reads a whole file or object.");
    m.def(
        "write_bytes",
        [](const std::filesystem::path& place, const py::bytes& bytes) {
            const std::string_view text = bytes;
            const py::gil_scoped_release unlocked;
            write_text(place, text);
        },
        py::arg("place"), py::arg("bytes"), "Writes a file or object, whole or not at all.");
}

}  // namespace tilewright::python
