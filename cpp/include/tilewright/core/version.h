// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

#pragma GCC visibility push(default)
namespace tilewright::inline v0_1 {

/// The library's version, e.g. "0.1.0"; it stands in the top CMakeLists.txt and nowhere else.
std::string_view version() noexcept;

}  // namespace tilewright::inline v0_1
#pragma GCC visibility pop
