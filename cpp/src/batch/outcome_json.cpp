// SPDX-License-Identifier: Apache-2.0
#include "batch/outcome_json.h"

#include <chrono>

#include "tilewright/storage/file.h"

namespace tilewright::inline v0_1 {
namespace {

template <typename Enum>
std::optional<Enum> named(const Json& json, Enum last) {
    if (!json.is_string()) return std::nullopt;
    for (int i = 0; i <= static_cast<int>(last); ++i) {
        if (json.get_ref<const std::string&>() == name(static_cast<Enum>(i))) return static_cast<Enum>(i);
    }
    return std::nullopt;
}

}  // namespace

std::string json_text(const std::string& text) {
    return path_text(text);
}

double now_s() {
    return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
}

Json to_json(const Outcome& outcome, const char* key) {
    return {{key, json_text(outcome.key)},
            {"status", name(outcome.status)},
            {"reason", json_text(outcome.reason)},
            {"message", json_text(outcome.message)},
            {"code", outcome.status == TaskStatus::failed ? Json(name(outcome.code)) : Json()},
            {"attempts", outcome.attempts},
            {"seconds", outcome.seconds},
            {"raw_bytes", outcome.raw_bytes},
            {"written_bytes", outcome.written_bytes},
            {"outputs", outcome.outputs},
            {"output_folder", json_text(outcome.output_folder)}};
}

std::optional<Outcome> outcome_from(const Json& json, const char* key) {
    if (!json.is_object()) return std::nullopt;
    try {
        Outcome outcome;
        const auto status = named(json.at("status"), TaskStatus::cancelled);
        if (!status) return std::nullopt;
        outcome.status = *status;
        outcome.key = json.at(key).get<std::string>();
        outcome.reason = json.value("reason", "");
        outcome.message = json.value("message", "");
        outcome.code = named(json.value("code", Json()), ErrorCode::internal).value_or(ErrorCode::internal);
        outcome.attempts = json.value("attempts", 0);
        outcome.seconds = json.value("seconds", 0.0);
        outcome.raw_bytes = json.value("raw_bytes", std::int64_t{0});
        outcome.written_bytes = json.value("written_bytes", std::int64_t{0});
        outcome.outputs = json.value("outputs", std::int64_t{0});
        outcome.output_folder = json.value("output_folder", "");
        return outcome;
    } catch (const Json::exception&) {
        return std::nullopt;  // Something is there, but of another type.
    }
}

}  // namespace tilewright::inline v0_1
