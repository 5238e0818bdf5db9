// SPDX-License-Identifier: Apache-2.0
// How places cross: any str or os.PathLike comes in; out go pathlib.Path, and tilewright.places.Url for what is no
// path.
#pragma once

#include <pybind11/pybind11.h>

#include <filesystem>

#include "tilewright/storage/place.h"

namespace pybind11::detail {

template <>
struct type_caster<std::filesystem::path> {
    PYBIND11_TYPE_CASTER(std::filesystem::path, const_name("os.PathLike"));

    bool load(handle source, bool) {
        PyObject* bytes = nullptr;
        if (PyUnicode_FSConverter(source.ptr(), &bytes) == 0) {
            PyErr_Clear();
            return false;
        }
        const auto owned = reinterpret_steal<pybind11::bytes>(bytes);
        value = std::string(owned);
        return true;
    }

    static handle cast(const std::filesystem::path& path, return_value_policy, handle) {
        const auto& text = path.native();
        const auto name = reinterpret_steal<object>(
            PyUnicode_DecodeFSDefaultAndSize(text.data(), static_cast<Py_ssize_t>(text.size())));
        if (!name) throw error_already_set();
        const auto type = tilewright::is_url(path) ? module_::import("tilewright.places").attr("Url")
                                                   : module_::import("pathlib").attr("Path");
        return type(name).release();
    }
};

}  // namespace pybind11::detail
