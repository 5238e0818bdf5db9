// SPDX-License-Identifier: Apache-2.0
#include "raster/kept_items.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

namespace tilewright::inline v0_1 {
namespace {

constexpr const char* profile_domain = "COLOR_PROFILE";
constexpr std::string_view color_item = "COLOR";
constexpr std::string_view opacity_item = "PALETTE_OPACITY";
constexpr std::string_view nodata_item = "NODATA";
constexpr std::int16_t opaque = 255;

using Items = std::vector<std::pair<std::string, std::string>>;

const std::string* find(const Items& items, std::string_view key) {
    const auto found = std::find_if(items.begin(), items.end(), [&](const auto& item) { return item.first == key; });
    return found == items.end() ? nullptr : &found->second;
}

Items take_items(Metadata& metadata) {
    auto node = metadata.extract(kept_domain);
    return node.empty() ? Items() : std::move(node.mapped());
}

template <typename Number>
std::string text_of(Number number) {
    std::string text(32, '\0');
    text.resize(
        static_cast<std::size_t>(std::to_chars(text.data(), text.data() + text.size(), number).ptr - text.data()));
    return text;
}

template <typename Number>
std::optional<Number> number_of(std::string_view text) {
    Number number{};
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc() || end != text.data() + text.size()) return {};
    return number;
}

std::optional<NoData> nodata_of(std::string_view text, PixelType type) {
    const auto as_nodata = [](auto number) { return number ? std::optional<NoData>(*number) : std::nullopt; };
    if (type == PixelType::int64) return as_nodata(number_of<std::int64_t>(text));
    if (type == PixelType::uint64) return as_nodata(number_of<std::uint64_t>(text));
    return as_nodata(number_of<double>(text));
}

// GeoTIFF has one value for all bands.
bool nodata_differs(const RasterInfo& info) {
    const auto& first = info.band.front().nodata;
    return std::any_of(info.band.begin(), info.band.end(), [&](const BandInfo& band) {
        return band.nodata.has_value() != first.has_value() || (first && !same_nodata(*band.nodata, *first));
    });
}

// What a bilevel TIFF without a palette is read as.
bool is_black_and_white(const std::vector<ColorEntry>& table) {
    return table == std::vector<ColorEntry>{{0, 0, 0, opaque}, {255, 255, 255, opaque}};
}

// A TIFF's palette has a colour for each value that its samples can have.
bool is_whole_palette(const BandInfo& band) {
    const int bits = band.bits_per_sample == 0 ? 8 : band.bits_per_sample;
    return band.color_table.size() == std::size_t{1} << bits &&
           std::all_of(band.color_table.begin(), band.color_table.end(),
                       [](const ColorEntry& entry) { return entry.alpha == opaque; });
}

std::string opacity_text(const std::vector<ColorEntry>& table) {
    std::string text;
    for (const auto& entry : table) text += (text.empty() ? "" : ",") + text_of(entry.alpha);
    return text;
}

template <typename Number>
std::optional<std::vector<Number>> numbers_of(std::string_view text) {
    std::vector<Number> result;
    for (bool more = true; more;) {
        const auto comma = text.find(',');
        more = comma != std::string_view::npos;
        auto word = text.substr(0, comma);
        word.remove_prefix(std::min(word.find_first_not_of(' '), word.size()));
        const auto number = number_of<Number>(word);
        if (!number) return {};
        result.push_back(*number);
        if (more) text.remove_prefix(comma + 1);
    }
    return result;
}

// Whether two lists of numbers with commas between them are the same but for the float32 that a TIFF's tags have.
bool are_rounded(std::string_view a, std::string_view b) {
    const auto x = numbers_of<double>(a);
    const auto y = numbers_of<double>(b);
    return x && y && std::equal(x->begin(), x->end(), y->begin(), y->end(), [](double one, double other) {
               return std::abs(one - other) <= 1e-5;
           });
}

void restore_color(BandInfo& band, const std::string& color) {
    if (is_black_and_white(band.color_table)) {
        band.color_table.clear();
    } else if (!band.color_table.empty() || band.color_interpretation != "Gray") {
        return;
    }
    band.color_interpretation = color;
}

void restore_palette(std::vector<ColorEntry>& table, const std::vector<std::int16_t>& opacity) {
    const auto is_filling = [](const ColorEntry& entry) {
        return entry.red == 0 && entry.green == 0 && entry.blue == 0;
    };
    if (table.size() < opacity.size()) return;
    const auto end = table.begin() + static_cast<std::ptrdiff_t>(opacity.size());
    if (!std::all_of(end, table.end(), is_filling)) return;
    table.erase(end, table.end());
    for (std::size_t i = 0; i < table.size(); ++i) table[i].alpha = opacity[i];
}

void restore_profile(Metadata& metadata) {
    const Items kept = take_items(metadata);
    if (kept.empty()) return;
    auto& profile = metadata[profile_domain];
    // GDAL turns a gamma into a table of what it does to each sample.
    if (find(kept, "PNG_GAMMA") != nullptr) {
        std::erase_if(profile, [&](const auto& item) {
            return item.first.starts_with("TIFFTAG_TRANSFERFUNCTION_") && find(kept, item.first) == nullptr;
        });
    }
    for (const auto& [key, value] : kept) {
        const auto same_key = [name = std::string_view(key)](const auto& item) { return item.first == name; };
        const auto now = std::find_if(profile.begin(), profile.end(), same_key);
        if (now == profile.end()) {
            profile.emplace_back(key, value);
        } else if (are_rounded(now->second, value)) {
            now->second = value;
        }
    }
}

}  // namespace

RasterInfo with_kept_items(RasterInfo info) {
    info.metadata.erase(kept_domain);
    for (std::size_t i = 0; i < info.band.size(); ++i) {
        auto& band = info.band[i];
        Items items;
        const bool may_turn_gray = i == 0 && band.color_table.empty();
        if (may_turn_gray && (band.bits_per_sample == 1 || band.color_interpretation == "Undefined")) {
            items.emplace_back(color_item, band.color_interpretation);
        }
        if (!band.color_table.empty() && !is_whole_palette(band)) {
            items.emplace_back(opacity_item, opacity_text(band.color_table));
        }
        if (band.nodata && nodata_differs(info)) {
            items.emplace_back(nodata_item, std::visit([](auto number) { return text_of(number); }, *band.nodata));
        }
        band.metadata.erase(kept_domain);
        if (!items.empty()) band.metadata.emplace(kept_domain, std::move(items));
    }
    if (const auto profile = info.metadata.find(profile_domain); profile != info.metadata.end()) {
        Items items = profile->second;
        // GeoTIFF has a tag for this one, and it may be large.
        std::erase_if(items, [](const auto& item) { return item.first == "SOURCE_ICC_PROFILE"; });
        if (!items.empty()) info.metadata.emplace(kept_domain, std::move(items));
    }
    return info;
}

void restore_kept_items(RasterInfo& info) {
    const bool has_nodata =
        std::any_of(info.band.begin(), info.band.end(), [](const BandInfo& band) { return band.nodata.has_value(); });
    for (auto& band : info.band) {
        const Items items = take_items(band.metadata);
        if (const auto* color = find(items, color_item)) restore_color(band, *color);
        if (const auto* text = find(items, opacity_item)) {
            if (const auto opacity = numbers_of<std::int16_t>(*text)) restore_palette(band.color_table, *opacity);
        }
        const auto* nodata = find(items, nodata_item);
        if (nodata != nullptr && !has_nodata) band.nodata = nodata_of(*nodata, info.type);
    }
    restore_profile(info.metadata);
}

}  // namespace tilewright::inline v0_1
