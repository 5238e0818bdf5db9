// SPDX-License-Identifier: Apache-2.0
#include "raster/gdal_info.h"

#include <cpl_conv.h>
#include <cpl_string.h>
#include <ogr_srs_api.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <string>
#include <string_view>

#include "raster/kept_items.h"
#include "tilewright/core/error.h"

namespace tilewright::inline v0_1 {
namespace {

std::string text_of(const char* text) {
    return text == nullptr ? std::string() : std::string(text);
}

std::string structure_item(GDALMajorObjectH object, const char* key) {
    return text_of(GDALGetMetadataItem(object, key, "IMAGE_STRUCTURE"));
}

PixelType pixel_type(GDALRasterBandH band, const std::string& where) {
    switch (GDALGetRasterDataType(band)) {
        case GDT_Byte: return structure_item(band, "PIXELTYPE") == "SIGNEDBYTE" ? PixelType::int8 : PixelType::uint8;
#if GDAL_VERSION_NUM >= GDAL_COMPUTE_VERSION(3, 7, 0)
        case GDT_Int8: return PixelType::int8;
#endif
        case GDT_UInt16: return PixelType::uint16;
        case GDT_Int16: return PixelType::int16;
        case GDT_UInt32: return PixelType::uint32;
        case GDT_Int32: return PixelType::int32;
        case GDT_UInt64: return PixelType::uint64;
        case GDT_Int64: return PixelType::int64;
        case GDT_Float32: return PixelType::float32;
        case GDT_Float64: return PixelType::float64;
        case GDT_CInt16: return PixelType::complex_int16;
        case GDT_CInt32: return PixelType::complex_int32;
        case GDT_CFloat32: return PixelType::complex_float32;
        case GDT_CFloat64: return PixelType::complex_float64;
        default:
            throw Error(
                ErrorCode::unsupported,
                "samples of type " + text_of(GDALGetDataTypeName(GDALGetRasterDataType(band))) + " are not read",
                where);
    }
}

// Domains that say how this file stores the raster, or what GDAL makes of others; no other file can take them over.
bool belongs_to_the_file(std::string_view domain) {
    constexpr std::array<std::string_view, 9> names{"IMAGE_STRUCTURE",
                                                    "DERIVED_SUBDATASETS",
                                                    "SUBDATASETS",
                                                    "OVERVIEWS",
                                                    "ProxyOverviewRequest",
                                                    "TIFF",
                                                    "xml:ESRI",
                                                    "WEBP",
                                                    "JPEG"};
    return std::find(names.begin(), names.end(), domain) != names.end();
}

// Without the place only what we keep there ourselves: GDAL looks the CRS up before it tells the items of a TIFF, which
// takes longer than a thumbnail.
std::vector<std::string> domains_of(GDALMajorObjectH object, Georeferencing georeferencing) {
    if (georeferencing == Georeferencing::left_out) return {kept_domain};
    const CPLStringList domains(GDALGetMetadataDomainList(object), TRUE);
    std::vector<std::string> names{""};
    for (int i = 0; i < domains.size(); ++i) {
        const std::string name = domains[i];
        if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
    }
    return names;
}

Metadata metadata_of(GDALMajorObjectH object, Georeferencing georeferencing) {
    Metadata result;
    const auto names = domains_of(object, georeferencing);
    for (const auto& name : names) {
        if (belongs_to_the_file(name)) continue;
        const bool is_document = name.rfind("xml:", 0) == 0 || name.rfind("json:", 0) == 0;
        char** items = GDALGetMetadata(object, name.empty() ? nullptr : name.c_str());
        for (; items != nullptr && *items != nullptr; ++items) {
            const std::string item = *items;
            const auto equals = is_document ? std::string::npos : item.find('=');
            auto& kept = result[name];
            if (equals == std::string::npos) {
                kept.emplace_back("", item);
            } else {
                kept.emplace_back(item.substr(0, equals), item.substr(equals + 1));
            }
        }
    }
    return result;
}

std::optional<NoData> nodata_of(GDALRasterBandH band) {
    int has = FALSE;
    switch (GDALGetRasterDataType(band)) {
        case GDT_Int64: {
            const auto value = GDALGetRasterNoDataValueAsInt64(band, &has);
            return has ? std::optional<NoData>(NoData{std::int64_t{value}}) : std::nullopt;
        }
        case GDT_UInt64: {
            const auto value = GDALGetRasterNoDataValueAsUInt64(band, &has);
            return has ? std::optional<NoData>(NoData{std::uint64_t{value}}) : std::nullopt;
        }
        default: {
            const double value = GDALGetRasterNoDataValue(band, &has);
            return has ? std::optional<NoData>(NoData{value}) : std::nullopt;
        }
    }
}

std::vector<ColorEntry> color_table_of(GDALRasterBandH band) {
    std::vector<ColorEntry> result;
    GDALColorTableH table = GDALGetRasterColorTable(band);
    if (table == nullptr) return result;
    for (int i = 0; i < GDALGetColorEntryCount(table); ++i) {
        GDALColorEntry entry{};
        GDALGetColorEntryAsRGB(table, i, &entry);
        result.push_back({entry.c1, entry.c2, entry.c3, entry.c4});
    }
    return result;
}

BandInfo describe_band(GDALRasterBandH band, Georeferencing georeferencing) {
    BandInfo info;
    info.description = text_of(GDALGetDescription(band));
    info.color_interpretation = text_of(GDALGetColorInterpretationName(GDALGetRasterColorInterpretation(band)));
    info.nodata = nodata_of(band);
    info.bits_per_sample = std::atoi(structure_item(band, "NBITS").c_str());
    info.color_table = color_table_of(band);
    info.metadata = metadata_of(band, georeferencing);
    // The unit is that of the CRS where it is none of its own.
    if (georeferencing == Georeferencing::left_out) return info;
    int has = FALSE;
    const double offset = GDALGetRasterOffset(band, &has);
    if (has) info.offset = offset;
    const double scale = GDALGetRasterScale(band, &has);
    if (has) info.scale = scale;
    info.unit = text_of(GDALGetRasterUnitType(band));
    for (char** name = GDALGetRasterCategoryNames(band); name != nullptr && *name != nullptr; ++name) {
        info.categories.emplace_back(*name);
    }
    return info;
}

std::string wkt_of(OGRSpatialReferenceH crs) {
    if (crs == nullptr) return {};
    const std::array<const char*, 3> options{"FORMAT=WKT2_2019", "MULTILINE=NO", nullptr};
    char* wkt = nullptr;
    OSRExportToWktEx(crs, &wkt, options.data());
    auto result = text_of(wkt);
    CPLFree(wkt);
    return result;
}

std::optional<int> epsg_of(OGRSpatialReferenceH crs) {
    if (crs == nullptr) return {};
    const char* authority = OSRGetAuthorityName(crs, nullptr);
    const char* code = OSRGetAuthorityCode(crs, nullptr);
    if (authority == nullptr || code == nullptr || !EQUAL(authority, "EPSG")) return {};
    const int number = std::atoi(code);
    return number > 0 ? std::optional<int>(number) : std::nullopt;
}

void describe_georeferencing(GDALDatasetH dataset, RasterInfo& info) {
    OGRSpatialReferenceH crs = GDALGetSpatialRef(dataset);
    info.crs_wkt = wkt_of(crs);
    info.epsg = epsg_of(crs);
    GeoTransform transform{};
    if (GDALGetGeoTransform(dataset, transform.data()) == CE_None) info.geotransform = transform;
    const auto* points = GDALGetGCPs(dataset);
    for (int i = 0; i < GDALGetGCPCount(dataset); ++i) {
        const auto& p = points[i];
        info.gcps.push_back(
            {text_of(p.pszId), text_of(p.pszInfo), p.dfGCPPixel, p.dfGCPLine, p.dfGCPX, p.dfGCPY, p.dfGCPZ});
    }
    if (!info.gcps.empty()) info.gcp_crs_wkt = wkt_of(GDALGetGCPSpatialRef(dataset));
}

MaskKind mask_of(GDALDatasetH dataset, int bands, const std::string& where) {
    constexpr int told_by_bands = GMF_ALL_VALID | GMF_NODATA | GMF_ALPHA;
    for (int i = 1; i <= bands; ++i) {
        const int flags = GDALGetMaskFlags(GDALGetRasterBand(dataset, i));
        if ((flags & told_by_bands) != 0) continue;
        if ((flags & GMF_PER_DATASET) != 0) return MaskKind::per_dataset;
        throw Error(ErrorCode::unsupported, "each band has a mask of its own; only one for all bands can be kept",
                    where);
    }
    return MaskKind::none;
}

}  // namespace

GDALDataType gdal_type(PixelType type) {
    switch (type) {
#if GDAL_VERSION_NUM >= GDAL_COMPUTE_VERSION(3, 7, 0)
        case PixelType::int8: return GDT_Int8;
#else
        case PixelType::int8:
#endif
        case PixelType::uint8: return GDT_Byte;
        case PixelType::uint16: return GDT_UInt16;
        case PixelType::int16: return GDT_Int16;
        case PixelType::uint32: return GDT_UInt32;
        case PixelType::int32: return GDT_Int32;
        case PixelType::uint64: return GDT_UInt64;
        case PixelType::int64: return GDT_Int64;
        case PixelType::float32: return GDT_Float32;
        case PixelType::float64: return GDT_Float64;
        case PixelType::complex_int16: return GDT_CInt16;
        case PixelType::complex_int32: return GDT_CInt32;
        case PixelType::complex_float32: return GDT_CFloat32;
        case PixelType::complex_float64: return GDT_CFloat64;
    }
    return GDT_Unknown;
}

RasterInfo describe(GDALDatasetH dataset, const std::string& where, Georeferencing georeferencing) {
    RasterInfo info;
    info.size = {GDALGetRasterXSize(dataset), GDALGetRasterYSize(dataset)};
    info.bands = GDALGetRasterCount(dataset);
    if (info.bands == 0) throw Error(ErrorCode::unsupported, "the file holds no raster bands", where);
    GDALRasterBandH first = GDALGetRasterBand(dataset, 1);
    info.type = pixel_type(first, where);
    for (int i = 1; i <= info.bands; ++i) {
        GDALRasterBandH band = GDALGetRasterBand(dataset, i);
        const auto type = pixel_type(band, where);
        if (type != info.type) {
            throw Error(ErrorCode::unsupported,
                        "band " + std::to_string(i) + " is " + std::string(name(type)) + ", band 1 is " +
                            std::string(name(info.type)) + "; bands of differing types are not read",
                        where);
        }
        info.band.push_back(describe_band(band, georeferencing));
    }
    if (georeferencing == Georeferencing::told) describe_georeferencing(dataset, info);
    info.metadata = metadata_of(dataset, georeferencing);
    info.mask = mask_of(dataset, info.bands, where);

    info.driver = text_of(GDALGetDriverShortName(GDALGetDatasetDriver(dataset)));
    if (info.driver == "GTiff") restore_kept_items(info);
    info.compression = structure_item(dataset, "COMPRESSION");
    info.interleave = structure_item(dataset, "INTERLEAVE");
    int block_width = 0;
    int block_height = 0;
    GDALGetBlockSize(first, &block_width, &block_height);
    info.block = {block_width, block_height};
    info.tiled = block_width != info.size.width_px;
    return info;
}

}  // namespace tilewright::inline v0_1
