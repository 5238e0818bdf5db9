// SPDX-License-Identifier: Apache-2.0
#include "tile/raster_json.h"

#include <cstdint>
#include <limits>
#include <string>
#include <type_traits>
#include <utility>
#include <variant>

#include "tilewright/core/error.h"

namespace tilewright::inline v0_1 {
namespace {

constexpr std::int64_t max_int = std::numeric_limits<int>::max();
constexpr std::int64_t max_bands = 65'536;
constexpr std::size_t max_colors = 65'536;

// A double always shows a point, an exponent or a word, an integer never: so the kind comes back too.
Json nodata_json(const std::optional<NoData>& nodata) {
    if (!nodata) return nullptr;
    return std::visit(
        [](auto value) -> Json {
            if constexpr (std::is_same_v<decltype(value), double>) {
                return number_json(value);
            } else {
                return value;
            }
        },
        *nodata);
}

NoData nodata_from(const JsonPart& part, PixelType type) {
    const auto& value = part.value();
    if (!value.is_number_integer()) return part.number();
    if (type == PixelType::uint64 && value.is_number_unsigned()) return value.get<std::uint64_t>();
    return part.integer(std::numeric_limits<std::int64_t>::min(), std::numeric_limits<std::int64_t>::max());
}

Json metadata_json(const Metadata& metadata) {
    Json domains = Json::array();
    for (const auto& [domain, items] : metadata) {
        Json list = Json::array();
        for (const auto& [key, value] : items) {
            list.push_back(Json{{"key", text_json(key)}, {"value", text_json(value)}});
        }
        domains.push_back(Json{{"domain", text_json(domain)}, {"items", std::move(list)}});
    }
    return domains;
}

Metadata metadata_from(const JsonPart& part) {
    Metadata metadata;
    for (std::size_t i = 0; i < part.size(); ++i) {
        const auto domain = part.at(i);
        const auto [place, is_new] = metadata.try_emplace(domain.at("domain").text());
        if (!is_new) domain.fail("the domain is named twice");
        const auto items = domain.at("items");
        for (std::size_t k = 0; k < items.size(); ++k) {
            const auto item = items.at(k);
            place->second.emplace_back(item.at("key").text(), item.at("value").text());
        }
    }
    return metadata;
}

Json band_json(const BandInfo& band) {
    Json json{{"color_interpretation", text_json(band.color_interpretation)}, {"nodata", nodata_json(band.nodata)}};
    if (!band.description.empty()) json["description"] = text_json(band.description);
    if (band.offset) json["offset"] = number_json(*band.offset);
    if (band.scale) json["scale"] = number_json(*band.scale);
    if (!band.unit.empty()) json["unit"] = text_json(band.unit);
    if (band.bits_per_sample != 0) json["bits_per_sample"] = band.bits_per_sample;
    if (!band.color_table.empty()) {
        Json& table = json["color_table"] = Json::array();
        for (const auto& color : band.color_table) {
            table.push_back(Json::array({color.red, color.green, color.blue, color.alpha}));
        }
    }
    if (!band.categories.empty()) {
        Json& categories = json["categories"] = Json::array();
        for (const auto& category : band.categories) categories.push_back(text_json(category));
    }
    if (!band.metadata.empty()) json["metadata"] = metadata_json(band.metadata);
    return json;
}

ColorEntry color_from(const JsonPart& part) {
    if (part.size() != 4) part.fail("expected red, green, blue and alpha");
    const auto value = [&](std::size_t i) {
        return static_cast<std::int16_t>(
            part.at(i).integer(std::numeric_limits<std::int16_t>::min(), std::numeric_limits<std::int16_t>::max()));
    };
    return {value(0), value(1), value(2), value(3)};
}

BandInfo band_from(const JsonPart& part, PixelType type) {
    BandInfo band;
    band.color_interpretation = part.at("color_interpretation").text();
    if (const auto nodata = part.find("nodata")) band.nodata = nodata_from(*nodata, type);
    if (const auto description = part.find("description")) band.description = description->text();
    if (const auto offset = part.find("offset")) band.offset = offset->number();
    if (const auto scale = part.find("scale")) band.scale = scale->number();
    if (const auto unit = part.find("unit")) band.unit = unit->text();
    if (const auto bits = part.find("bits_per_sample")) band.bits_per_sample = static_cast<int>(bits->integer(0, 64));
    if (const auto table = part.find("color_table")) {
        if (table->size() > max_colors) table->fail("more than " + std::to_string(max_colors) + " colours");
        for (std::size_t i = 0; i < table->size(); ++i) band.color_table.push_back(color_from(table->at(i)));
    }
    if (const auto categories = part.find("categories")) {
        for (std::size_t i = 0; i < categories->size(); ++i) band.categories.push_back(categories->at(i).text());
    }
    if (const auto metadata = part.find("metadata")) band.metadata = metadata_from(*metadata);
    return band;
}

Json gcps_json(const RasterInfo& info) {
    Json points = Json::array();
    for (const auto& point : info.gcps) {
        points.push_back(Json{{"id", text_json(point.id)},
                              {"info", text_json(point.info)},
                              {"column_px", number_json(point.column_px)},
                              {"row_px", number_json(point.row_px)},
                              {"x", number_json(point.x)},
                              {"y", number_json(point.y)},
                              {"z", number_json(point.z)}});
    }
    return Json{{"crs_wkt", text_json(info.gcp_crs_wkt)}, {"points", std::move(points)}};
}

void read_gcps(const JsonPart& part, RasterInfo& info) {
    info.gcp_crs_wkt = part.at("crs_wkt").text();
    const auto points = part.at("points");
    for (std::size_t i = 0; i < points.size(); ++i) {
        const auto point = points.at(i);
        info.gcps.push_back({point.at("id").text(), point.at("info").text(), point.at("column_px").number(),
                             point.at("row_px").number(), point.at("x").number(), point.at("y").number(),
                             point.at("z").number()});
    }
}

Json storage_json(const RasterInfo& info) {
    return Json{{"driver", text_json(info.driver)},
                {"compression", text_json(info.compression)},
                {"interleave", text_json(info.interleave)},
                {"block_width", info.block.width_px},
                {"block_height", info.block.height_px},
                {"tiled", info.tiled},
                {"pages", info.pages},
                {"page", info.page},
                {"overviews", info.overviews}};
}

void read_storage(const JsonPart& part, RasterInfo& info) {
    info.driver = part.at("driver").text();
    info.compression = part.at("compression").text();
    info.interleave = part.at("interleave").text();
    info.block = {part.at("block_width").integer(0, max_side_px), part.at("block_height").integer(0, max_side_px)};
    info.tiled = part.at("tiled").boolean();
    info.pages = static_cast<int>(part.at("pages").integer(1, max_int));
    info.page = static_cast<int>(part.at("page").integer(1, max_int));
    info.overviews = static_cast<int>(part.at("overviews").integer(0, max_int));
}

}  // namespace

Json raster_json(const RasterInfo& info) {
    Json json{{"width", info.size.width_px},
              {"height", info.size.height_px},
              {"bands", info.bands},
              {"sample_type", std::string(name(info.type))},
              {"crs", nullptr},
              {"geotransform", nullptr}};
    if (!info.crs_wkt.empty() || info.epsg) {
        json["crs"] = Json{{"wkt", text_json(info.crs_wkt)}, {"epsg", info.epsg ? Json(*info.epsg) : Json(nullptr)}};
    }
    if (info.geotransform) {
        Json& geotransform = json["geotransform"] = Json::array();
        for (const double value : *info.geotransform) geotransform.push_back(number_json(value));
    }
    if (!info.gcps.empty() || !info.gcp_crs_wkt.empty()) json["gcps"] = gcps_json(info);
    json["mask"] = info.mask == MaskKind::per_dataset ? "per_dataset" : "none";
    Json& bands = json["band"] = Json::array();
    for (const auto& band : info.band) bands.push_back(band_json(band));
    json["metadata"] = metadata_json(info.metadata);
    json["storage"] = storage_json(info);
    return json;
}

RasterInfo raster_from_json(const JsonPart& part) {
    RasterInfo info;
    info.size = {part.at("width").integer(1, max_side_px), part.at("height").integer(1, max_side_px)};
    info.bands = static_cast<int>(part.at("bands").integer(1, max_bands));
    const auto type = part.at("sample_type");
    try {
        info.type = parse_pixel_type(type.word());
    } catch (const Error& error) {
        if (error.code() == ErrorCode::corrupt) throw;
        type.fail(error.what());
    }
    if (const auto crs = part.find("crs")) {
        info.crs_wkt = crs->at("wkt").text();
        if (const auto epsg = crs->find("epsg")) info.epsg = static_cast<int>(epsg->integer(1, max_int));
    }
    if (const auto geotransform = part.find("geotransform")) {
        if (geotransform->size() != 6) geotransform->fail("expected 6 numbers");
        auto& values = info.geotransform.emplace();
        for (std::size_t i = 0; i < values.size(); ++i) values[i] = geotransform->at(i).number();
    }
    if (const auto gcps = part.find("gcps")) read_gcps(*gcps, info);
    const auto mask = part.at("mask");
    if (mask.word() != "none" && mask.word() != "per_dataset") mask.fail("expected \"none\" or \"per_dataset\"");
    info.mask = mask.word() == "per_dataset" ? MaskKind::per_dataset : MaskKind::none;
    const auto bands = part.at("band");
    if (bands.size() != static_cast<std::size_t>(info.bands)) {
        bands.fail("expected " + std::to_string(info.bands) + " items, found " + std::to_string(bands.size()));
    }
    for (std::size_t i = 0; i < bands.size(); ++i) info.band.push_back(band_from(bands.at(i), info.type));
    info.metadata = metadata_from(part.at("metadata"));
    read_storage(part.at("storage"), info);
    return info;
}

}  // namespace tilewright::inline v0_1
