// SPDX-License-Identifier: Apache-2.0
// Enums are plain strings in Python ("auto", "fast", ...), the same that manifests and the command line use.
#pragma once

#include <pybind11/pybind11.h>

#include <string>
#include <string_view>

#include "convert.h"

namespace tilewright::python {

template <typename Enum>
std::string_view text_of(Enum value) {
    return name(value);
}

/// Converts by name(), unless another function is given, and by a parse function, whose error names the text and the
/// choices.
template <typename Enum, Enum (*parse)(std::string_view), std::string_view (*text)(Enum) = &text_of<Enum>>
struct EnumCaster {
    PYBIND11_TYPE_CASTER(Enum, pybind11::detail::const_name("str"));

    bool load(pybind11::handle source, bool) {
        if (!PyUnicode_Check(source.ptr())) return false;
        value = parse(text_from_python(source));
        return true;
    }
    static pybind11::handle cast(Enum source, pybind11::return_value_policy, pybind11::handle) {
        return text_to_python(text(source)).release();
    }
};

}  // namespace tilewright::python
