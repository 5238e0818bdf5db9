// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "tilewright/core/run_context.h"
#include "tilewright/raster/raster_info.h"

#pragma GCC visibility push(default)
namespace tilewright::inline v0_1 {

/// How two rasters differ. Samples are compared bit for bit in their own type, NaN payloads included.
struct Comparison {
    std::filesystem::path a;
    std::filesystem::path b;
    bool file_sizes_match = false;
    bool md5_hashes_match = false;  ///< of the files' bytes; says nothing about the images
    std::string md5_hash_a;
    std::string md5_hash_b;
    Size dimensions_a;
    Size dimensions_b;
    bool dimensions_match = false;  ///< width, height and band count
    bool types_match = false;
    bool pixels_identical = false;
    bool masks_identical = false;
    bool nodata_identical = false;
    bool georeferencing_identical = false;  ///< CRS, geotransform, GCPs and RPCs, numbers to 12 digits (see compare)
    bool color_identical = false;           ///< interpretation, palettes and ICC profile
    bool metadata_identical = false;        ///< descriptions, units, scales and metadata items
    /// All of them where dimensions or types differ, since there is nothing to compare then.
    std::int64_t different_samples = 0;
    std::int64_t total_samples = 0;
    /// One line for each thing other than samples that differs: "nodata of band 2: 0 and none".
    std::vector<std::string> differences;

    /// Samples, size, type, mask, nodata and georeferencing are the same; files may differ in codec and layout.
    bool identical() const noexcept {
        return dimensions_match && types_match && pixels_identical && masks_identical && nodata_identical &&
               georeferencing_identical && color_identical;
    }
};

/// Compares two rasters, by bands of rows in bounded memory.
///
/// Samples, masks and nodata are compared exactly; a mask that hides nothing is the same as none. CRS are compared by
/// what they mean, coordinates of georeferencing with a relative tolerance of 1e-12, since formats keep them in terms
/// from which they are computed again. Items of metadata may come in any order.
/// @throws Error of open_raster and reading, cancelled
Comparison compare(const std::filesystem::path& a, const std::filesystem::path& b, const RunContext& context = {});

}  // namespace tilewright::inline v0_1
#pragma GCC visibility pop
