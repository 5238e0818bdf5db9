// SPDX-License-Identifier: Apache-2.0
#include "jobs/strict_json.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "tilewright/core/error.h"
#include "tilewright/storage/file.h"

namespace tilewright::inline v0_1 {
namespace {

using Json = nlohmann::ordered_json;

}  // namespace

void StrictJson::fail(const std::string& message) const {
    throw Error(ErrorCode::invalid_argument,
                "is no task of this job: " + (way_.empty() ? message : way_ + ": " + message), "task");
}

StrictJson StrictJson::at(const std::string& key) const {
    if (!value_->is_object()) fail("expected an object");
    const auto found = value_->find(key);
    if (found == value_->end()) fail("the key \"" + key + "\" is missing");
    return {*found, way_.empty() ? key : way_ + "." + key};
}

StrictJson StrictJson::at(std::size_t index) const {
    return {(*value_)[index], way_ + "[" + std::to_string(index) + "]"};
}

std::size_t StrictJson::size() const {
    if (!value_->is_array()) fail("expected an array");
    return value_->size();
}

void StrictJson::require_keys(std::initializer_list<std::string_view> known) const {
    if (!value_->is_object()) fail("expected an object");
    for (const auto& item : value_->items()) {
        if (std::find(known.begin(), known.end(), item.key()) == known.end()) {
            fail("the key " + Json(item.key()).dump() + " is unknown");
        }
    }
}

std::int64_t StrictJson::integer(std::int64_t least, std::int64_t most) const {
    const bool too_large = value_->is_number_unsigned() &&
                           value_->get<std::uint64_t>() > std::uint64_t{std::numeric_limits<std::int64_t>::max()};
    if (!value_->is_number_integer() || too_large || value_->get<std::int64_t>() < least ||
        value_->get<std::int64_t>() > most) {
        fail("expected a whole number from " + std::to_string(least) + " to " + std::to_string(most));
    }
    return value_->get<std::int64_t>();
}

bool StrictJson::boolean() const {
    if (!value_->is_boolean()) fail("expected true or false");
    return value_->get<bool>();
}

std::string StrictJson::text() const {
    if (!value_->is_string()) fail("expected a text");
    return value_->get<std::string>();
}

std::filesystem::path StrictJson::path() const {
    if (!value_->is_array()) return text();
    constexpr std::int64_t largest_byte = 255;
    std::string bytes;
    for (std::size_t i = 0; i < value_->size(); ++i) bytes += static_cast<char>(at(i).integer(0, largest_byte));
    return bytes;
}

Json path_json(const std::filesystem::path& path) {
    // path_text changes what is not UTF-8 and nothing else.
    if (auto text = path_text(path); text == path.native()) return text;
    auto bytes = Json::array();
    for (const char c : path.native()) bytes.push_back(static_cast<unsigned char>(c));
    return bytes;
}

}  // namespace tilewright::inline v0_1
