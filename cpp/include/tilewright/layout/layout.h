// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string_view>
#include <variant>
#include <vector>

#include "tilewright/core/window.h"

#pragma GCC visibility push(default)
namespace tilewright::inline v0_1 {

/// Exactly `count` near-square windows; see pieces().
struct PiecesLayout {
    std::int64_t count = 8;
    friend bool operator==(const PiecesLayout&, const PiecesLayout&) = default;
};

/// Exactly rows x columns windows; sizes differ by at most 1 px.
struct GridLayout {
    std::int64_t rows = 1;
    std::int64_t columns = 1;
    friend bool operator==(const GridLayout&, const GridLayout&) = default;
};

/// What becomes of a tile that would reach past the image.
enum class EdgePolicy {
    partial,  ///< clipped at the image's edge
    shift,    ///< moved inwards, so that it is whole and overlaps its neighbour more (clipped if the image is smaller)
    pad,      ///< kept whole; what lies outside is filled with nodata (0 if there is none)
};

/// Tiles of a fixed size, each `overlap_px` over its left and upper neighbour.
struct TilesLayout {
    std::int64_t width_px = 1024;
    std::int64_t height_px = 1024;
    std::int64_t overlap_px = 0;
    EdgePolicy edge = EdgePolicy::partial;
    friend bool operator==(const TilesLayout&, const TilesLayout&) = default;
};

enum class StripDirection { horizontal, vertical };

/// `count` strips: horizontal ones are as wide as the image, vertical ones as high.
struct StripsLayout {
    std::int64_t count = 4;
    StripDirection direction = StripDirection::horizontal;
    friend bool operator==(const StripsLayout&, const StripsLayout&) = default;
};

using Layout = std::variant<PiecesLayout, GridLayout, TilesLayout, StripsLayout>;

/// The windows of a layout for an image of a size, in row-major order (by y, then x).
///
/// Together they cover every pixel; without overlap or shift each pixel once. Only `pad` gives windows that reach
/// past the image.
///
/// @throws Error invalid_argument if the image is empty or the layout cannot be: a count of 0 or of more pieces than
///         pixels, more rows or columns than the image has, an overlap not smaller than the tile
///
/// Pure and deterministic; safe from any thread. O(windows).
std::vector<Window> windows(Size image, const Layout& layout);

/// How many windows the layout has, without making them; the same errors.
std::int64_t window_count(Size image, const Layout& layout);

/// The part of `window` that lies in the image; empty (0 x 0) if none does.
Window clipped(const Window& window, Size image) noexcept;

/// "partial", "shift" or "pad"; "horizontal" or "vertical".
std::string_view name(EdgePolicy edge) noexcept;
std::string_view name(StripDirection direction) noexcept;
/// @throws Error invalid_argument naming the text and the choices
EdgePolicy parse_edge_policy(std::string_view text);
StripDirection parse_strip_direction(std::string_view text);

}  // namespace tilewright::inline v0_1
#pragma GCC visibility pop
