// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "tilewright/batch/task.h"

namespace tilewright::inline v0_1 {

using Json = nlohmann::ordered_json;

inline constexpr const char* report_filename = "batch_report.json";

/// A text that JSON can hold: bytes that are not UTF-8 become \xNN.
std::string json_text(const std::string& text);

/// Seconds since 1970-01-01 UTC.
double now_s();

/// The members of an outcome, in the order of the struct, its key under the name `key`; `code` is null unless it
/// failed.
Json to_json(const Outcome& outcome, const char* key);

/// Reads what to_json wrote with that name for the key; nothing if `json` is no outcome.
std::optional<Outcome> outcome_from(const Json& json, const char* key = "key");

}  // namespace tilewright::inline v0_1
