// SPDX-License-Identifier: Apache-2.0
#include "tile/sample_manifest.h"

#include <cstdint>
#include <limits>
#include <string>

namespace tilewright {
namespace {

RasterInfo sample_raster() {
    RasterInfo raster;
    raster.size = {100, 50};
    raster.bands = 3;
    raster.type = PixelType::uint64;
    raster.band.resize(3);
    raster.band[0].description = "near infrared";
    raster.band[0].color_interpretation = "Gray";
    raster.band[0].nodata = std::numeric_limits<std::uint64_t>::max();
    raster.band[0].offset = -0.1;
    raster.band[0].scale = 1.0 / 3.0;
    raster.band[0].unit = "W/m\xC2\xB2";
    raster.band[0].bits_per_sample = 12;
    raster.band[0].metadata = {{"", {{"STATISTICS_MEAN", "3.5"}}}};
    raster.band[1].color_interpretation = "Palette";
    raster.band[1].nodata = std::numeric_limits<double>::quiet_NaN();
    raster.band[1].color_table = {{0, 0, 0, 0}, {255, 128, 1, 255}};
    raster.band[1].categories = {"water", "W\xE4lder"};  // Latin-1, as old files have it
    raster.band[2].nodata = -std::numeric_limits<double>::infinity();
    raster.crs_wkt = "PROJCRS[\"WGS 84 / UTM zone 33N\",ID[\"EPSG\",32633]]";
    raster.epsg = 32633;
    raster.geotransform = GeoTransform{399960.0, 10.0, 0.1, 5900040.0, -0.0, -10.0};
    raster.gcps = {{"1", "corner", 0.5, 1.5, 13.1, 52.5, 34.0}};
    raster.gcp_crs_wkt = "GEOGCRS[\"WGS 84\"]";
    raster.metadata = {{"", {{"AREA_OR_POINT", "Area"}, {"TIFFTAG_ARTIST", "J\xF6rg \xFF"}}},
                       {"xml:XMP", {{"", "<x:xmpmeta>\n\"quoted\"\t\x01</x:xmpmeta>"}}}};
    raster.mask = MaskKind::per_dataset;
    raster.driver = "GTiff";
    raster.compression = "LZW";
    raster.interleave = "PIXEL";
    raster.block = {100, 16};
    raster.tiled = false;
    raster.pages = 3;
    raster.page = 2;
    raster.overviews = 4;
    return raster;
}

}  // namespace

Manifest sample_manifest() {
    Manifest manifest;
    manifest.source_path = "scans/m\xC3\xBCnchen\xFE.tif";
    manifest.source_identity = {9'876'543'210, 1'700'000'000'123'456'789};
    manifest.pixel_hash = "000102030405060708090a0b0c0d0e0f";
    manifest.mask_hash = "f0e0d0c0b0a090807060504030201000";
    manifest.raster = sample_raster();
    manifest.options.layout = TilesLayout{60, 50, 0, EdgePolicy::pad};
    manifest.options.format = SliceFormat::automatic;
    manifest.options.compression = Compression::balanced;
    manifest.options.open.page = 2;
    for (std::int64_t i = 0; i < 2; ++i) {
        SliceRecord slice;
        slice.index = i;
        slice.window = {60 * i, 0, 60, 50};
        slice.format = RasterFormat::tiff;
        slice.filename = slice_filename(i, slice.window, slice.format);
        slice.pixel_hash = std::string(32, static_cast<char>('a' + i));
        slice.mask_hash = std::string(32, static_cast<char>('c' + i));
        slice.file_size_bytes = 1000 + i;
        slice.sha256 = std::string(64, static_cast<char>('1' + i));
        slice.valid_fraction = 1.0 / static_cast<double>(3 + i);
        if (i == 0) slice.footprint = {{13.1, 52.5}, {13.2, 52.5}, {13.2, 52.4}, {13.1, 52.4}};
        manifest.slices.push_back(slice);
    }
    manifest.notes = {"page 2 of 3 was cut"};
    return manifest;
}

}  // namespace tilewright
