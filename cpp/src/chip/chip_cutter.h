// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <optional>

#include "tilewright/chip/extract.h"
#include "tilewright/image/image.h"
#include "tilewright/raster/raster_reader.h"

namespace tilewright::inline v0_1 {

/// Reads windows of one image and writes them as chips. Safe from any thread.
class ChipCutter {
public:
    /// All references must outlive the cutter.
    ChipCutter(RasterReader& reader, const ChipOptions& options, const std::filesystem::path& folder);

    RasterFormat format() const noexcept { return format_; }
    /// The share of a window's pixels that hold data.
    double valid_fraction(const Window& window) const;
    /// Writes the chip that the record's window and name tell of, and fills in its hashes and size but SHA-256.
    void write(ChipRecord& record, const RunContext& context) const;

private:
    struct Samples {
        Image pixels;
        std::optional<Image> mask;
    };

    Samples read(const Window& window) const;

    RasterReader& reader_;
    const ChipOptions& options_;
    const std::filesystem::path& folder_;
    RasterFormat format_;
};

}  // namespace tilewright::inline v0_1
