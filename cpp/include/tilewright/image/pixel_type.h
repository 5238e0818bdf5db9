// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string_view>

#pragma GCC visibility push(default)
namespace tilewright::inline v0_1 {

/// Type of one sample, as it lies in memory in the machine's byte order. A complex sample is two numbers.
enum class PixelType {
    uint8,
    int8,
    uint16,
    int16,
    uint32,
    int32,
    uint64,
    int64,
    float32,
    float64,
    complex_int16,
    complex_int32,
    complex_float32,
    complex_float64,
};

/// Size of one sample in bytes, 1 to 16.
std::size_t size_bytes(PixelType type) noexcept;

/// The name used in manifests and Python, e.g. "uint16", "complex_float32".
std::string_view name(PixelType type) noexcept;

/// @throws Error unsupported if no type has that name
PixelType parse_pixel_type(std::string_view name);

bool is_complex(PixelType type) noexcept;
bool is_floating(PixelType type) noexcept;  ///< float32 and float64 only

}  // namespace tilewright::inline v0_1
#pragma GCC visibility pop
