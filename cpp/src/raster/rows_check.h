// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>

#include "tilewright/image/image.h"
#include "tilewright/raster/raster_info.h"

namespace tilewright::inline v0_1 {

/// What rows must be like to belong to a raster that is written.
class RowsCheck {
public:
    /// @throws Error invalid_argument for a raster without pixels or bands
    RowsCheck(const RasterInfo& info, std::filesystem::path path);

    /// @param done  rows appended before
    /// @throws Error invalid_argument
    void rows(const ImageView& rows, const std::optional<ImageView>& mask, std::int64_t done) const;

private:
    const Size size_;
    const int bands_;
    const PixelType type_;
    const bool has_mask_;
    const std::filesystem::path path_;
};

/// @throws Error invalid_argument: a sample of `row` needs more than `bits` bits
[[noreturn]] void throw_too_large(const std::filesystem::path& path, std::int64_t row, int bits);

}  // namespace tilewright::inline v0_1
