// SPDX-License-Identifier: Apache-2.0
#include "raster/rows_check.h"

#include <string>
#include <utility>

#include "tilewright/core/error.h"
#include "tilewright/storage/file.h"

namespace tilewright::inline v0_1 {

RowsCheck::RowsCheck(const RasterInfo& info, std::filesystem::path path)
    : size_(info.size),
      bands_(info.bands),
      type_(info.type),
      has_mask_(info.mask == MaskKind::per_dataset),
      path_(std::move(path)) {
    if (size_.width_px < 1 || size_.height_px < 1 || bands_ < 1) {
        throw Error(ErrorCode::invalid_argument, "a raster must have at least one pixel and one band",
                    path_text(path_));
    }
    if (info.band.size() != static_cast<std::size_t>(bands_)) {
        throw Error(ErrorCode::invalid_argument,
                    "the info describes " + std::to_string(info.band.size()) + " of " + std::to_string(bands_) +
                        " bands; it must describe each",
                    path_text(path_));
    }
}

void RowsCheck::rows(const ImageView& rows, const std::optional<ImageView>& mask, std::int64_t done) const {
    const auto refuse = [&](const std::string& message) {
        throw Error(ErrorCode::invalid_argument, message, path_text(path_));
    };
    if (rows.size.width_px != size_.width_px || rows.bands != bands_ || rows.type != type_) {
        refuse("rows of " + std::to_string(rows.size.width_px) + " px, " + std::to_string(rows.bands) + " x " +
               std::string(name(rows.type)) + " do not belong to a raster of " + std::to_string(size_.width_px) +
               " px, " + std::to_string(bands_) + " x " + std::string(name(type_)));
    }
    if (rows.size.height_px < 0 || rows.size.height_px > size_.height_px - done) {
        refuse("row " + std::to_string(done + rows.size.height_px) + " is past the raster's " +
               std::to_string(size_.height_px));
    }
    if (mask.has_value() != has_mask_) {
        refuse(has_mask_ ? "the raster has a mask, so its rows must come with the mask's"
                         : "the raster has no mask, so its rows cannot have one");
    }
    if (mask && (mask->size != rows.size || mask->bands != 1 || mask->type != PixelType::uint8)) {
        refuse("the mask's rows must be one band of uint8, as wide and high as the raster's");
    }
}

void throw_too_large(const std::filesystem::path& path, std::int64_t row, int bits) {
    throw Error(ErrorCode::invalid_argument,
                "a sample of row " + std::to_string(row) + " does not fit the " + std::to_string(bits) +
                    " bits that the raster's info promises; set bits_per_sample to 0",
                path_text(path));
}

}  // namespace tilewright::inline v0_1
