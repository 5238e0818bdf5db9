// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "tilewright/storage/random_access_file.h"

namespace tilewright::inline v0_1 {

/// What an image file directory of a TIFF says that must be known before a library decodes anything.
struct TiffDirectory {
    std::uint64_t offset = 0;
    bool is_overview = false;
    bool is_mask = false;
    std::uint16_t compression = 1;
    int orientation = 1;               ///< 1 to 8
    std::uint64_t blocks = 0;          ///< entries of the table of byte counts; 0 if there is none
    std::uint64_t present_blocks = 0;  ///< those of them that are not 0; the rest are holes of a sparse file
};

/// A page with the directories that belong to it.
struct TiffPage {
    TiffDirectory image;
    std::optional<TiffDirectory> mask;
    int overviews = 0;
};

/// The pages of a TIFF in the order of the file, read from its directories alone; they are the main chain's directories
/// that are neither overviews nor masks.
///
/// @throws Error corrupt if the chain is broken before its first directory or bites its own tail; io, permission
std::vector<TiffPage> list_tiff_pages(RandomAccessFile& file);

}  // namespace tilewright::inline v0_1
