// SPDX-License-Identifier: Apache-2.0
#include "tile/json_part.h"

#include <cmath>
#include <limits>
#include <utility>

#include "tilewright/core/error.h"

namespace tilewright::inline v0_1 {
namespace {

// Deeper than anything written; a document made to exhaust the stack ends here.
constexpr int depth_limit = 32;

std::string joined(const std::string& path, const std::string& key) {
    return path.empty() ? key : path + "." + key;
}

}  // namespace

void JsonPart::fail(const std::string& message) const {
    throw Error(ErrorCode::corrupt, path_.empty() ? message : path_ + ": " + message, file_);
}

JsonPart JsonPart::at(const std::string& key) const {
    if (!value_->is_object()) fail("expected an object, found " + std::string(value_->type_name()));
    const auto found = value_->find(key);
    if (found == value_->end()) fail("the key \"" + key + "\" is missing");
    return {*found, file_, joined(path_, key)};
}

std::optional<JsonPart> JsonPart::find(const std::string& key) const {
    if (!value_->is_object()) fail("expected an object, found " + std::string(value_->type_name()));
    const auto found = value_->find(key);
    if (found == value_->end() || found->is_null()) return {};
    return JsonPart{*found, file_, joined(path_, key)};
}

std::size_t JsonPart::size() const {
    if (!value_->is_array()) fail("expected an array, found " + std::string(value_->type_name()));
    return value_->size();
}

JsonPart JsonPart::at(std::size_t index) const {
    if (index >= size()) fail("expected more than " + std::to_string(index) + " items");
    return {(*value_)[index], file_, path_ + "[" + std::to_string(index) + "]"};
}

std::int64_t JsonPart::integer(std::int64_t least, std::int64_t most) const {
    if (!value_->is_number_integer()) fail("expected a whole number, found " + std::string(value_->type_name()));
    const bool too_big = value_->is_number_unsigned() &&
                         value_->get<std::uint64_t>() > std::uint64_t{std::numeric_limits<std::int64_t>::max()};
    const auto value = too_big ? std::numeric_limits<std::int64_t>::max() : value_->get<std::int64_t>();
    if (too_big || value < least || value > most) {
        fail("expected a number from " + std::to_string(least) + " to " + std::to_string(most) + ", found " +
             value_->dump());
    }
    return value;
}

double JsonPart::number() const {
    if (value_->is_number()) return value_->get<double>();
    if (value_->is_string()) {
        const auto& text = value_->get_ref<const std::string&>();
        if (text == "nan") return std::numeric_limits<double>::quiet_NaN();
        if (text == "inf") return std::numeric_limits<double>::infinity();
        if (text == "-inf") return -std::numeric_limits<double>::infinity();
    }
    fail("expected a number");
}

std::string JsonPart::word() const {
    if (!value_->is_string()) fail("expected a text, found " + std::string(value_->type_name()));
    return value_->get<std::string>();
}

std::string JsonPart::text() const {
    if (!value_->is_object()) return word();
    const auto part = at("latin1");
    const auto encoded = part.word();
    std::string bytes;
    for (std::size_t i = 0; i < encoded.size(); ++i) {
        const auto first = static_cast<unsigned char>(encoded[i]);
        if (first < 0x80) {
            bytes += encoded[i];
        } else if ((first == 0xC2 || first == 0xC3) && i + 1 < encoded.size()) {
            // The parser let only valid UTF-8 through, so the second byte is a continuation.
            bytes += static_cast<char>(unsigned{first} << 6U | (static_cast<unsigned char>(encoded[++i]) & 0x3FU));
        } else {
            part.fail("expected code points up to U+00FF");
        }
    }
    return bytes;
}

bool JsonPart::boolean() const {
    if (!value_->is_boolean()) fail("expected true or false, found " + std::string(value_->type_name()));
    return value_->get<bool>();
}

nlohmann::json parse_json(std::string_view text, const std::string& file) {
    const auto bounded = [&](int depth, nlohmann::json::parse_event_t, const nlohmann::json&) {
        if (depth > depth_limit) throw Error(ErrorCode::corrupt, "nested too deeply to be a manifest", file);
        return true;
    };
    try {
        return nlohmann::json::parse(text, bounded);
    } catch (const nlohmann::json::exception& error) {
        throw Error(ErrorCode::corrupt, std::string("no JSON: ") + error.what(), file);
    }
}

}  // namespace tilewright::inline v0_1
