// SPDX-License-Identifier: Apache-2.0
#include "tile/working_bytes.h"

#include <algorithm>
#include <variant>

#include "tile/band_reader.h"
#include "tilewright/codec/deflate.h"
#include "tilewright/layout/layout.h"
#include "tilewright/tile/tesselate.h"

namespace tilewright::inline v0_1 {
namespace {

// What a process needs for one open image whatever its size: handles, tables, a decoder's state.
constexpr std::int64_t fixed_bytes = std::int64_t{8} << 20;

// How high the slices of a layout are at most; their widths add up to about the image's.
std::int64_t slice_height(Size image, const Layout& layout) {
    struct Height {
        Size image;
        std::int64_t operator()(const PiecesLayout& pieces) const {
            return pieces.count < 2 ? image.height_px : image.height_px / 2 + 1;
        }
        std::int64_t operator()(const GridLayout& grid) const { return image.height_px / grid.rows + 1; }
        std::int64_t operator()(const TilesLayout& tiles) const { return tiles.height_px; }
        std::int64_t operator()(const StripsLayout& strips) const {
            return strips.direction == StripDirection::horizontal ? image.height_px / strips.count + 1
                                                                  : image.height_px;
        }
    };
    return std::min(image.height_px, std::visit(Height{image}, layout));
}

// Slices open side by side. Overlapping tiles are open longer than their stride, so rows of them overlap as well.
std::int64_t slices_abreast(Size image, const Layout& layout) {
    if (const auto* tiles = std::get_if<TilesLayout>(&layout)) {
        const auto stride_x = std::max<std::int64_t>(1, tiles->width_px - tiles->overlap_px);
        const auto stride_y = std::max<std::int64_t>(1, tiles->height_px - tiles->overlap_px);
        return (image.width_px / stride_x + 1) * (1 + (tiles->height_px - 1) / stride_y);
    }
    if (const auto* grid = std::get_if<GridLayout>(&layout)) return grid->columns;
    if (const auto* strips = std::get_if<StripsLayout>(&layout)) {
        return strips->direction == StripDirection::vertical ? strips->count : 1;
    }
    // A row of n pieces is about as long as the image's shape asks for; never more than all of them.
    const auto count = std::get<PiecesLayout>(layout).count;
    std::int64_t columns = 1;
    while (columns < count && columns * columns * image.height_px < 2 * count * image.width_px) ++columns;
    return columns;
}

std::int64_t slice_width(Size image, const Layout& layout) {
    if (const auto* tiles = std::get_if<TilesLayout>(&layout)) return tiles->width_px;
    return image.width_px / slices_abreast(image, layout) + 1;
}

// What one slice holds while it waits for a part to fill.
std::int64_t part_of_slice_bytes(const RasterInfo& info, const TesselateOptions& options) {
    const auto row = slice_width(info.size, options.layout) * static_cast<std::int64_t>(info.pixel_bytes());
    const auto part = static_cast<std::int64_t>(part_bytes(options.compression));
    return std::max(row, std::min(part, row * slice_height(info.size, options.layout)));
}

}  // namespace

std::size_t pending_bytes(const RasterInfo& info, const TesselateOptions& options, int threads) {
    // A job holds raw, filtered and compressed bytes; each thread works at one and finds one more waiting.
    return static_cast<std::size_t>(3 * part_of_slice_bytes(info, options) * (2 * std::int64_t{threads} + 1));
}

std::int64_t tesselate_working_bytes(const RasterInfo& info, const TesselateOptions& options, int threads) {
    const auto pixel = static_cast<std::int64_t>(info.pixel_bytes()) + (info.mask == MaskKind::per_dataset ? 1 : 0);
    // A strip as high as the image is read by rows.
    const auto step = info.tiled ? info.block.height_px : std::min<std::int64_t>(info.block.height_px, 256);
    const auto band = band_rows(info, std::max<std::int64_t>(1, step)) * info.size.width_px * pixel;
    const auto block = info.block.width_px * info.block.height_px * pixel;
    const auto open_slices = slices_abreast(info.size, options.layout) * part_of_slice_bytes(info, options);
    // A whole image is never held: what is computed for slices is capped by its size.
    const auto slices =
        std::min(info.raw_bytes() + band, open_slices) +
        std::min<std::int64_t>(3 * info.raw_bytes(), static_cast<std::int64_t>(pending_bytes(info, options, threads)));
    return fixed_bytes + band + std::min(block, info.raw_bytes()) * threads + slices;
}

}  // namespace tilewright::inline v0_1
