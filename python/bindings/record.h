// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pybind11/pybind11.h>

#include <concepts>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "convert.h"

namespace tilewright::python {

/// Binds a plain struct of C++ as Python knows records: keyword constructor with the struct's own defaults, fields,
/// repr, ==, to_dict(), replace(), pickling. The fields are listed once; what a default is stays in C++.
template <typename T>
class Record {
public:
    enum class Kind {
        option,  ///< made and changed in Python
        value,   ///< made in Python, never changed; hashable where its fields are
        result,  ///< made by the library only
    };

    /// @param positional  how many fields the constructor takes by position
    /// @param required  how many of these have no default
    Record(pybind11::module_& m, const char* name, Kind kind, const char* doc, std::size_t positional = 0,
           std::size_t required = 0)
        : shape_(std::make_shared<Shape>(Shape{name, positional, required, {}})), kind_(kind), class_(m, name, doc) {}

    template <typename F>
    Record& field(const char* name, F T::*member, const char* doc) {
        Field field{name, [member](const T& record) { return Convert<F>::to_python(record.*member); },
                    [member, name, shape = shape_.get()](T& record, pybind11::handle value) {
                        try {
                            record.*member = Convert<F>::from_python(value);
                        } catch (const pybind11::cast_error&) {
                            throw pybind11::type_error(shape->name + "." + name + " cannot be " +
                                                       std::string(pybind11::repr(value)) + " (" +
                                                       std::string(pybind11::str(pybind11::type::of(value))) + ")");
                        }
                    }};
        if (kind_ == Kind::option) {
            class_.def_property(
                name, field.get, [set = field.set](T& record, const pybind11::object& value) { set(record, value); },
                doc);
        } else {
            class_.def_property_readonly(name, field.get, doc);
        }
        shape_->fields.push_back(std::move(field));
        return *this;
    }

    /// A field that is not as it lies in the struct.
    Record& field(const char* name, std::function<pybind11::object(const T&)> get,
                  std::function<void(T&, pybind11::handle)> set, const char* doc) {
        class_.def_property_readonly(name, get, doc);
        shape_->fields.push_back({name, std::move(get), std::move(set)});
        return *this;
    }

    /// Ends the list of fields.
    /// @param after  called with each record made in Python
    /// @param text  for records that are files too: their JSON, which to_json() and to_dict() then give
    pybind11::class_<T>& finish(std::function<void(T&)> after = {}, std::function<std::string(const T&)> text = {}) {
        namespace py = pybind11;
        const auto shape = shape_;
        if (kind_ != Kind::result) {
            class_.def(py::init([shape, after](const py::args& args, const py::kwargs& kwargs) {
                T record = shape->make(args, kwargs);
                if (after) after(record);
                return record;
            }));
            class_.def(
                "replace",
                [shape, after](const T& record, const py::kwargs& changes) {
                    T changed = record;
                    shape->update(changed, changes);
                    if (after) after(changed);
                    return changed;
                },
                "A copy with some fields changed.");
            class_.attr("__match_args__") = shape->names(shape->positional);
        }
        if (text) {
            class_.def(
                "to_json", [text](const T& record) { return text_to_python(text(record)); }, "The text of its file.");
            class_.def(
                "to_dict",
                [text](const T& record) -> py::object {
                    return py::module_::import("json").attr("loads")(text_to_python(text(record)));
                },
                "What its file holds.");
        } else {
            class_.def(
                "to_dict", [shape](const T& record) { return shape->state(record); }, "The fields by name.");
        }
        class_.def("__repr__", [shape](const T& record) { return shape->repr(record); });
        class_.def("__eq__", [shape](const T& a, const py::object& other) -> py::object {
            if (!py::isinstance<T>(other)) return py::reinterpret_borrow<py::object>(Py_NotImplemented);
            const auto& b = other.cast<const T&>();
            if constexpr (std::equality_comparable<T>) {
                return py::bool_(a == b);
            } else {  // by their text, where NaN equals NaN
                return py::bool_(shape->repr(a).equal(shape->repr(b)));
            }
        });
        if (kind_ == Kind::value) {
            class_.def("__hash__", [shape](const T& record) { return py::hash(py::str(shape->repr(record))); });
        } else {
            class_.attr("__hash__") = py::none();
        }
        class_.def(py::pickle([shape](const T& record) { return shape->state(record); },
                              [shape](const py::dict& state) {
                                  T record{};
                                  shape->update(record, state);
                                  return record;
                              }));
        return class_;
    }

private:
    struct Field {
        std::string name;
        std::function<pybind11::object(const T&)> get;
        std::function<void(T&, pybind11::handle)> set;
    };
    struct Shape {
        std::string name;
        std::size_t positional;
        std::size_t required;
        std::vector<Field> fields;

        T make(const pybind11::args& args, const pybind11::kwargs& kwargs) const {
            if (args.size() > positional) {
                throw pybind11::type_error(name + "() takes at most " + std::to_string(positional) +
                                           " positional arguments, the rest by name");
            }
            T record{};
            for (std::size_t i = 0; i < required; ++i) {
                if (i >= args.size() && !kwargs.contains(fields[i].name.c_str())) {
                    throw pybind11::type_error(name + "() needs '" + fields[i].name + "'");
                }
            }
            for (std::size_t i = 0; i < args.size(); ++i) {
                if (kwargs.contains(fields[i].name.c_str())) {
                    throw pybind11::type_error(name + "() got '" + fields[i].name + "' twice");
                }
                fields[i].set(record, args[i]);
            }
            update(record, kwargs);
            return record;
        }
        void update(T& record, const pybind11::dict& values) const {
            for (const auto& [key, value] : values) {
                const auto text = text_from_python(key);
                const Field* found = nullptr;
                for (const auto& field : fields) {
                    if (field.name == text) found = &field;
                }
                if (found == nullptr) throw pybind11::type_error(name + " has no field '" + text + "'");
                found->set(record, value);
            }
        }
        pybind11::dict state(const T& record) const {
            pybind11::dict values;
            for (const auto& field : fields) values[text_to_python(field.name)] = field.get(record);
            return values;
        }
        // As a str: text in a record may hold bytes that are not UTF-8.
        pybind11::str repr(const T& record) const {
            pybind11::list parts;
            for (const auto& field : fields) {
                parts.append(text_to_python(field.name + "=") + pybind11::str(pybind11::repr(field.get(record))));
            }
            const auto joined = pybind11::str(", ").attr("join")(parts);
            return text_to_python(name + "(") + pybind11::str(joined) + pybind11::str(")");
        }
        pybind11::tuple names(std::size_t count) const {
            pybind11::tuple result(count);
            for (std::size_t i = 0; i < count; ++i) result[i] = text_to_python(fields[i].name);
            return result;
        }
    };

    std::shared_ptr<Shape> shape_;
    Kind kind_;
    pybind11::class_<T> class_;
};

}  // namespace tilewright::python
