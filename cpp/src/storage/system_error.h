// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string_view>
#include <system_error>

#include "tilewright/core/error.h"

namespace tilewright::inline v0_1 {

/// What the operating system reported, as an Error: "<path>: cannot <action>: <reason>", with a way out where there is
/// one.
Error system_error(int error_number, std::string_view action, const std::filesystem::path& path);

/// Why nothing is known of what should lie at `path`: that it does not exist, or what stands in the way.
Error unreachable(int error_number, const std::filesystem::path& path);

}  // namespace tilewright::inline v0_1
