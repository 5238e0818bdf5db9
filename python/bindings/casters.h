// SPDX-License-Identifier: Apache-2.0
// The casters of the library's enums. Every file that binds one includes this, so that all see the same.
#pragma once

#include "enum_text.h"
#include "tilewright/layout/layout.h"

namespace pybind11::detail {

template <>
struct type_caster<tilewright::EdgePolicy>
    : tilewright::python::EnumCaster<tilewright::EdgePolicy, &tilewright::parse_edge_policy> {};
template <>
struct type_caster<tilewright::StripDirection>
    : tilewright::python::EnumCaster<tilewright::StripDirection, &tilewright::parse_strip_direction> {};

}  // namespace pybind11::detail
