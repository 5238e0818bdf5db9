// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <optional>
#include <string>
#include <vector>

#include "tilewright/core/error.h"

namespace tilewright::inline v0_1 {

/// While it lives, GDAL's messages on this thread are kept instead of printed, and GDAL starts no threads of its own.
///
/// Scopes nest; each belongs to the thread that made it.
class GdalScope {
public:
    GdalScope();
    ~GdalScope();
    GdalScope(const GdalScope&) = delete;
    GdalScope& operator=(const GdalScope&) = delete;

    /// Forgets what was said so far.
    void clear() { messages_.clear(); }

    /// Throws what GDAL said last to explain a failure; with `otherwise` as the code where the message does not tell.
    /// @param doing  what failed, as a person would say it: "cannot be opened"
    [[noreturn]] void raise(ErrorCode otherwise, const std::string& doing, const std::string& where) const;

    /// Throws if GDAL said that anything failed, though its call came back as if nothing had.
    void raise_if_failed(ErrorCode otherwise, const std::string& doing, const std::string& where) const;

    /// Throws corrupt if GDAL went on after data that it could not decode: it warns, and invents the samples.
    void raise_if_damaged(const std::string& doing, const std::string& where) const;

private:
    struct Message {
        bool is_failure = false;
        int number = 0;
        std::string text;
    };
    struct Setting {
        const char* key = nullptr;
        std::optional<std::string> before;
    };
    static void take(int error_class, int number, const char* text);

    std::vector<Message> messages_;
    std::array<Setting, 2> settings_;
};

/// The code that GDAL's or libtiff's words tell of, `otherwise` if they tell none.
ErrorCode code_of_message(const std::string& message, ErrorCode otherwise);

/// Whether a decoder's warning means that samples are missing or invented.
bool tells_of_damage(const std::string& message);

}  // namespace tilewright::inline v0_1
