// SPDX-License-Identifier: Apache-2.0
#include "jobs/shards.h"

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <limits>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "jobs/chip_index.h"
#include "jobs/thumbnail_index.h"
#include "tilewright/batch/journal.h"
#include "tilewright/core/error.h"
#include "tilewright/storage/file.h"
#include "tilewright/storage/tree.h"

namespace tilewright::inline v0_1 {
namespace {

namespace fs = std::filesystem;

std::string shard_name(const Shard& shard) {
    char name[64];
    std::snprintf(name, sizeof name, "%04lld-of-%04lld", static_cast<long long>(shard.index),
                  static_cast<long long>(shard.count));
    return name;
}

std::optional<Shard> shard_named(const std::string& text) {
    const auto number = [](std::string_view digits) {
        std::int64_t value = -1;
        std::from_chars(digits.data(), digits.data() + digits.size(), value);
        return value;
    };
    const auto middle = text.find("-of-");
    if (middle == std::string::npos) return std::nullopt;
    const Shard shard{number(std::string_view(text).substr(0, middle)),
                      number(std::string_view(text).substr(middle + 4)), ShardRule::modulo, 0};
    if (shard.index < 0 || shard.index >= shard.count || shard_name(shard) != text) return std::nullopt;
    return shard;
}

std::map<std::int64_t, fs::path> shard_folders(const fs::path& output, std::int64_t& count) {
    std::map<std::int64_t, fs::path> folders;
    const auto shards = output / shards_folder_name;
    for (const auto& folder : list_tree(shards)) {
        const auto shard = shard_named(folder.relative_path.native());
        if (!shard) continue;
        if (!folders.empty() && shard->count != count) {
            throw Error(ErrorCode::corrupt,
                        "holds reports of workers of " + std::to_string(count) + " and of " +
                            std::to_string(shard->count) + "; remove the folders that are of no interest any more",
                        path_text(shards));
        }
        count = shard->count;
        folders.emplace(shard->index, shards / folder.relative_path);
    }
    if (folders.empty()) throw Error(ErrorCode::not_found, "no worker wrote a report there", path_text(shards));
    return folders;
}

// What a worker did in its last run: what it planned is in its report from the beginning, how it ended in the journal.
BatchReport report_of_worker(const fs::path& folder) {
    auto report = read_report(folder);
    std::unordered_map<std::string, Outcome> ended;
    auto outcomes = read_journal(folder / Journal::filename, report.started_at_s);
    for (auto& outcome : outcomes) ended[outcome.key] = std::move(outcome);
    for (auto& outcome : report.outcomes) {
        const auto last = ended.find(outcome.key);
        if (last != ended.end()) outcome = last->second;
    }
    return report;
}

// What reports must agree on to be of one job: rounds of chips share an output folder.
std::string job_of(const BatchReport& report) {
    const auto configuration = nlohmann::json::parse(report.configuration_json, nullptr, false);
    if (!configuration.is_object()) return report.outputs;
    const auto prefix = configuration.find("prefix");
    return prefix == configuration.end() ? report.outputs : report.outputs + " " + prefix->dump();
}

// The reports of the newest job that workers began there, by their numbers. A worker that is still planning, or whose
// last report is of an earlier job, has none.
std::map<std::int64_t, BatchReport> reports_of_workers(const std::map<std::int64_t, fs::path>& folders) {
    std::map<std::int64_t, BatchReport> reports;
    double newest_s = 0;
    std::string newest_job;
    for (const auto& [index, folder] : folders) {
        try {
            auto& report = reports[index] = report_of_worker(folder);
            if (report.started_at_s < newest_s) continue;
            newest_s = report.started_at_s;
            newest_job = job_of(report);
        } catch (const Error& error) {
            if (error.code() != ErrorCode::not_found) throw;
            reports.erase(index);
        }
    }
    std::erase_if(reports, [&](const auto& entry) { return job_of(entry.second) != newest_job; });
    return reports;
}

}  // namespace

fs::path shard_folder(const fs::path& output_dir, const Shard& shard) {
    return shard.count == 1 ? output_dir : output_dir / shards_folder_name / shard_name(shard);
}

std::vector<fs::path> worker_folders(const fs::path& output_dir) {
    std::vector<fs::path> folders;
    const auto shards = output_dir / shards_folder_name;
    if (place_kind(shards) != PlaceKind::folder) return folders;
    for (const auto& folder : list_tree(shards)) {
        if (shard_named(folder.relative_path.native())) folders.push_back(shards / folder.relative_path);
    }
    return folders;
}

void tell_of_shard(const Shard& shard, BatchLog& log) {
    if (shard.count == 1) return;
    log.write(LogLevel::info, "worker " + std::to_string(shard.index) + " of " + std::to_string(shard.count) +
                                  ", counted from 0, by " + std::string(name(shard.rule)) +
                                  (shard.attempt > 0 ? "; attempt " + std::to_string(shard.attempt + 1) : ""));
}

BatchReport merge_shards(const fs::path& output_dir) {
    BatchReport merged;
    auto reports = reports_of_workers(shard_folders(output_dir, merged.shards));
    if (reports.empty()) {
        throw Error(ErrorCode::not_found, "no worker has planned its work yet", path_text(output_dir));
    }
    merged.started_at_s = std::numeric_limits<double>::max();
    double ended_at_s = 0;
    double newest_s = 0;
    for (std::int64_t index = 0; index < merged.shards; ++index) {
        const auto found = reports.find(index);
        if (found == reports.end()) {
            merged.missing_shards.push_back(index);
            continue;
        }
        auto& report = found->second;
        std::move(report.outcomes.begin(), report.outcomes.end(), std::back_inserter(merged.outcomes));
        std::move(report.skipped_folders.begin(), report.skipped_folders.end(),
                  std::back_inserter(merged.skipped_folders));
        merged.source_bytes += report.source_bytes;
        merged.other_files += report.other_files;
        merged.started_at_s = std::min(merged.started_at_s, report.started_at_s);
        ended_at_s = std::max(ended_at_s, report.started_at_s + report.seconds);
        if (report.started_at_s < newest_s) continue;
        newest_s = report.started_at_s;
        merged.configuration_json = report.configuration_json;
        merged.outputs = report.outputs;
    }
    merged.seconds = ended_at_s - merged.started_at_s;
    merged.folders_skipped = static_cast<std::int64_t>(merged.skipped_folders.size());
    merged.interrupted = !merged.missing_shards.empty() || merged.count(TaskStatus::cancelled) > 0;
    // As one worker would have found them.
    std::sort(merged.outcomes.begin(), merged.outcomes.end(),
              [](const auto& a, const auto& b) { return a.key < b.key; });
    std::sort(merged.skipped_folders.begin(), merged.skipped_folders.end());
    if (merged.outputs == chip_outputs) conclude_chips(merged, output_dir);
    if (merged.outputs == thumbnail_outputs) merge_thumbnail_indexes(output_dir);
    write_report(merged, output_dir);
    return merged;
}

}  // namespace tilewright::inline v0_1
