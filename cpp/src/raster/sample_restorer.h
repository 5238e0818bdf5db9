// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "raster/tiff_handle.h"

namespace tilewright::inline v0_1 {

/// Makes samples of what a strip or tile decodes to: undoes the predictor and brings bytes into the machine's order,
/// as libtiff does behind its own decoders. Serves one thread at a time.
class SampleRestorer {
public:
    /// Whether the directory's predictor is one that restore() undoes.
    static bool knows(const TiffHandle& tiff, const TiffLayout& layout);

    SampleRestorer(const TiffHandle& tiff, const TiffLayout& layout);

    /// Whether decoded bytes are the samples already.
    bool changes_nothing() const noexcept { return predictor_ == PREDICTOR_NONE && !swapped_; }

    /// @param decoded  whole rows of a block, `bytes` long
    /// @param out  as long, not overlapping it
    void restore(const std::byte* decoded, std::size_t bytes, std::byte* out);

private:
    void restore_row(const std::byte* decoded, std::byte* out);
    void swap_row(std::byte* row) const;

    const TiffLayout layout_;
    const std::uint16_t predictor_;
    const bool swapped_;
    std::vector<std::byte> row_;
};

}  // namespace tilewright::inline v0_1
