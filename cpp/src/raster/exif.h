// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <span>
#include <string>

#include "tilewright/storage/random_access_file.h"

namespace tilewright::inline v0_1 {

/// The orientation an EXIF block tells of: 1 to 8; 1 if it tells none or is damaged, as viewers take it.
/// @param block  begins with the TIFF header, after "Exif" and its two zeros
int exif_orientation(std::span<const std::byte> block) noexcept;

/// The orientation that a PNG's eXIf or a WebP's EXIF chunk tells of; 1 for other formats and if there is none.
/// @param driver  GDAL's name of the format @throws Error io
int chunk_orientation(RandomAccessFile& file, const std::string& driver);

}  // namespace tilewright::inline v0_1
