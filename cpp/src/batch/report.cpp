// SPDX-License-Identifier: Apache-2.0
#include "tilewright/batch/report.h"

#include <algorithm>
#include <map>

#include "batch/outcome_json.h"
#include "tilewright/core/version.h"
#include "tilewright/storage/file.h"

namespace tilewright::inline v0_1 {
namespace {

constexpr int schema_version = 1;
constexpr const char* state_name = "batch_state.json";

std::int64_t sum(const BatchReport& report, std::int64_t Outcome::*field) {
    std::int64_t total = 0;
    for (const auto& outcome : report.outcomes) total += outcome.*field;
    return total;
}

std::int64_t total_found(const BatchReport& report) {
    return static_cast<std::int64_t>(report.outcomes.size());
}

Json configuration(const BatchReport& report) {
    const auto json = Json::parse(report.configuration_json, nullptr, false);
    return json.is_object() ? json : Json::object();
}

// The original tool tells each error's full path; the input may be one file, whose key is its name.
std::string input_path(const std::string& input, const std::string& key) {
    if (input.empty()) return key;
    const std::filesystem::path path(input);
    return path.filename() == key ? input : json_text((path / key).native());
}

Json summary(const BatchReport& report) {
    const auto done = report.count(TaskStatus::done);
    std::map<std::string, std::int64_t> reasons;
    for (const auto& outcome : report.outcomes) {
        if (outcome.status == TaskStatus::skipped) ++reasons[json_text(outcome.reason)];
    }
    const auto megabytes = static_cast<double>(report.raw_bytes()) / 1e6;
    Json json = {{"total_images_found", total_found(report)},
                 {"successfully_processed", done},
                 {"skipped", report.count(TaskStatus::skipped)},
                 {"errors", report.count(TaskStatus::failed)},
                 {"folders_skipped", report.folders_skipped},
                 {"total_processing_time", report.seconds},
                 {"average_time_per_image", report.seconds / static_cast<double>(std::max<std::int64_t>(1, done))},
                 {"images_per_hour", report.images_per_hour()},
                 {"cancelled", report.count(TaskStatus::cancelled)},
                 {"skipped_reasons", reasons},
                 {"source_bytes", report.source_bytes},
                 {"raw_bytes", report.raw_bytes()},
                 {"written_bytes", report.written_bytes()},
                 {report.outputs + "_written", sum(report, &Outcome::outputs)},
                 {"throughput_mb_per_s", report.seconds > 0 ? megabytes / report.seconds : 0.0}};
    // Only of jobs that look at files of every kind.
    if (report.other_files > 0) json["other_files"] = report.other_files;
    return json;
}

// One entry a line, written one by one: a batch may hold a million images.
template <typename Entries, typename ToJson>
void append_list(std::string& text, const char* key, const Entries& entries, const ToJson& to_entry) {
    text += ",\n  \"";
    text += key;
    text += "\": [";
    const char* separator = "\n    ";
    for (const auto& entry : entries) {
        const Json json = to_entry(entry);
        if (json.is_null()) continue;
        text += separator;
        text += json.dump();
        separator = ",\n    ";
    }
    text += "\n  ]";
}

}  // namespace

std::int64_t BatchReport::count(TaskStatus status) const noexcept {
    return std::count_if(outcomes.begin(), outcomes.end(), [&](const Outcome& o) { return o.status == status; });
}

std::int64_t BatchReport::raw_bytes() const noexcept {
    return sum(*this, &Outcome::raw_bytes);
}

std::int64_t BatchReport::written_bytes() const noexcept {
    return sum(*this, &Outcome::written_bytes);
}

double BatchReport::images_per_hour() const noexcept {
    return seconds > 0 ? static_cast<double>(count(TaskStatus::done)) / seconds * 3600 : 0;
}

std::string report_text(const BatchReport& report) {
    const auto config = configuration(report);
    const auto input_member = config.find("input_dir");
    const auto input =
        input_member != config.end() && input_member->is_string() ? input_member->get<std::string>() : std::string();

    auto text = Json{{"schema_version", schema_version},  {"tilewright_version", version()},
                     {"interrupted", report.interrupted}, {"outputs", report.outputs},
                     {"batch_summary", summary(report)},  {"configuration", config}}
                    .dump(2);
    text.resize(text.size() - 2);  // The lists go before the end "\n}".
    append_list(text, "errors", report.outcomes, [&](const Outcome& outcome) -> Json {
        if (outcome.status != TaskStatus::failed) return nullptr;
        const auto key = json_text(outcome.key);
        return {{"status", "error"},
                {"input_path", input_path(input, key)},
                {"relative_path", key},
                {"error", json_text(outcome.message)},
                {"error_type", name(outcome.code)},
                {"attempts", outcome.attempts}};
    });
    append_list(text, "images", report.outcomes,
                [](const Outcome& outcome) -> Json { return to_json(outcome, "path"); });
    append_list(text, "skipped_folders", report.skipped_folders, [](const auto& folder) -> Json {
        return {{"path", json_text(folder.first)}, {"reason", json_text(folder.second)}};
    });
    if (report.shards > 1) {
        text += ",\n  \"shards\": " + Json(report.shards).dump();
        text += ",\n  \"missing_shards\": " + Json(report.missing_shards).dump();
    }
    const auto details = Json::parse(report.details_json, nullptr, false);
    if (details.is_object()) text += ",\n  \"details\": " + details.dump();
    text += ",\n  \"started_at\": " + Json(report.started_at_s).dump();
    text += ",\n  \"timestamp\": " + Json(now_s()).dump() + "\n}\n";
    return text;
}

void write_report(const BatchReport& report, const std::filesystem::path& folder) {
    write_text(folder / report_filename, report_text(report));
}

void write_state(const BatchReport& report, const std::vector<std::string>& processed,
                 const std::filesystem::path& folder) {
    auto keys = Json::array();
    for (const auto& key : processed) keys.push_back(json_text(key));
    const Json state{{"schema_version", schema_version},
                     {"tilewright_version", version()},
                     {"processed_files", std::move(keys)},
                     {"stats",
                      {{"total_found", total_found(report)},
                       {"processed", report.count(TaskStatus::done)},
                       {"skipped", report.count(TaskStatus::skipped)},
                       {"errors", report.count(TaskStatus::failed)},
                       {"folders_skipped", report.folders_skipped},
                       {"start_time", report.started_at_s},
                       {"end_time", report.started_at_s + report.seconds},
                       {"cancelled", report.count(TaskStatus::cancelled)},
                       {"interrupted", report.interrupted}}},
                     {"config", configuration(report)},
                     {"timestamp", now_s()}};
    write_text(folder / state_name, state.dump(2) + "\n");
}

std::vector<std::string> read_processed(const std::filesystem::path& folder) {
    std::string text;
    try {
        text = read_text(folder / state_name);
    } catch (const Error&) {
        return {};
    }
    const auto state = Json::parse(text, nullptr, false);
    if (!state.is_object()) return {};
    const auto files = state.find("processed_files");
    if (files == state.end() || !files->is_array()) return {};
    std::vector<std::string> processed;
    for (const auto& key : *files) {
        if (key.is_string()) processed.push_back(key.get<std::string>());
    }
    return processed;
}

}  // namespace tilewright::inline v0_1
