// SPDX-License-Identifier: Apache-2.0
// How values cross between C++ and Python where pybind11's own way would lose or refuse something.
#pragma once

#include <pybind11/pybind11.h>

#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "errors.h"
#include "path_caster.h"

namespace tilewright::python {

/// Bytes that are not UTF-8 (names of files, metadata of old TIFFs) survive as lone surrogates, as in os.fsdecode.
inline pybind11::str text_to_python(std::string_view text) {
    auto* decoded = PyUnicode_DecodeUTF8(text.data(), static_cast<Py_ssize_t>(text.size()), "surrogateescape");
    if (decoded == nullptr) throw pybind11::error_already_set();
    return pybind11::reinterpret_steal<pybind11::str>(decoded);
}

inline std::string text_from_python(pybind11::handle text) {
    if (!PyUnicode_Check(text.ptr())) throw pybind11::cast_error("not a str");
    auto* encoded = PyUnicode_AsEncodedString(text.ptr(), "utf-8", "surrogateescape");
    if (encoded == nullptr) throw pybind11::error_already_set();
    return std::string(pybind11::reinterpret_steal<pybind11::bytes>(encoded));
}

/// Conversion of a field's value: pybind11's way unless a specialisation below knows better.
template <typename T>
struct Convert {
    static pybind11::object to_python(const T& value) { return pybind11::cast(value); }
    static T from_python(pybind11::handle value) { return value.cast<T>(); }
};

template <>
struct Convert<std::string> {
    static pybind11::object to_python(const std::string& value) { return text_to_python(value); }
    static std::string from_python(pybind11::handle value) { return text_from_python(value); }
};

template <>
struct Convert<Error> {
    static pybind11::object to_python(const Error& value) { return exception_of(value); }
    static Error from_python(pybind11::handle value) { return error_of(value); }
};

template <typename T>
struct Convert<std::optional<T>> {
    static pybind11::object to_python(const std::optional<T>& value) {
        return value ? Convert<T>::to_python(*value) : pybind11::none();
    }
    static std::optional<T> from_python(pybind11::handle value) {
        if (value.is_none()) return std::nullopt;
        return Convert<T>::from_python(value);
    }
};

template <typename T>
struct Convert<std::vector<T>> {
    static pybind11::object to_python(const std::vector<T>& values) {
        pybind11::list list(values.size());
        for (std::size_t i = 0; i < values.size(); ++i) list[i] = Convert<T>::to_python(values[i]);
        return list;
    }
    static std::vector<T> from_python(pybind11::handle value) {
        std::vector<T> values;
        if (PyUnicode_Check(value.ptr())) throw pybind11::cast_error("not a list");
        for (const auto item : value) values.push_back(Convert<T>::from_python(item));
        return values;
    }
};

template <typename T, std::size_t count>
struct Convert<std::array<T, count>> {
    static pybind11::object to_python(const std::array<T, count>& values) {
        pybind11::tuple tuple(count);
        for (std::size_t i = 0; i < count; ++i) tuple[i] = Convert<T>::to_python(values[i]);
        return tuple;
    }
    static std::array<T, count> from_python(pybind11::handle value) {
        const auto values = Convert<std::vector<T>>::from_python(value);
        if (values.size() != count) throw pybind11::cast_error("not " + std::to_string(count) + " values");
        std::array<T, count> result{};
        for (std::size_t i = 0; i < count; ++i) result[i] = values[i];
        return result;
    }
};

template <typename A, typename B>
struct Convert<std::pair<A, B>> {
    static pybind11::object to_python(const std::pair<A, B>& value) {
        return pybind11::make_tuple(Convert<A>::to_python(value.first), Convert<B>::to_python(value.second));
    }
    static std::pair<A, B> from_python(pybind11::handle value) {
        const auto pair = value.cast<pybind11::sequence>();
        if (pair.size() != 2) throw pybind11::cast_error("not a pair");
        return {Convert<A>::from_python(pair[0]), Convert<B>::from_python(pair[1])};
    }
};

}  // namespace tilewright::python
