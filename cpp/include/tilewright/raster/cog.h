// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>

#include "tilewright/core/executor.h"
#include "tilewright/image/image.h"
#include "tilewright/raster/raster_info.h"

#pragma GCC visibility push(default)
namespace tilewright::inline v0_1 {

struct CogOptions {
    int jpeg_quality = 0;  ///< 1 to 100 for JPEG, which loses; 0 for DEFLATE, which does not
    int block_px = 512;    ///< side of a block
    /// Overviews show one of the samples that they stand for, not their average: for numbers that name something.
    bool nearest_overviews = false;
    friend bool operator==(const CogOptions&, const CogOptions&) = default;
};

/// Refuses a name that belongs to another format than TIFF ("median.png"). @throws Error invalid_argument
void require_tiff_name(const std::filesystem::path& target);

/// Writes a Cloud Optimized GeoTIFF with overviews from rows that come from top to bottom. The file is whole or absent,
/// the image never in memory: rows go into a file of this machine, of which GDAL makes the COG in the end. One thread
/// at a time.
class CogWriter {
public:
    /// @param executor  compresses the rows; must outlive the writer
    /// @throws Error unsupported if JPEG cannot hold the samples; invalid_argument for options out of range and for
    ///         the name of another format;
    ///         permission, io, resource
    CogWriter(const std::filesystem::path& target, const RasterInfo& info, const CogOptions& options,
              Executor& executor);
    ~CogWriter();
    CogWriter(const CogWriter&) = delete;
    CogWriter& operator=(const CogWriter&) = delete;

    /// @param rows, mask  as RasterWriter::append
    void append(ImageView rows, std::optional<ImageView> mask = {});

    /// Makes the COG of all rows and gives it its name. @return its size in bytes @throws Error io, resource,
    /// permission
    std::int64_t finish();

private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace tilewright::inline v0_1
#pragma GCC visibility pop
