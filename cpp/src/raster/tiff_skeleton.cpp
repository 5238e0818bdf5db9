// SPDX-License-Identifier: Apache-2.0
#include "raster/tiff_skeleton.h"

#include <cpl_conv.h>
#include <cpl_string.h>
#include <cpl_vsi.h>
#include <gdal_priv.h>
#include <ogr_spatialref.h>

#include <array>
#include <atomic>
#include <cmath>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>

#include "raster/gdal_error.h"
#include "raster/gdal_info.h"
#include "raster/gdal_open.h"
#include "raster/kept_items.h"
#include "tilewright/core/error.h"

namespace tilewright::inline v0_1 {
namespace {

constexpr int skeleton_side_px = 16;  // the smallest tile

// A setting of GDAL for this thread while the object lives.
class ThreadSetting {
public:
    ThreadSetting(const char* key, const char* value) : key_(key) {
        if (const char* before = CPLGetThreadLocalConfigOption(key, nullptr)) before_ = before;
        CPLSetThreadLocalConfigOption(key, value);
    }
    ~ThreadSetting() { CPLSetThreadLocalConfigOption(key_, before_ ? before_->c_str() : nullptr); }
    ThreadSetting(const ThreadSetting&) = delete;
    ThreadSetting& operator=(const ThreadSetting&) = delete;

private:
    const char* key_;
    std::optional<std::string> before_;
};

// A file of GDAL's memory file system, which other threads' files cannot meet.
class MemoryFile {
public:
    MemoryFile() {
        static std::atomic<std::uint64_t> next{0};
        name_ = "/vsimem/tilewright-" + std::to_string(next++) + ".tif";
    }
    ~MemoryFile() { VSIUnlink(name_.c_str()); }
    MemoryFile(const MemoryFile&) = delete;
    MemoryFile& operator=(const MemoryFile&) = delete;

    const std::string& name() const noexcept { return name_; }
    std::span<const std::byte> bytes() const {
        vsi_l_offset size = 0;
        const auto* data = VSIGetMemFileBuffer(name_.c_str(), &size, FALSE);
        return {reinterpret_cast<const std::byte*>(data), data == nullptr ? 0 : static_cast<std::size_t>(size)};
    }

private:
    std::string name_;
};

bool has_colors(const RasterInfo& info, std::initializer_list<std::string_view> meanings) {
    std::size_t i = 0;
    for (const auto meaning : meanings) {
        if (i >= info.band.size() || info.band[i++].color_interpretation != meaning) return false;
    }
    return true;
}

const char* photometric(const RasterInfo& info) {
    if (has_colors(info, {"Red", "Green", "Blue"})) return "RGB";
    if (info.bands == 4 && has_colors(info, {"Cyan", "Magenta", "Yellow", "Black"})) return "CMYK";
    return "MINISBLACK";
}

CPLStringList creation_options(const RasterInfo& info, const TiffSamples& samples) {
    CPLStringList options;
    const auto side = std::to_string(skeleton_side_px);
    options.SetNameValue("TILED", "YES");
    options.SetNameValue("BLOCKXSIZE", side.c_str());
    options.SetNameValue("BLOCKYSIZE", side.c_str());
    options.SetNameValue("SPARSE_OK", "TRUE");
    options.SetNameValue("INTERLEAVE", "PIXEL");
    options.SetNameValue("BIGTIFF", "NO");
    options.SetNameValue("ENDIANNESS", "NATIVE");
    options.SetNameValue("COMPRESS", "DEFLATE");
    options.SetNameValue("PREDICTOR", std::to_string(samples.predictor).c_str());
    options.SetNameValue("PHOTOMETRIC", photometric(info));
    options.SetNameValue("ALPHA", "NO");  // set by the band that it is
    if (samples.is_packed) options.SetNameValue("NBITS", std::to_string(samples.bits).c_str());
#if GDAL_VERSION_NUM < GDAL_COMPUTE_VERSION(3, 7, 0)
    if (info.type == PixelType::int8) options.SetNameValue("PIXELTYPE", "SIGNEDBYTE");
#endif
    return options;
}

CPLStringList items_of(const std::vector<std::pair<std::string, std::string>>& items) {
    CPLStringList list;
    for (const auto& [key, value] : items) {
        if (key.empty()) {
            list.AddString(value.c_str());  // a document
        } else {
            list.AddNameValue(key.c_str(), value.c_str());
        }
    }
    return list;
}

void set_metadata(GDALMajorObject& object, const Metadata& metadata) {
    for (const auto& [domain, items] : metadata) {
        object.SetMetadata(items_of(items).List(), domain.empty() ? nullptr : domain.c_str());
    }
}

OGRSpatialReference crs_of(const std::string& wkt, std::optional<int> epsg = {}) {
    OGRSpatialReference crs;
    if (!wkt.empty()) {
        if (crs.importFromWkt(wkt.c_str()) != OGRERR_NONE) {
            throw Error(ErrorCode::invalid_argument, "is no CRS as WKT that PROJ reads", "crs_wkt");
        }
    } else if (epsg && crs.importFromEPSG(*epsg) != OGRERR_NONE) {
        throw Error(ErrorCode::invalid_argument, "PROJ knows no CRS of number " + std::to_string(*epsg), "epsg");
    }
    crs.SetAxisMappingStrategy(OAMS_TRADITIONAL_GIS_ORDER);
    return crs;
}

void set_georeferencing(GDALDataset& dataset, const RasterInfo& info) {
    // GeoTIFF has one of the two; a geotransform says more.
    if (info.gcps.empty() || info.geotransform) {
        if (!info.crs_wkt.empty() || info.epsg) {
            const auto crs = crs_of(info.crs_wkt, info.epsg);
            dataset.SetSpatialRef(&crs);
        }
        if (info.geotransform) {
            auto transform = *info.geotransform;
            dataset.SetGeoTransform(transform.data());
        }
        return;
    }
    std::vector<GDAL_GCP> points(info.gcps.size());
    for (std::size_t i = 0; i < points.size(); ++i) {
        const auto& from = info.gcps[i];
        points[i] = {const_cast<char*>(from.id.c_str()),
                     const_cast<char*>(from.info.c_str()),
                     from.column_px,
                     from.row_px,
                     from.x,
                     from.y,
                     from.z};
    }
    const auto crs = crs_of(info.gcp_crs_wkt);
    dataset.SetGCPs(static_cast<int>(points.size()), points.data(), info.gcp_crs_wkt.empty() ? nullptr : &crs);
}

// GeoTIFF has one value for all bands; where they differ, one of them would be wrong for the others.
std::optional<NoData> common_nodata(const RasterInfo& info) {
    const auto& first = info.band.front().nodata;
    for (const auto& band : info.band) {
        if (!band.nodata || !same_nodata(*band.nodata, *first)) return {};
    }
    return first;
}

void set_nodata(GDALRasterBand& band, const NoData& nodata) {
    const auto type = band.GetRasterDataType();
    if (const auto* value = std::get_if<std::int64_t>(&nodata); value != nullptr && type == GDT_Int64) {
        band.SetNoDataValueAsInt64(*value);
    } else if (const auto* unsigned_value = std::get_if<std::uint64_t>(&nodata);
               unsigned_value != nullptr && type == GDT_UInt64) {
        band.SetNoDataValueAsUInt64(*unsigned_value);
    } else {
        band.SetNoDataValue(std::visit([](auto number) { return static_cast<double>(number); }, nodata));
    }
}

void set_color_table(GDALRasterBand& band, const std::vector<ColorEntry>& entries) {
    GDALColorTable table;
    for (std::size_t i = 0; i < entries.size(); ++i) {
        const GDALColorEntry entry{entries[i].red, entries[i].green, entries[i].blue, entries[i].alpha};
        table.SetColorEntry(static_cast<int>(i), &entry);
    }
    band.SetColorTable(&table);
}

void describe_band(GDALRasterBand& band, const BandInfo& info) {
    if (!info.description.empty()) band.SetDescription(info.description.c_str());
    set_metadata(band, info.metadata);
    if (info.offset) band.SetOffset(*info.offset);
    if (info.scale) band.SetScale(*info.scale);
    if (!info.unit.empty()) band.SetUnitType(info.unit.c_str());
    if (info.color_table.empty()) {
        band.SetColorInterpretation(GDALGetColorInterpretationByName(info.color_interpretation.c_str()));
    } else {
        set_color_table(band, info.color_table);
    }
}

}  // namespace

TiffFields tiff_skeleton(const RasterInfo& raster, const TiffSamples& samples, const std::string& where) {
    const RasterInfo info = with_kept_items(raster);
    register_gdal_drivers();
    const GdalScope scope;
    const ThreadSetting no_side_files("GDAL_PAM_ENABLED", "NO");
    const MemoryFile file;
    {
        auto* driver = GetGDALDriverManager()->GetDriverByName("GTiff");
        const auto options = creation_options(info, samples);
        const std::unique_ptr<GDALDataset, GdalCloser> dataset(
            driver->Create(file.name().c_str(), skeleton_side_px, skeleton_side_px, info.bands, gdal_type(info.type),
                           const_cast<char**>(options.List())));
        if (!dataset) scope.raise(ErrorCode::unsupported, "GeoTIFF cannot hold such a raster", where);
        // What GeoTIFF cannot hold of these, even as kept items, is left out; the manifest keeps it.
        set_metadata(*dataset, info.metadata);
        set_georeferencing(*dataset, info);
        for (int i = 0; i < info.bands; ++i) {
            describe_band(*dataset->GetRasterBand(i + 1), info.band[static_cast<std::size_t>(i)]);
        }
        if (const auto nodata = common_nodata(info)) set_nodata(*dataset->GetRasterBand(1), *nodata);
    }
    return parse_tiff_head(file.bytes());
}

}  // namespace tilewright::inline v0_1
