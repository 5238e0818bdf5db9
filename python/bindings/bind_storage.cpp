// SPDX-License-Identifier: Apache-2.0
// Bindings of storage/: conversion only, no logic.
#include <pybind11/pybind11.h>
#include <pybind11/stl.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "interruptible.h"
#include "path_caster.h"
#include "tilewright/core/error.h"
#include "tilewright/storage/copy_file.h"
#include "tilewright/storage/file.h"
#include "tilewright/storage/place.h"
#include "tilewright/storage/random_access_file.h"
#include "tilewright/storage/remove_file.h"
#include "tilewright/storage/tree.h"

namespace py = pybind11;

namespace tilewright::python {
namespace {

// What lies on another machine may be waited for long: Ctrl-C ends that. This machine's files come at once.
template <typename Body>
auto run_for(const std::filesystem::path& place, Body body) {
    if (is_url(place)) {
        return run_interruptible(1, [&](const RunContext&) { return body(); });
    }
    const py::gil_scoped_release unlocked;
    return body();
}

struct PlaceReader {
    std::shared_ptr<RandomAccessFile> file;

    py::bytes read_at(std::int64_t offset, std::int64_t size_bytes) const {
        if (offset < 0 || size_bytes < 0) {
            throw Error(ErrorCode::invalid_argument, "offset and size cannot be negative", path_text(file->place()));
        }
        const auto left = std::max<std::int64_t>(0, file->identity().size_bytes - offset);
        const auto wanted = static_cast<std::size_t>(std::min(size_bytes, left));
        // Read to where they stay: bytes that nobody else has seen yet may still be written.
        auto* bytes = PyBytes_FromStringAndSize(nullptr, static_cast<Py_ssize_t>(wanted));
        if (bytes == nullptr) throw py::error_already_set();
        auto owned = py::reinterpret_steal<py::bytes>(bytes);
        const std::span into(reinterpret_cast<std::byte*>(PyBytes_AS_STRING(bytes)), wanted);
        const auto came =
            run_for(file->place(), [&] { return file->read_at(static_cast<std::uint64_t>(offset), into); });
        if (came == wanted) return owned;
        return py::bytes(PyBytes_AS_STRING(bytes), came);
    }
};

void bind_place_reader(py::module_& m) {
    py::class_<PlaceReader>(m, "PlaceReader",
                            "The bytes of a file or object in any order. Threads may share one; what lies elsewhere "
                            "is asked for in ranges, all of one version.")
        .def(py::init([](const std::filesystem::path& place) {
                 return PlaceReader{run_for(place, [&] { return RandomAccessFile::open(place); })};
             }),
             py::arg("place"))
        .def_property_readonly(
            "size_bytes", [](const PlaceReader& reader) { return reader.file->identity().size_bytes; },
            "Its size when it was opened.")
        .def_property_readonly(
            "mtime_ns", [](const PlaceReader& reader) { return reader.file->identity().mtime_ns; },
            "When it was last changed, nanoseconds since 1970-01-01 UTC.")
        .def("read_at", &PlaceReader::read_at, py::arg("offset"), py::arg("size_bytes"),
             "The bytes from an offset on; fewer only at the end.");
}

}  // namespace

void bind_storage(py::module_& m) {
    bind_place_reader(m);
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
        "copy_file",
        [](const std::filesystem::path& source, const std::filesystem::path& target) {
            return run_interruptible(
                1, [&](const RunContext& context) { return copy_file(source, target, context.stop); });
        },
        py::arg("source"), py::arg("target"),
        "Copies a file or object to any place, whole or not at all; gives its size. Folders are made.");
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
