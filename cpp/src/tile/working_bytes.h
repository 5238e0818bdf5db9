// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>

#include "tilewright/raster/raster_info.h"
#include "tilewright/tile/manifest.h"

namespace tilewright::inline v0_1 {

/// How many bytes the compression jobs of one image may hold, when so many threads share them: enough that no thread
/// waits for the reader, not more.
std::size_t pending_bytes(const RasterInfo& info, const TesselateOptions& options, int threads);

}  // namespace tilewright::inline v0_1
