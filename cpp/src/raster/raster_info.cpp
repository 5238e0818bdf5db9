// SPDX-License-Identifier: Apache-2.0
#include "tilewright/raster/raster_info.h"

#include <array>
#include <charconv>
#include <cmath>
#include <string>
#include <string_view>

namespace tilewright::inline v0_1 {
namespace {

// Subtracts from a number kept as text, leaving text that is no number as it is.
void subtract(std::string& text, std::int64_t amount) {
    const auto begin = text.find_first_not_of(" \t+");
    if (begin == std::string::npos) return;
    double value = 0;
    const auto parsed = std::from_chars(text.data() + begin, text.data() + text.size(), value);
    if (parsed.ec != std::errc()) return;
    const std::string unit =
        text.substr(static_cast<std::size_t>(parsed.ptr - text.data()));  // some providers write "1234.5 pixels"
    std::array<char, 64> buffer{};
    const auto printed =
        std::to_chars(buffer.data(), buffer.data() + buffer.size(), value - static_cast<double>(amount));
    text = std::string(buffer.data(), printed.ptr) + unit;
}

void shift_item(Metadata& metadata, const char* domain, std::string_view key, std::int64_t amount) {
    const auto found = metadata.find(domain);
    if (found == metadata.end() || amount == 0) return;
    for (auto& [item, value] : found->second) {
        if (item == key) subtract(value, amount);
    }
}

// Statistics of the whole are wrong for a part, and viewers believe them.
void forget_statistics(Metadata& metadata) {
    const auto found = metadata.find("");
    if (found == metadata.end()) return;
    std::erase_if(found->second, [](const auto& item) { return item.first.rfind("STATISTICS_", 0) == 0; });
    if (found->second.empty()) metadata.erase(found);
}

}  // namespace

bool same_nodata(const NoData& a, const NoData& b) noexcept {
    const auto* x = std::get_if<double>(&a);
    const auto* y = std::get_if<double>(&b);
    return a == b || (x != nullptr && y != nullptr && std::isnan(*x) && std::isnan(*y));
}

RasterInfo cropped(const RasterInfo& info, const Window& window) {
    RasterInfo part = info;
    if (window == Window{0, 0, info.size.width_px, info.size.height_px}) return part;
    part.size = {window.width_px, window.height_px};
    const auto x = static_cast<double>(window.x_px);
    const auto y = static_cast<double>(window.y_px);
    if (part.geotransform) {
        auto& g = *part.geotransform;
        g[0] += x * g[1] + y * g[2];
        g[3] += x * g[4] + y * g[5];
    }
    for (auto& point : part.gcps) {
        point.column_px -= x;
        point.row_px -= y;
    }
    shift_item(part.metadata, "RPC", "SAMP_OFF", window.x_px);
    shift_item(part.metadata, "RPC", "LINE_OFF", window.y_px);
    // Geolocation arrays count pixels from an offset too.
    shift_item(part.metadata, "GEOLOCATION", "PIXEL_OFFSET", window.x_px);
    shift_item(part.metadata, "GEOLOCATION", "LINE_OFFSET", window.y_px);
    forget_statistics(part.metadata);
    for (auto& band : part.band) forget_statistics(band.metadata);
    return part;
}

}  // namespace tilewright::inline v0_1
