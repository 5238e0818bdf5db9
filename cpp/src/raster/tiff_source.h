// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <span>

#include "raster/tiff_fields.h"

namespace tilewright::inline v0_1 {

/// The fields of a TIFF that say how its blocks are coded, word by word, and the byte order they were written in.
struct TiffCoding {
    TiffFields fields;
    bool big_endian = false;
};

/// Tags of such fields: codec, its tables and options, the kind of samples and their meaning; not sizes, not places.
std::span<const std::uint16_t> tiff_coding_tags() noexcept;

/// Reads them from the directory at `offset`.
/// @throws Error corrupt if they lie outside of the file or are larger than any codec's tables; io
TiffCoding read_tiff_coding(const std::filesystem::path& path, std::uint64_t offset);

}  // namespace tilewright::inline v0_1
