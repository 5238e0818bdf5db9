// SPDX-License-Identifier: Apache-2.0
#include "tile/info_differences.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <initializer_list>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

#include "tile/json_text.h"
#include "tilewright/raster/crs.h"

namespace tilewright::inline v0_1 {
namespace {

constexpr std::string_view rpc_domain = "RPC";
constexpr std::string_view icc_domain = "COLOR_PROFILE";

// A TIFF keeps a pixel's size and a tie point, from which the geotransform is computed again: the last bit may differ.
bool nearly_equal(double a, double b) {
    return a == b || (std::isnan(a) && std::isnan(b)) || std::abs(a - b) <= 1e-12 * std::max(std::abs(a), std::abs(b));
}

std::string text_of(double value) {
    return number_json(value).dump();
}

std::string text_of(const std::optional<NoData>& nodata) {
    if (!nodata) return "none";
    return std::visit([](auto value) { return number_json(static_cast<double>(value)).dump(); }, *nodata);
}

std::string band_name(std::size_t index) {
    return " of band " + std::to_string(index + 1);
}

class InfoComparison {
public:
    InfoComparison(const RasterInfo& a, const RasterInfo& b, Comparison& result) : a_(a), b_(b), result_(result) {}

    void run() {
        result_.nodata_identical = bands_agree([&](std::size_t i) { return nodata(i); });
        result_.georeferencing_identical = all_hold({crs(), geotransform(), gcps(), domain(rpc_domain)});
        result_.color_identical = all_hold({bands_agree([&](std::size_t i) { return color(i); }), domain(icc_domain)});
        result_.metadata_identical =
            all_hold({bands_agree([&](std::size_t i) { return band_metadata(i); }), metadata()});
    }

private:
    // Every part of a list is compared, in its order, also after one that differs: each says its own difference.
    static bool all_hold(std::initializer_list<bool> parts) {
        return std::all_of(parts.begin(), parts.end(), [](bool holds) { return holds; });
    }

    // Says that something differs; false for the caller to return.
    bool differs(const std::string& what, const std::string& a, const std::string& b) {
        result_.differences.push_back(what + ": " + a + " and " + b);
        return false;
    }
    bool differs(const std::string& what) {
        result_.differences.push_back(what);
        return false;
    }

    template <typename Agree>
    bool bands_agree(const Agree& agree) {
        bool all = a_.band.size() == b_.band.size();
        for (std::size_t i = 0; i < std::min(a_.band.size(), b_.band.size()); ++i) all = agree(i) && all;
        return all;
    }

    bool nodata(std::size_t i) {
        const auto& a = a_.band[i].nodata;
        const auto& b = b_.band[i].nodata;
        return (a && b ? same_nodata(*a, *b) : a.has_value() == b.has_value()) ||
               differs("nodata" + band_name(i), text_of(a), text_of(b));
    }

    bool crs() {
        if (same_crs(a_.crs_wkt, b_.crs_wkt)) return true;
        if (a_.crs_wkt.empty()) return differs("only the second has a CRS");
        if (b_.crs_wkt.empty()) return differs("only the first has a CRS");
        return differs("the CRS differ");
    }

    bool geotransform() {
        const auto& a = a_.geotransform;
        const auto& b = b_.geotransform;
        if (!a && !b) return true;
        if (!a) return differs("only the second has a geotransform");
        if (!b) return differs("only the first has a geotransform");
        bool all = true;
        for (std::size_t i = 0; i < a->size(); ++i) {
            if (nearly_equal((*a)[i], (*b)[i])) continue;
            all = differs("geotransform[" + std::to_string(i) + "]", text_of((*a)[i]), text_of((*b)[i]));
        }
        return all;
    }

    bool gcps() {
        const auto same = [](const GroundControlPoint& a, const GroundControlPoint& b) {
            return nearly_equal(a.column_px, b.column_px) && nearly_equal(a.row_px, b.row_px) &&
                   nearly_equal(a.x, b.x) && nearly_equal(a.y, b.y) && nearly_equal(a.z, b.z);
        };
        if (!std::equal(a_.gcps.begin(), a_.gcps.end(), b_.gcps.begin(), b_.gcps.end(), same)) {
            return differs("the ground control points differ");
        }
        return a_.gcps.empty() || same_crs(a_.gcp_crs_wkt, b_.gcp_crs_wkt) ||
               differs("the CRS of the ground control points differ");
    }

    bool color(std::size_t i) {
        const auto& a = a_.band[i];
        const auto& b = b_.band[i];
        bool all = true;
        if (a.color_interpretation != b.color_interpretation) {
            all = differs("colour" + band_name(i), a.color_interpretation, b.color_interpretation);
        }
        if (a.color_table != b.color_table) all = differs("the colour tables" + band_name(i) + " differ");
        return all;
    }

    bool band_metadata(std::size_t i) {
        const auto& a = a_.band[i];
        const auto& b = b_.band[i];
        bool all = true;
        const auto text = [&](const char* what, const std::string& x, const std::string& y) {
            if (x != y) all = differs(what + band_name(i), "\"" + x + "\"", "\"" + y + "\"");
        };
        const auto number = [&](const char* what, std::optional<double> x, std::optional<double> y) {
            if (x == y || (x && y && nearly_equal(*x, *y))) return;
            all = differs(what + band_name(i), x ? text_of(*x) : "none", y ? text_of(*y) : "none");
        };
        text("description", a.description, b.description);
        text("unit", a.unit, b.unit);
        number("offset", a.offset, b.offset);
        number("scale", a.scale, b.scale);
        if (a.bits_per_sample != b.bits_per_sample) {
            all = differs("bits per sample" + band_name(i), std::to_string(a.bits_per_sample),
                          std::to_string(b.bits_per_sample));
        }
        if (a.categories != b.categories) all = differs("the categories" + band_name(i) + " differ");
        if (a.metadata != b.metadata) all = differs("the metadata" + band_name(i) + " differ");
        return all;
    }

    bool metadata() {
        std::set<std::string> domains;
        for (const auto& [name, items] : a_.metadata) domains.insert(name);
        for (const auto& [name, items] : b_.metadata) domains.insert(name);
        bool all = true;
        for (const auto& name : domains) {
            if (name != rpc_domain && name != icc_domain) all = domain(name) && all;
        }
        return all;
    }

    static const std::string* find(const RasterInfo& info, const std::string& domain, const std::string& key) {
        const auto found = info.metadata.find(domain);
        if (found == info.metadata.end()) return nullptr;
        for (const auto& [name, value] : found->second) {
            if (name == key) return &value;
        }
        return nullptr;
    }

    // Items in any order: a copy need not keep it.
    bool domain(std::string_view domain_name) {
        const std::string domain(domain_name);
        std::set<std::string> keys;
        for (const auto* info : {&a_, &b_}) {
            const auto found = info->metadata.find(domain);
            if (found == info->metadata.end()) continue;
            for (const auto& [key, value] : found->second) keys.insert(key);
        }
        bool all = true;
        for (const auto& key : keys) {
            const auto* a = find(a_, domain, key);
            const auto* b = find(b_, domain, key);
            if (a && b && (*a == *b || (domain == rpc_domain && same_numbers(*a, *b)))) continue;
            auto what = std::string("metadata item ");
            if (!domain.empty()) what.append(domain).append(":");
            what += key;
            if (!a) {
                all = differs(what + ": only the second has it");
            } else if (!b) {
                all = differs(what + ": only the first has it");
            } else {
                all = differs(what + " differs");
            }
        }
        return all;
    }

    // RPCs are numbers kept as text, in notations of their own.
    static bool same_numbers(std::string_view a, std::string_view b) {
        while (true) {
            const auto x = next_number(a);
            const auto y = next_number(b);
            if (!x || !y) return a.empty() && b.empty();
            if (!nearly_equal(*x, *y)) return false;
        }
    }

    static std::optional<double> next_number(std::string_view& text) {
        const auto begin = std::min(text.find_first_not_of(" \t+"), text.size());
        text.remove_prefix(begin);
        double value = 0;
        const auto [rest, error] = std::from_chars(text.data(), text.data() + text.size(), value);
        if (error != std::errc()) return {};
        text.remove_prefix(static_cast<std::size_t>(rest - text.data()));
        return value;
    }

    const RasterInfo& a_;
    const RasterInfo& b_;
    Comparison& result_;
};

}  // namespace

void compare_info(const RasterInfo& a, const RasterInfo& b, Comparison& result) {
    InfoComparison(a, b, result).run();
}

}  // namespace tilewright::inline v0_1
