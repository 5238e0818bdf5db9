// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "tilewright/core/window.h"
#include "tilewright/image/pixel_type.h"

#pragma GCC visibility push(default)
namespace tilewright::inline v0_1 {

/// A nodata value in the band's own kind, so that 64-bit integers stay exact. NaN is a value like any other.
using NoData = std::variant<double, std::int64_t, std::uint64_t>;

/// Whether two are the same value; NaN is the same as NaN.
bool same_nodata(const NoData& a, const NoData& b) noexcept;

struct ColorEntry {
    std::int16_t red = 0;
    std::int16_t green = 0;
    std::int16_t blue = 0;
    std::int16_t alpha = 255;
    friend bool operator==(const ColorEntry&, const ColorEntry&) = default;
};

/// Metadata items by domain, as GDAL groups them; a domain that holds a document ("xml:XMP") has one item with no key.
using Metadata = std::map<std::string, std::vector<std::pair<std::string, std::string>>>;

struct BandInfo {
    std::string description;
    std::string color_interpretation = "Undefined";  ///< GDAL's word: "Gray", "Red", "Alpha", "Palette", ...
    std::optional<NoData> nodata;
    std::optional<double> offset;
    std::optional<double> scale;
    std::string unit;
    int bits_per_sample = 0;  ///< 0: all bits of the type; 1 for a bilevel image, 12 for 12-bit samples in uint16
    std::vector<ColorEntry> color_table;
    std::vector<std::string> categories;
    Metadata metadata;
};

struct GroundControlPoint {
    std::string id;
    std::string info;
    double column_px = 0;
    double row_px = 0;
    double x = 0;
    double y = 0;
    double z = 0;
    friend bool operator==(const GroundControlPoint&, const GroundControlPoint&) = default;
};

/// Geotransform: x = g[0] + column * g[1] + row * g[2], y = g[3] + column * g[4] + row * g[5]; the pixel's outer
/// corner.
using GeoTransform = std::array<double, 6>;

/// Which pixels a dataset-wide mask band hides; nodata and alpha are told by the bands.
enum class MaskKind { none, per_dataset };

/// Everything about a raster but its samples: what must come back when it is put together again, and how it is stored.
struct RasterInfo {
    Size size;
    int bands = 0;
    PixelType type = PixelType::uint8;
    std::vector<BandInfo> band;  ///< as many as `bands`

    std::string crs_wkt;      ///< WKT2:2019, empty if there is none
    std::optional<int> epsg;  ///< of the CRS, where it has one; a writer takes it where there is no WKT
    std::optional<GeoTransform> geotransform;
    std::vector<GroundControlPoint> gcps;
    std::string gcp_crs_wkt;
    Metadata metadata;  ///< "" is the default domain; "RPC", "COLOR_PROFILE", "xml:XMP", ... as the file has them
    MaskKind mask = MaskKind::none;

    // How the source is stored; a copy of the raster need not share these.
    std::string driver;       ///< GDAL's short name: "GTiff", "PNG", ...
    std::string compression;  ///< "LZW", "DEFLATE", "JPEG", ...; empty if none
    std::string interleave;   ///< "PIXEL" or "BAND"
    Size block;               ///< size of a strip or tile
    bool tiled = false;
    int pages = 1;  ///< pages of a multi-page TIFF, overviews and masks not counted
    int page = 1;   ///< the one described, from 1
    int overviews = 0;

    std::size_t pixel_bytes() const noexcept { return static_cast<std::size_t>(bands) * size_bytes(type); }
    std::int64_t raw_bytes() const noexcept {
        return size.width_px * size.height_px * static_cast<std::int64_t>(pixel_bytes());
    }
};

/// The info of the part of a raster inside `window`: size, geotransform and GCPs shifted, RPC offsets too.
RasterInfo cropped(const RasterInfo& info, const Window& window);

}  // namespace tilewright::inline v0_1
#pragma GCC visibility pop
