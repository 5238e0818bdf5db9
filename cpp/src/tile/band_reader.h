// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>

#include "tilewright/core/run_context.h"
#include "tilewright/image/image.h"
#include "tilewright/raster/raster_reader.h"

namespace tilewright::inline v0_1 {

/// Full-width rows of an image.
struct Band {
    std::int64_t y_px = 0;
    ImageView rows;
    std::optional<ImageView> mask;  ///< if the raster has one
};

/// Reads a raster from top to bottom in bands of whole blocks, so that each block is decoded once; threads with nothing
/// else to do decode parts of a band.
class BandReader {
public:
    /// Both must outlive the reader.
    BandReader(RasterReader& raster, const RunContext& context);

    /// The next band, valid until the next call; nothing at the end. @throws Error of reading, cancelled
    std::optional<Band> next();

private:
    void read(std::int64_t y_px, std::int64_t rows);

    RasterReader& raster_;
    const RunContext& context_;
    std::int64_t step_px_;
    std::int64_t band_px_;
    std::int64_t y_px_ = 0;
    Image rows_;
    Image mask_;
};

/// Rows of a band: whole steps of the reader, about 4 MiB if a step is smaller.
std::int64_t band_rows(const RasterInfo& info, std::int64_t row_step_px) noexcept;

}  // namespace tilewright::inline v0_1
