// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pybind11/pybind11.h>

#include "tilewright/core/error.h"

namespace tilewright::python {

/// The instance of the class in tilewright.errors that stands for the error's code, `.where` and `.transient` set.
pybind11::object exception_of(const Error& error);

/// The error that such an instance tells; the inverse of exception_of.
Error error_of(pybind11::handle exception);

}  // namespace tilewright::python
