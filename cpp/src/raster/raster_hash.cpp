// SPDX-License-Identifier: Apache-2.0
#include "tilewright/raster/raster_hash.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <limits>
#include <span>
#include <type_traits>
#include <variant>
#include <vector>

namespace tilewright::inline v0_1 {
namespace {

static_assert(std::endian::native == std::endian::little, "samples are hashed as they lie in memory: little endian");

template <typename T>
T load(const std::byte* from) noexcept {
    T value;
    std::memcpy(&value, from, sizeof value);
    return value;
}

// Clears marks[x] where `keep(sample)` does not hold.
template <typename T, typename Keep>
void keep_where(const ImageView& rows, std::int64_t y, int band, const Keep& keep, std::vector<char>& marks) {
    const auto* sample = rows.row(y) + band * rows.band_stride_bytes;
    for (auto& mark : marks) {
        mark = static_cast<char>(mark & (keep(load<T>(sample)) ? 1 : 0));
        sample += rows.pixel_stride_bytes;
    }
}

// Whether the type can hold the nodata value; where it cannot, no sample has it.
template <typename T>
bool holds(const NoData& nodata) noexcept {
    return std::visit(
        [](auto value) {
            if constexpr (std::is_floating_point_v<T>) {
                const auto wide = static_cast<double>(value);
                return !std::isfinite(wide) || std::abs(wide) <= static_cast<double>(std::numeric_limits<T>::max());
            } else if constexpr (std::is_floating_point_v<decltype(value)>) {
                // The upper bound is a power of two, so it is exact where the greatest value may not be.
                const double end = std::ldexp(1.0, std::numeric_limits<T>::digits);
                return value >= static_cast<double>(std::numeric_limits<T>::min()) && value < end &&
                       value == std::trunc(value);
            } else {
                return std::in_range<T>(value);
            }
        },
        nodata);
}

template <typename T>
void keep_nodata_as(const ImageView& rows, std::int64_t y, int band, const NoData& nodata, std::vector<char>& marks) {
    if (!holds<T>(nodata)) {
        std::fill(marks.begin(), marks.end(), char{0});
        return;
    }
    const auto value = std::visit([](auto v) { return static_cast<T>(v); }, nodata);
    if constexpr (std::is_floating_point_v<T>) {
        if (std::isnan(value)) {
            keep_where<T>(
                rows, y, band, [](T sample) { return std::isnan(sample); }, marks);
            return;
        }
    }
    keep_where<T>(
        rows, y, band, [value](T sample) { return sample == value; }, marks);
}

// Calls `use` with a value of the type of a sample; of a complex one, the real part decides, as in GDAL.
template <typename Use>
void with_sample_type(PixelType type, const Use& use) {
    switch (type) {
        case PixelType::uint8: return use(std::uint8_t{});
        case PixelType::int8: return use(std::int8_t{});
        case PixelType::uint16: return use(std::uint16_t{});
        case PixelType::int16:
        case PixelType::complex_int16: return use(std::int16_t{});
        case PixelType::uint32: return use(std::uint32_t{});
        case PixelType::int32:
        case PixelType::complex_int32: return use(std::int32_t{});
        case PixelType::uint64: return use(std::uint64_t{});
        case PixelType::int64: return use(std::int64_t{});
        case PixelType::float32:
        case PixelType::complex_float32: return use(float{});
        case PixelType::float64:
        case PixelType::complex_float64: return use(double{});
    }
}

// Hides where every band but alpha has its nodata value.
void hide_nodata(const RasterInfo& info, int alpha_band, const ImageView& rows, std::int64_t y,
                 std::vector<char>& valid) {
    bool any = false;
    for (int band = 0; band < info.bands; ++band) {
        if (band == alpha_band) continue;
        if (!info.band[static_cast<std::size_t>(band)].nodata) return;
        any = true;
    }
    if (!any) return;
    std::vector<char> hidden(valid.size(), 1);
    for (int band = 0; band < info.bands; ++band) {
        if (band == alpha_band) continue;
        const auto& nodata = *info.band[static_cast<std::size_t>(band)].nodata;
        with_sample_type(info.type, [&](auto type) { keep_nodata_as<decltype(type)>(rows, y, band, nodata, hidden); });
    }
    for (std::size_t x = 0; x < valid.size(); ++x) valid[x] = static_cast<char>(valid[x] & (hidden[x] ^ 1));
}

// Feeds a hash with rows in (row, column, band) order, whatever their strides.
void hash_rows(PixelHash& hash, const ImageView& rows) {
    const auto row_bytes = static_cast<std::size_t>(rows.size.width_px) * rows.pixel_bytes();
    if (rows.rows_are_packed() && rows.row_stride_bytes == static_cast<std::ptrdiff_t>(row_bytes)) {
        hash.update({rows.data, row_bytes * static_cast<std::size_t>(rows.size.height_px)});
        return;
    }
    std::vector<std::byte> packed(rows.rows_are_packed() ? 0 : row_bytes);
    for (std::int64_t y = 0; y < rows.size.height_px; ++y) {
        if (rows.rows_are_packed()) {
            hash.update({rows.row(y), row_bytes});
            continue;
        }
        const auto sample_bytes = size_bytes(rows.type);
        auto* to = packed.data();
        for (std::int64_t x = 0; x < rows.size.width_px; ++x) {
            for (int band = 0; band < rows.bands; ++band, to += sample_bytes) {
                std::memcpy(to, rows.row(y) + x * rows.pixel_stride_bytes + band * rows.band_stride_bytes,
                            sample_bytes);
            }
        }
        hash.update(packed);
    }
}

}  // namespace

RasterHash::RasterHash(const RasterInfo& info) : info_(info), counts_valid_(info.mask != MaskKind::none) {
    for (std::size_t band = 0; band < info.band.size(); ++band) {
        if (info.band[band].color_interpretation == "Alpha") alpha_band_ = static_cast<int>(band);
        if (info.band[band].nodata) counts_valid_ = true;
    }
    if (alpha_band_ >= 0) counts_valid_ = true;
}

void RasterHash::update(ImageView rows, std::optional<ImageView> mask) {
    hash_rows(pixels_, rows);
    if (mask && info_.mask != MaskKind::none) hash_rows(mask_, *mask);
    if (!counts_valid_) {
        valid_pixels_ += rows.size.width_px * rows.size.height_px;
        return;
    }
    std::vector<char> valid(static_cast<std::size_t>(rows.size.width_px));
    for (std::int64_t y = 0; y < rows.size.height_px; ++y) {
        std::fill(valid.begin(), valid.end(), char{1});
        if (mask) {
            keep_where<std::uint8_t>(
                *mask, y, 0, [](std::uint8_t value) { return value != 0; }, valid);
        }
        if (alpha_band_ >= 0) {
            with_sample_type(info_.type, [&](auto type) {
                using T = decltype(type);
                keep_where<T>(
                    rows, y, alpha_band_, [](T alpha) { return alpha != T{0}; }, valid);
            });
        }
        hide_nodata(info_, alpha_band_, rows, y, valid);
        valid_pixels_ += std::count(valid.begin(), valid.end(), char{1});
    }
}

std::string RasterHash::mask_hash() const {
    return info_.mask == MaskKind::none ? std::string() : mask_.hex();
}

}  // namespace tilewright::inline v0_1
