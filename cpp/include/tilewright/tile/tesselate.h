// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>

#include "tilewright/core/run_context.h"
#include "tilewright/image/image.h"
#include "tilewright/raster/raster_info.h"
#include "tilewright/tile/manifest.h"

#pragma GCC visibility push(default)
namespace tilewright::inline v0_1 {

/// Cuts one image into slices and proves them: slice files, then the manifest, last and atomically.
///
/// The image is read once, by bands of rows; memory is bounded whatever its size. The manifest of an earlier run is
/// removed first, with the slices it names, so that a folder never holds a proof of something else. On error or stop
/// nothing of this call stays. Bytes written depend on the source and the options only.
///
/// @param source  a raster that open_raster opens
/// @param folder  made if it does not exist
/// @return the manifest that was written
/// @throws Error of open_raster and open_raster_writer; invalid_argument if the layout cannot be; unsupported if the
///         format was asked for and cannot hold the samples; cancelled
Manifest tesselate(const std::filesystem::path& source, const std::filesystem::path& folder,
                   const TesselateOptions& options, const RunContext& context = {});

/// The same for an image in memory; the manifest's source path is empty.
Manifest tesselate(ImageView image, const RasterInfo& info, const std::filesystem::path& folder,
                   const TesselateOptions& options, const RunContext& context = {});

/// Memory, in bytes, that tesselate() may hold at a time for such a raster with so many threads: what the engine books
/// before it starts the image.
std::int64_t tesselate_working_bytes(const RasterInfo& info, const TesselateOptions& options, int threads);

/// Whether `folder` holds a finished tesselation of this source with these options, as far as the manifest and the
/// names and sizes of the slices tell.
///
/// @return an empty text if so, else the reason to do it (again): "no manifest", "the source changed", ...
std::string reason_to_tesselate(const std::filesystem::path& source, const FileIdentity& source_identity,
                                const std::filesystem::path& folder, const TesselateOptions& options);

}  // namespace tilewright::inline v0_1
#pragma GCC visibility pop
