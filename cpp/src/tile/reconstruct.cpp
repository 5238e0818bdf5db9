// SPDX-License-Identifier: Apache-2.0
#include "tilewright/tile/reconstruct.h"

#include <algorithm>
#include <cctype>
#include <cstring>
#include <string>

#include "tile/assembly.h"
#include "tile/original.h"
#include "tilewright/core/error.h"

namespace tilewright::inline v0_1 {
namespace {

// Parts of the output that wait for a thread to compress them.
constexpr std::size_t pending_output_bytes = std::size_t{64} << 20;

RasterFormat format_of(const std::filesystem::path& output) {
    auto ending = output.extension().string();
    std::transform(ending.begin(), ending.end(), ending.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    if (ending == ".png") return RasterFormat::png;
    if (ending == ".tif" || ending == ".tiff") return RasterFormat::tiff;
    throw Error(ErrorCode::invalid_argument, "the output must end in .png, .tif or .tiff", path_text(output));
}

// Writing over a slice, or over the manifest's proof of it, would lose what the image is made from.
void require_no_slice(const Manifest& manifest, const std::filesystem::path& output) {
    if (!is_slice_filename(output.filename().native())) return;
    std::error_code ignored;
    const auto folder = output.has_parent_path() ? output.parent_path() : std::filesystem::path(".");
    if (std::filesystem::equivalent(folder, manifest.folder, ignored)) {
        throw Error(ErrorCode::invalid_argument, "the output would take the name of a slice; give it another",
                    path_text(output));
    }
}

// What is put together holds the same samples, and yet not all that the original's file does: its other pages, its
// codec.
void require_not_original(const Manifest& manifest, const std::filesystem::path& output) {
    for (const auto& original : possible_originals(manifest)) {
        std::error_code ignored;
        if (!std::filesystem::equivalent(output, original, ignored)) continue;
        throw Error(ErrorCode::invalid_argument, "the output would replace the original; give it another name",
                    path_text(output));
    }
}

}  // namespace

WrittenFile reconstruct(const Manifest& manifest, const std::filesystem::path& output, Compression compression,
                        const RunContext& context) {
    const auto format = format_of(output);
    require_no_slice(manifest, output);
    require_not_original(manifest, output);
    if (format == RasterFormat::png) {
        if (const auto refusal = png_refusal(manifest.raster)) {
            throw Error(ErrorCode::unsupported, *refusal + "; write a .tif instead", path_text(output));
        }
    }
    JobGroup jobs(*context.executor, pending_output_bytes);
    const auto writer = open_raster_writer(output, format, manifest.raster, {compression, {}, {}}, jobs);
    assemble(manifest, context,
             [&](std::int64_t, ImageView rows, std::optional<ImageView> mask) { writer->append(rows, mask); });
    jobs.wait();
    return written_file(output);
}

Image reconstruct_image(const Manifest& manifest, const RunContext& context) {
    Image image(manifest.raster.size, manifest.raster.bands, manifest.raster.type);
    const auto row_bytes = static_cast<std::size_t>(image.size().width_px) * image.view().pixel_bytes();
    assemble(manifest, context, [&](std::int64_t y_px, ImageView rows, const std::optional<ImageView>&) {
        std::memcpy(image.view().row(y_px), rows.data, row_bytes * static_cast<std::size_t>(rows.size.height_px));
    });
    return image;
}

}  // namespace tilewright::inline v0_1
