// SPDX-License-Identifier: Apache-2.0
#include "jobs/batch_log.h"

#include <array>
#include <chrono>
#include <cstdio>
#include <ctime>
#include <utility>

#include "tilewright/core/error.h"

namespace tilewright::inline v0_1 {
namespace {

std::string local_time_text() {
    const auto now = std::chrono::system_clock::now();
    const auto milliseconds =
        std::chrono::duration_cast<std::chrono::milliseconds>(now.time_since_epoch()).count() % 1000;
    const std::time_t seconds = std::chrono::system_clock::to_time_t(now);
    std::tm parts{};
    localtime_r(&seconds, &parts);
    std::array<char, 32> text{};
    const auto length = std::strftime(text.data(), text.size(), "%Y-%m-%d %H:%M:%S", &parts);
    std::snprintf(text.data() + length, text.size() - length, ",%03d", static_cast<int>(milliseconds));
    return text.data();
}

}  // namespace

std::string on_one_line(const std::string& message) {
    std::string line;
    line.reserve(message.size());
    for (const char c : message) {
        const auto byte = static_cast<unsigned char>(c);
        if (c == '\n') {
            line += "\\n";
        } else if (c == '\t') {
            line += "\\t";
        } else if (byte < 0x20 || byte == 0x7F) {
            constexpr const char* digits = "0123456789abcdef";
            line += {'\\', 'x', digits[byte >> 4U], digits[byte & 15U]};
        } else {
            line += c;
        }
    }
    return line;
}

BatchLog::BatchLog(const std::filesystem::path& folder, LogLevel level, LogSink sink)
    : level_(level), sink_(std::move(sink)), file_(folder / filename) {}

void BatchLog::write(LogLevel level, const std::string& message, const std::string& task) {
    if (level < level_) return;
    bool lost_first_line = false;
    {
        const std::lock_guard lock(mutex_);
        try {
            file_.append(local_time_text() + " - " + std::string(name(level)) + " - " + on_one_line(message));
        } catch (const Error&) {
            lost_first_line = !std::exchange(lost_lines_, true);
        }
    }
    if (!sink_) return;
    if (lost_first_line) sink_(LogLevel::warning, "batch_processing.log cannot be written; lines of it are lost", {});
    sink_(level, message, task);
}

}  // namespace tilewright::inline v0_1
