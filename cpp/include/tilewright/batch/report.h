// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "tilewright/batch/task.h"

#pragma GCC visibility push(default)
namespace tilewright::inline v0_1 {

/// What a batch did, as batch_report.json and batch_state.json tell it.
///
/// Everything found is counted: found = done + skipped + failed + cancelled.
struct BatchReport {
    std::vector<Outcome> outcomes;
    std::int64_t folders_skipped = 0;
    std::vector<std::pair<std::string, std::string>> skipped_folders;  ///< relative path, reason
    std::int64_t other_files = 0;  ///< found beside the sources, of no kind that the job takes
    double started_at_s = 0;       ///< seconds since 1970-01-01 UTC
    double seconds = 0;
    std::int64_t source_bytes = 0;          ///< of the tasks done
    std::string outputs = "slices";         ///< what the tasks write, in the plural: "slices", "chips", "thumbnails"
    std::string configuration_json = "{}";  ///< the job's fields, for `configuration` and `config`
    bool interrupted = false;
    std::int64_t shards = 1;                   ///< how many workers share the plan, where the report is theirs together
    std::vector<std::int64_t> missing_shards;  ///< workers that have not begun: what they would find is not counted
    std::string details_json;  ///< what else the job counts, as a JSON object, for `details`; empty: no such key

    std::int64_t count(TaskStatus status) const noexcept;
    std::int64_t raw_bytes() const noexcept;
    std::int64_t written_bytes() const noexcept;
    double images_per_hour() const noexcept;  ///< of the tasks done; 0 if none
};

/// The text of batch_report.json: the original tool's keys, and ours.
std::string report_text(const BatchReport& report);

/// Writes batch_report.json into `folder`, atomically. @throws Error as AtomicFile
void write_report(const BatchReport& report, const std::filesystem::path& folder);

/// What a batch_report.json says, outcomes and all. @throws Error not_found, permission, io; corrupt, with the reason,
/// if it is no report
BatchReport read_report(const std::filesystem::path& folder);

/// Writes batch_state.json: the original's keys; `processed` are the keys of all tasks ever done and not undone since.
void write_state(const BatchReport& report, const std::vector<std::string>& processed,
                 const std::filesystem::path& folder);

/// `processed_files` of a batch_state.json; empty if there is none or it cannot be read.
std::vector<std::string> read_processed(const std::filesystem::path& folder);

}  // namespace tilewright::inline v0_1
#pragma GCC visibility pop
