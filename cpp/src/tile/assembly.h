// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <optional>

#include "tilewright/core/run_context.h"
#include "tilewright/image/image.h"
#include "tilewright/tile/manifest.h"

namespace tilewright::inline v0_1 {

/// Takes full-width rows that begin at row `y_px`; the views are valid during the call only.
using RowSink = std::function<void(std::int64_t y_px, ImageView rows, std::optional<ImageView> mask)>;

/// Puts the slices of a manifest together and hands the rows out from top to bottom.
///
/// The last rows come only after every slice and the whole image were proven: a sink that commits with them commits
/// nothing unproven. The slices of the next rows are read while the sink works.
/// @throws Error naming the slice file, cancelled, and what the sink throws
void assemble(const Manifest& manifest, const RunContext& context, const RowSink& sink);

}  // namespace tilewright::inline v0_1
