// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <string>
#include <string_view>

#pragma GCC visibility push(default)
namespace tilewright::inline v0_1 {

enum class LogLevel { debug, info, warning, error };

/// The name as it stands in logs: "DEBUG", "INFO", "WARNING", "ERROR".
std::string_view name(LogLevel level) noexcept;

/// @throws Error invalid_argument unless `text` is one of the names, in any case
LogLevel parse_log_level(std::string_view text);

/// Where the library's messages go. It never prints by itself; an empty sink drops them. Called from any thread.
///
/// `task` is the key of the task whose end the message tells, empty for what is told of the run.
using LogSink = std::function<void(LogLevel level, const std::string& message, const std::string& task)>;

}  // namespace tilewright::inline v0_1
#pragma GCC visibility pop
