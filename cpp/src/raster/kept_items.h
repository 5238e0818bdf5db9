// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "tilewright/raster/raster_info.h"

namespace tilewright::inline v0_1 {

/// The domain of ours.
inline constexpr const char* kept_domain = "TILEWRIGHT";

/// The info with metadata items of a domain of ours that say what GeoTIFF has no field for: that a single band has no
/// colour, that a bilevel image has no palette, how long a palette is and how opaque its colours are, nodata values
/// that differ by band, and colour profile items of other formats. Other programs see metadata; see restore_kept_items.
RasterInfo with_kept_items(RasterInfo info);

/// Takes the items of with_kept_items out of the metadata that a TIFF came with, and puts what they say in its place.
///
/// An item counts only where the file still says what GeoTIFF makes of it, so that a file that another program has
/// changed means what it says.
void restore_kept_items(RasterInfo& info);

}  // namespace tilewright::inline v0_1
