// SPDX-License-Identifier: Apache-2.0
#include <cstddef>
#include <cstdint>

#include "jobs/output_folders.h"

namespace tilewright::inline v0_1 {
namespace {

// The lower-case form of a letter of a two-byte UTF-8 sequence (U+0080 to U+07FF). The tables of the C library depend
// on the machine's locale, and a plan must not.
char32_t lower_case(char32_t c) noexcept {
    if (c >= 0xC0 && c <= 0xDE && c != 0xD7) return c + 32;
    if (c == 0x178) return 0xFF;
    if ((c >= 0x139 && c <= 0x148) || (c >= 0x179 && c <= 0x17E)) return c + c % 2;
    if (c >= 0x100 && c <= 0x177 && c != 0x130 && c != 0x131 && c != 0x138) return c | 1U;
    if (c == 0x386) return 0x3AC;
    if (c >= 0x388 && c <= 0x38A) return c + 37;
    if (c == 0x38C) return 0x3CC;
    if (c == 0x38E || c == 0x38F) return c + 63;
    if (c >= 0x391 && c <= 0x3AB && c != 0x3A2) return c + 32;
    if (c == 0x3C2) return 0x3C3;
    if (c >= 0x400 && c <= 0x40F) return c + 80;
    if (c >= 0x410 && c <= 0x42F) return c + 32;
    if ((c >= 0x460 && c <= 0x481) || (c >= 0x48A && c <= 0x4BF) || (c >= 0x4D0 && c <= 0x52F)) return c | 1U;
    if (c >= 0x4C1 && c <= 0x4CE) return c + c % 2;
    return c;
}

}  // namespace

std::string folded_case(const std::string& text) {
    std::string folded;
    folded.reserve(text.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
        const auto byte = static_cast<unsigned char>(text[i]);
        const auto next = i + 1 < text.size() ? static_cast<unsigned char>(text[i + 1]) : 0U;
        if (byte >= 'A' && byte <= 'Z') {
            folded += static_cast<char>(byte + 32);
        } else if (byte >= 0xC2 && byte <= 0xDF && (next & 0xC0U) == 0x80) {
            const auto c = lower_case(((byte & 0x1FU) << 6U) | (next & 0x3FU));
            folded += static_cast<char>(0xC0U | (c >> 6U));
            folded += static_cast<char>(0x80U | (c & 0x3FU));
            ++i;
        } else {
            folded += text[i];
        }
    }
    return folded;
}

}  // namespace tilewright::inline v0_1
