// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "tilewright/image/image.h"
#include "tilewright/raster/raster_info.h"

namespace tilewright {

/// What another program sees in a file.
struct Decoded {
    Image image;
    Image mask;  ///< of the first band, as GDAL combines it
    std::vector<std::string> color_interpretation;
    std::vector<ColorEntry> color_table;  ///< of the first band
    int bits_per_sample = 0;              ///< of the first band; 0 if all bits of the type are used
    std::string driver;
    bool has_dataset_mask = false;
};

/// Opens a file with GDAL, without any of the project's code; warnings count as failures.
Decoded decode_with_gdal(const std::filesystem::path& path);

/// Samples of a PNG as libpng gives them: palette indices and small grey samples one a byte, 16 bits in the machine's
/// order.
Image decode_with_libpng(const std::filesystem::path& path);

/// Whether size, bands, type and every bit of the samples are the same.
bool same_samples(const Image& a, const Image& b);

}  // namespace tilewright
