// SPDX-License-Identifier: Apache-2.0
#include "tilewright/core/log.h"

#include <algorithm>
#include <cctype>

#include "tilewright/core/error.h"

namespace tilewright::inline v0_1 {

std::string_view name(LogLevel level) noexcept {
    switch (level) {
        case LogLevel::debug: return "DEBUG";
        case LogLevel::info: return "INFO";
        case LogLevel::warning: return "WARNING";
        case LogLevel::error: return "ERROR";
    }
    return "ERROR";
}

LogLevel parse_log_level(std::string_view text) {
    std::string upper(text);
    std::transform(upper.begin(), upper.end(), upper.begin(), [](unsigned char c) { return std::toupper(c); });
    for (const auto level : {LogLevel::debug, LogLevel::info, LogLevel::warning, LogLevel::error}) {
        if (upper == name(level)) return level;
    }
    throw Error(ErrorCode::invalid_argument,
                "no log level \"" + std::string(text) + "\"; choose DEBUG, INFO, WARNING or ERROR");
}

}  // namespace tilewright::inline v0_1
