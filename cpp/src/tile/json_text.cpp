// SPDX-License-Identifier: Apache-2.0
#include "tile/json_text.h"

#include <algorithm>
#include <cmath>
#include <cstddef>

#include "tilewright/storage/file.h"

namespace tilewright::inline v0_1 {
namespace {

bool fits_one_line(const Json& array) {
    return std::all_of(array.begin(), array.end(), [](const Json& item) { return item.is_number(); }) &&
           array.size() <= 16;
}

void append(std::string& text, const Json& value, std::size_t level) {
    if (value.is_primitive() || value.empty()) {
        text += value.dump();
        return;
    }
    const bool object = value.is_object();
    const bool one_line = !object && fits_one_line(value);
    const auto next_line = [&](std::size_t to_level) {
        if (!one_line) text.append(1, '\n').append(2 * to_level, ' ');
    };
    text += object ? '{' : '[';
    bool first = true;
    for (const auto& item : value.items()) {
        if (!first) text += one_line ? ", " : ",";
        first = false;
        next_line(level + 1);
        if (object) text.append(Json(item.key()).dump()).append(": ");
        append(text, item.value(), level + 1);
    }
    next_line(level);
    text += object ? '}' : ']';
}

}  // namespace

std::string json_text(const Json& value) {
    std::string text;
    append(text, value, 0);
    text += '\n';
    return text;
}

Json text_json(std::string_view text) {
    // path_text changes what is not UTF-8 and nothing else.
    const std::string exact(text);
    if (path_text(exact) == exact) return exact;
    std::string latin1;
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if (byte < 0x80) {
            latin1 += c;
        } else {
            latin1 += static_cast<char>(0xC0U | (byte >> 6U));
            latin1 += static_cast<char>(0x80U | (byte & 0x3FU));
        }
    }
    return Json::object({{"latin1", latin1}});
}

Json number_json(double value) {
    if (std::isnan(value)) return "nan";
    if (std::isinf(value)) return value > 0 ? "inf" : "-inf";
    return value;
}

}  // namespace tilewright::inline v0_1
