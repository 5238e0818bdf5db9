// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

namespace tilewright {

/// The library's version, e.g. "0.1.0"; it stands in the top CMakeLists.txt and nowhere else.
std::string_view version() noexcept;

}  // namespace tilewright
