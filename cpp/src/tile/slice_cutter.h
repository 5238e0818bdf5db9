// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "tilewright/core/executor.h"
#include "tilewright/image/image.h"
#include "tilewright/raster/block_copy.h"
#include "tilewright/raster/footprint.h"
#include "tilewright/raster/raster_hash.h"
#include "tilewright/raster/raster_info.h"
#include "tilewright/tile/manifest.h"

namespace tilewright::inline v0_1 {

/// Hands the rows of an image, band by band, to the slices they cross; opens a slice at its first row, ends it at its
/// last. So only the slices of one row of the layout are open at a time.
class SliceCutter {
public:
    /// @param copier  makes the slices that it can; null unless the format is `copy`
    /// All references must outlive the cutter, the cutter must outlive the jobs of `jobs`.
    SliceCutter(const RasterInfo& info, const TesselateOptions& options, const std::filesystem::path& folder,
                BlockCopier* copier, std::stop_token stop, JobGroup& jobs);
    ~SliceCutter();

    /// Takes rows that begin at row `y_px`; bands come in order, without gap or overlap.
    void append(std::int64_t y_px, ImageView rows, std::optional<ImageView> mask);

    /// Waits for all slices. @returns their records, complete
    std::vector<SliceRecord> finish();

private:
    struct OpenSlice;

    void open(std::size_t index);
    void append_to(OpenSlice& slice, std::int64_t y_px, ImageView rows, std::optional<ImageView> mask);
    void append_padding(OpenSlice& slice, std::int64_t rows);
    void finished(std::size_t index, std::int64_t size_bytes);
    void hash_finished(bool at_end);
    void hash(const std::vector<std::size_t>& indices);

    const RasterInfo& info_;
    const TesselateOptions& options_;
    const std::filesystem::path& folder_;
    BlockCopier* copier_;
    std::stop_token stop_;
    JobGroup& jobs_;
    FootprintFinder footprints_;
    RasterFormat format_;
    std::vector<std::byte> fill_pixel_;  // what lies outside the image with EdgePolicy::pad

    std::mutex records_mutex_;
    std::vector<SliceRecord> records_;
    std::vector<std::size_t> unhashed_;  // slices whose file is there and waits for others to be hashed with
    std::int64_t unhashed_bytes_ = 0;
    std::size_t next_ = 0;  // the first slice not yet opened
    std::vector<std::unique_ptr<OpenSlice>> open_;
};

/// The format of a tesselation's slices (those that are not block copies).
/// @throws Error unsupported with the reason if PNG was asked for and cannot hold the samples
RasterFormat slice_raster_format(const RasterInfo& info, SliceFormat format);

}  // namespace tilewright::inline v0_1
