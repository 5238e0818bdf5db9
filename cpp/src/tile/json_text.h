// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

namespace tilewright::inline v0_1 {

/// Keys keep the order they were put in.
using Json = nlohmann::ordered_json;

/// JSON text for people and programs: two blanks a level, short arrays of numbers on one line, a newline at
/// the end. Every string in `value` must be UTF-8 (see text_json).
std::string json_text(const Json& value);

/// Any bytes as JSON without loss: UTF-8 as a string, other bytes as {"latin1": "..."}, one code point a byte.
Json text_json(std::string_view text);

/// A number that reads back the same; what JSON has no number for becomes "nan", "inf" or "-inf".
Json number_json(double value);

}  // namespace tilewright::inline v0_1
