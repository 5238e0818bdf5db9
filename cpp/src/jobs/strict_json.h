// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <initializer_list>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <utility>

namespace tilewright::inline v0_1 {

/// A part of a task's text, which may come from anywhere, with the way to it ("header.size[0]"): every reading says
/// what it expects, and what is otherwise is an Error invalid_argument that names it.
///
/// Borrows the document.
class StrictJson {
public:
    explicit StrictJson(const nlohmann::ordered_json& document) : value_(&document) {}

    /// A member that must be there.
    StrictJson at(const std::string& key) const;
    /// An item of an array. @param index  less than size()
    StrictJson at(std::size_t index) const;
    std::size_t size() const;  ///< of an array

    /// Refuses all but an object with no other keys than these: a text of a newer version may mean what this one cannot
    /// do.
    void require_keys(std::initializer_list<std::string_view> known) const;

    std::int64_t integer(std::int64_t least, std::int64_t most) const;
    bool boolean() const;
    std::string text() const;
    std::filesystem::path path() const;  ///< of path_json(), whatever it leads to

    /// @throws Error invalid_argument: "is no task of this job: <way>: <message>"
    [[noreturn]] void fail(const std::string& message) const;

private:
    StrictJson(const nlohmann::ordered_json& value, std::string way) : value_(&value), way_(std::move(way)) {}

    const nlohmann::ordered_json* value_;
    std::string way_;
};

/// A path without loss: a string, or for one that is not UTF-8 an array of its bytes.
nlohmann::ordered_json path_json(const std::filesystem::path& path);

}  // namespace tilewright::inline v0_1
