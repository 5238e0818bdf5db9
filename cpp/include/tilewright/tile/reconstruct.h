// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <optional>

#include "tilewright/codec/compression.h"
#include "tilewright/core/run_context.h"
#include "tilewright/image/image.h"
#include "tilewright/raster/raster_writer.h"
#include "tilewright/tile/manifest.h"

#pragma GCC visibility push(default)
namespace tilewright::inline v0_1 {

/// Puts a tesselated image together again: the same samples, mask, georeferencing and metadata.
///
/// Slices are read by rows and proven on the way, so memory is bounded and nothing unproven is written; overlaps must
/// agree, padding is left out. The output is whole or absent.
///
/// @param output  ".png" where PNG holds the samples, else ".tif" or ".tiff"
/// @throws Error not_found or corrupt naming the slice that is missing, altered or truncated; invalid_argument if the
///         output has another ending, is one of the slices or the original itself; unsupported if its format cannot
///         hold the samples; permission, io, resource, cancelled
WrittenFile reconstruct(const Manifest& manifest, const std::filesystem::path& output,
                        Compression compression = Compression::fast, const RunContext& context = {});

/// The same into memory.
Image reconstruct_image(const Manifest& manifest, const RunContext& context = {});

}  // namespace tilewright::inline v0_1
#pragma GCC visibility pop
