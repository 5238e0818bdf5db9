// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>

namespace tilewright::inline v0_1 {

/// A part of a JSON document that nobody may trust, with the way to it ("slices[3].x"): every reading says what it
/// expects, and what is otherwise is an Error corrupt that names the file and the key.
///
/// Borrows the document.
class JsonPart {
public:
    /// @param document  must outlive this and all parts taken from it
    /// @param file  named in errors
    JsonPart(const nlohmann::json& document, std::string file) : value_(&document), file_(std::move(file)) {}

    JsonPart at(const std::string& key) const;                   ///< a key that must be there
    std::optional<JsonPart> find(const std::string& key) const;  ///< nothing if it is absent or null
    std::size_t size() const;                                    ///< of an array
    JsonPart at(std::size_t index) const;

    std::int64_t integer(std::int64_t least, std::int64_t most) const;
    double number() const;     ///< "nan", "inf" and "-inf" too
    std::string text() const;  ///< see text_json
    std::string word() const;  ///< a plain string
    bool boolean() const;
    bool is_string() const noexcept { return value_->is_string(); }
    const nlohmann::json& value() const noexcept { return *value_; }

    /// @throws Error corrupt: "<path>: <what is wrong>"
    [[noreturn]] void fail(const std::string& message) const;

private:
    JsonPart(const nlohmann::json& value, std::string file, std::string path)
        : value_(&value), file_(std::move(file)), path_(std::move(path)) {}

    const nlohmann::json* value_;
    std::string file_;
    std::string path_;
};

/// Parses text nobody may trust. @throws Error corrupt if it is no JSON, not UTF-8 or nested too deeply
nlohmann::json parse_json(std::string_view text, const std::string& file);

}  // namespace tilewright::inline v0_1
