// SPDX-License-Identifier: Apache-2.0
// Enums are plain strings in Python ("auto", "fast", ...), the same that manifests and the command line use.
#pragma once

#include <pybind11/pybind11.h>

#include <string>
#include <string_view>
#include <utility>

#include "convert.h"
#include "tilewright/core/error.h"

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

/// Words of an enum that C++ never writes; specialised with `what` and `words`, an array of pairs.
template <typename Enum>
struct EnumWords;

template <typename Enum>
Enum enum_of_word(std::string_view text) {
    std::string choices;
    for (const auto& [value, word] : EnumWords<Enum>::words) {
        if (word == text) return value;
        choices += (choices.empty() ? "" : ", ") + std::string(word);
    }
    throw Error(ErrorCode::invalid_argument,
                "no " + std::string(EnumWords<Enum>::what) + " \"" + std::string(text) + "\"; choose one of " + choices,
                std::string(text));
}

template <typename Enum>
std::string_view word_of_enum(Enum wanted) {
    for (const auto& [value, word] : EnumWords<Enum>::words) {
        if (value == wanted) return word;
    }
    return {};
}

template <typename Enum>
using WordCaster = EnumCaster<Enum, &enum_of_word<Enum>, &word_of_enum<Enum>>;

}  // namespace tilewright::python
