// SPDX-License-Identifier: Apache-2.0
#include <array>
#include <cstddef>
#include <cstdint>
#include <string>

#include "tilewright/storage/file.h"

namespace tilewright::inline v0_1 {
namespace {

// Length of the UTF-8 sequence at `at`, 0 if the bytes there are none (RFC 3629: no surrogates, no overlong forms).
std::size_t sequence_length(std::string_view text, std::size_t at) {
    const auto byte = [&](std::size_t i) { return static_cast<std::uint8_t>(text[at + i]); };
    const auto continues = [&](std::size_t i) { return at + i < text.size() && (byte(i) & 0xC0U) == 0x80U; };
    const auto first = byte(0);
    if (first < 0x80) return 1;
    if (first >= 0xC2 && first <= 0xDF) return continues(1) ? 2 : 0;
    if (first >= 0xE0 && first <= 0xEF) {
        if (!continues(1) || !continues(2)) return 0;
        if (first == 0xE0 && byte(1) < 0xA0) return 0;
        if (first == 0xED && byte(1) > 0x9F) return 0;
        return 3;
    }
    if (first >= 0xF0 && first <= 0xF4) {
        if (!continues(1) || !continues(2) || !continues(3)) return 0;
        if (first == 0xF0 && byte(1) < 0x90) return 0;
        if (first == 0xF4 && byte(1) > 0x8F) return 0;
        return 4;
    }
    return 0;
}

}  // namespace

std::string path_text(const std::filesystem::path& path) {
    static constexpr std::array<char, 17> digits{"0123456789abcdef"};
    const std::string& raw = path.native();
    std::string text;
    text.reserve(raw.size());
    for (std::size_t at = 0; at < raw.size();) {
        const auto length = sequence_length(raw, at);
        if (length > 0) {
            text.append(raw, at, length);
            at += length;
            continue;
        }
        const auto byte = static_cast<std::uint8_t>(raw[at++]);
        text += "\\x";
        text += digits[byte >> 4U];
        text += digits[byte & 15U];
    }
    return text;
}

}  // namespace tilewright::inline v0_1
