// SPDX-License-Identifier: Apache-2.0
#include "tilewright/tile/tesselate.h"

#include <algorithm>
#include <exception>
#include <memory>
#include <string>
#include <utility>

#include "tile/band_reader.h"
#include "tile/slice_cutter.h"
#include "tile/slice_folder.h"
#include "tile/working_bytes.h"
#include "tilewright/core/error.h"
#include "tilewright/raster/block_copy.h"
#include "tilewright/raster/raster_hash.h"
#include "tilewright/raster/raster_reader.h"
#include "tilewright/storage/file.h"

namespace tilewright::inline v0_1 {
namespace {

namespace fs = std::filesystem;

// Reads the raster once from top to bottom, cuts it, and fills in the manifest's proofs.
void cut(RasterReader& reader, BlockCopier* copier, const fs::path& folder, Manifest& manifest,
         const RunContext& context) {
    const RasterInfo& info = reader.info();
    RasterHash whole(info);
    // Declared before the group, whose jobs report to the cutter until the group is gone.
    std::unique_ptr<SliceCutter> cutter;
    JobGroup jobs(*context.executor, pending_bytes(info, manifest.options, context.executor->concurrency()));
    cutter = std::make_unique<SliceCutter>(info, manifest.options, folder, copier, context.stop, jobs);
    BandReader bands(reader, context);
    while (const auto band = bands.next()) {
        whole.update(band->rows, band->mask);
        cutter->append(band->y_px, band->rows, band->mask);
        context.advance(band->rows.size.height_px * info.size.width_px * static_cast<std::int64_t>(info.pixel_bytes()));
    }
    manifest.slices = cutter->finish();
    manifest.pixel_hash = whole.pixel_hash();
    manifest.mask_hash = whole.mask_hash();
}

// Refuses what cannot be done with such an image; says of which image.
void require_possible(const Manifest& manifest) {
    try {
        window_count(manifest.raster.size, manifest.options.layout);
        slice_raster_format(manifest.raster, manifest.options.format);
    } catch (const Error& error) {
        if (!error.where().empty()) throw;
        throw Error(error.code(), error.what(), path_text(manifest.source_path), error.transient());
    }
}

Manifest tesselate_raster(RasterReader& reader, BlockCopier* copier, Manifest manifest, const fs::path& folder,
                          const RunContext& context) {
    manifest.raster = reader.info();
    if (manifest.raster.pages > 1) {
        manifest.notes.push_back("page " + std::to_string(manifest.raster.page) + " of " +
                                 std::to_string(manifest.raster.pages));
    }
    // Refused before the folder is touched: an impossible request must not cost an earlier result.
    require_possible(manifest);
    context.throw_if_stopped();
    const auto first_made = first_missing_folder(folder);
    make_folder(folder);
    clear_slice_folder(folder);
    try {
        cut(reader, copier, folder, manifest, context);
        if (!manifest.source_path.empty() && file_identity(manifest.source_path) != manifest.source_identity) {
            throw Error(ErrorCode::io, "changed while it was read; run again once it is at rest",
                        path_text(manifest.source_path));
        }
        write_manifest(manifest, folder);
    } catch (...) {
        abandon_slice_folder(folder, first_made);
        throw;
    }
    manifest.folder = folder;
    return manifest;
}

}  // namespace

Manifest tesselate(const fs::path& source, const fs::path& folder, const TesselateOptions& options,
                   const RunContext& context) {
    Manifest manifest;
    manifest.source_path = source;
    manifest.source_identity = file_identity(source);
    manifest.options = options;
    const auto reader = open_raster(source, options.open);
    std::unique_ptr<BlockCopier> copier;
    if (options.format == SliceFormat::copy) copier = std::make_unique<BlockCopier>(source, options.open.page);
    return tesselate_raster(*reader, copier.get(), std::move(manifest), folder, context);
}

Manifest tesselate(ImageView image, const RasterInfo& info, const fs::path& folder, const TesselateOptions& options,
                   const RunContext& context) {
    if (options.format == SliceFormat::copy) {
        throw Error(ErrorCode::invalid_argument, "an image in memory has no blocks to copy; use format auto or tiff");
    }
    Manifest manifest;
    manifest.options = options;
    const auto reader = view_as_raster(image, info);
    return tesselate_raster(*reader, nullptr, std::move(manifest), folder, context);
}

}  // namespace tilewright::inline v0_1
