// SPDX-License-Identifier: Apache-2.0
#include "tile/fill_pixel.h"

#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>
#include <optional>
#include <variant>

namespace tilewright::inline v0_1 {
namespace {

// The value as a sample of type T; nothing if T cannot hold it exactly, since a rounded nodata would be data.
template <typename T, typename Value>
std::optional<T> exactly(Value value) {
    if constexpr (std::numeric_limits<T>::is_integer) {
        if constexpr (std::is_floating_point_v<Value>) {
            const auto low = static_cast<double>(std::numeric_limits<T>::min());
            // One past the largest, which a double holds exactly where the largest itself it may not.
            const double past = std::ldexp(1.0, std::numeric_limits<T>::digits);
            if (!(value >= low && value < past) || value != std::floor(value)) return std::nullopt;
        } else if (!std::in_range<T>(value)) {
            return std::nullopt;
        }
        return static_cast<T>(value);
    } else {
        const auto sample = static_cast<T>(value);
        if (std::isnan(static_cast<double>(value)) || static_cast<Value>(sample) == value) return sample;
        return std::nullopt;
    }
}

template <typename T>
void store(const NoData& nodata, std::byte* into) {
    std::visit(
        [&](auto value) {
            if (const auto sample = exactly<T>(value)) std::memcpy(into, &*sample, sizeof(T));
        },
        nodata);
}

void store(const NoData& nodata, PixelType type, std::byte* into) {
    switch (type) {
        case PixelType::uint8: return store<std::uint8_t>(nodata, into);
        case PixelType::int8: return store<std::int8_t>(nodata, into);
        case PixelType::uint16: return store<std::uint16_t>(nodata, into);
        case PixelType::complex_int16:
        case PixelType::int16: return store<std::int16_t>(nodata, into);
        case PixelType::uint32: return store<std::uint32_t>(nodata, into);
        case PixelType::complex_int32:
        case PixelType::int32: return store<std::int32_t>(nodata, into);
        case PixelType::uint64: return store<std::uint64_t>(nodata, into);
        case PixelType::int64: return store<std::int64_t>(nodata, into);
        case PixelType::complex_float32:
        case PixelType::float32: return store<float>(nodata, into);
        case PixelType::complex_float64:
        case PixelType::float64: return store<double>(nodata, into);
    }
}

}  // namespace

std::vector<std::byte> fill_pixel(const RasterInfo& info) {
    std::vector<std::byte> pixel(info.pixel_bytes());
    const auto sample = size_bytes(info.type);
    for (std::size_t band = 0; band < info.band.size(); ++band) {
        if (info.band[band].nodata) store(*info.band[band].nodata, info.type, pixel.data() + band * sample);
    }
    return pixel;
}

}  // namespace tilewright::inline v0_1
