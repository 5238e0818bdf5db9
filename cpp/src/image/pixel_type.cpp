// SPDX-License-Identifier: Apache-2.0
#include "tilewright/image/pixel_type.h"

#include <array>
#include <string>

#include "tilewright/core/error.h"

namespace tilewright::inline v0_1 {
namespace {

struct Row {
    std::string_view name;
    std::size_t size_bytes;
};

// In the order of the enumeration.
constexpr std::array<Row, 14> rows{{{"uint8", 1},
                                    {"int8", 1},
                                    {"uint16", 2},
                                    {"int16", 2},
                                    {"uint32", 4},
                                    {"int32", 4},
                                    {"uint64", 8},
                                    {"int64", 8},
                                    {"float32", 4},
                                    {"float64", 8},
                                    {"complex_int16", 4},
                                    {"complex_int32", 8},
                                    {"complex_float32", 8},
                                    {"complex_float64", 16}}};

}  // namespace

std::size_t size_bytes(PixelType type) noexcept {
    return rows[static_cast<std::size_t>(type)].size_bytes;
}

std::string_view name(PixelType type) noexcept {
    return rows[static_cast<std::size_t>(type)].name;
}

PixelType parse_pixel_type(std::string_view name) {
    for (std::size_t i = 0; i < rows.size(); ++i) {
        if (rows[i].name == name) return static_cast<PixelType>(i);
    }
    throw Error(ErrorCode::unsupported, "no sample type \"" + std::string(name) + "\"");
}

bool is_complex(PixelType type) noexcept {
    return type >= PixelType::complex_int16;
}

bool is_floating(PixelType type) noexcept {
    return type == PixelType::float32 || type == PixelType::float64;
}

}  // namespace tilewright::inline v0_1
