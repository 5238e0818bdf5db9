// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <mutex>
#include <string>

#include "tilewright/core/log.h"
#include "tilewright/storage/append_file.h"

namespace tilewright::inline v0_1 {

/// What a batch says, appended to batch_processing.log and handed to a sink: "2026-03-01 14:05:09,123 - INFO - ...".
///
/// Messages below the level are dropped. A full disk costs lines of the log, never the batch; the sink is told once.
/// Safe from any thread.
class BatchLog {
public:
    static constexpr const char* filename = "batch_processing.log";

    /// @throws Error permission, not_found, io or resource if the file cannot be opened
    BatchLog(const std::filesystem::path& folder, LogLevel level, LogSink sink);

    /// @param task  key of the task whose end is told; empty for what is told of the run
    void write(LogLevel level, const std::string& message, const std::string& task = {});

    /// As AppendFile::flush. @throws Error as that
    void flush() { file_.flush(); }

private:
    const LogLevel level_;
    const LogSink sink_;
    std::mutex mutex_;
    AppendFile file_;
    bool lost_lines_ = false;
};

/// A message on one line: control characters, as file names may hold them, become \n, \t or \xNN.
std::string on_one_line(const std::string& message);

}  // namespace tilewright::inline v0_1
