// SPDX-License-Identifier: Apache-2.0
#include "errors.h"

#include <string>

#include "convert.h"

namespace py = pybind11;

namespace tilewright::python {
namespace {

py::object classes_by_code() {
    return py::module_::import("tilewright.errors").attr("BY_CODE");
}

}  // namespace

py::object exception_of(const Error& error) {
    const py::object type = classes_by_code()[py::str(std::string(name(error.code())))];
    return type(text_to_python(error.what()), text_to_python(error.where()), error.transient());
}

Error error_of(py::handle exception) {
    for (int code = 0; code <= static_cast<int>(ErrorCode::internal); ++code) {
        const py::object type = classes_by_code()[py::str(std::string(name(static_cast<ErrorCode>(code))))];
        if (!py::isinstance(exception, type)) continue;
        return {static_cast<ErrorCode>(code), text_from_python(py::str(exception)),
                text_from_python(exception.attr("where")), exception.attr("transient").cast<bool>()};
    }
    throw py::type_error("not a TilewrightError");
}

}  // namespace tilewright::python
