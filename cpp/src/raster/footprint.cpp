// SPDX-License-Identifier: Apache-2.0
#include "tilewright/raster/footprint.h"

#include <cpl_error.h>
#include <ogr_spatialref.h>

#include <array>
#include <cmath>

namespace tilewright::inline v0_1 {

struct FootprintFinder::State {
    GeoTransform geotransform{};
    std::unique_ptr<OGRCoordinateTransformation> to_wgs84;
};

FootprintFinder::FootprintFinder(const RasterInfo& info) {
    if (!info.geotransform || info.crs_wkt.empty()) return;
    // A CRS that PROJ cannot place (a local grid, another planet) is no error: there is just no footprint to give.
    CPLPushErrorHandler(CPLQuietErrorHandler);
    OGRSpatialReference source;
    OGRSpatialReference target;
    auto state = std::make_unique<State>();
    if (source.importFromWkt(info.crs_wkt.c_str()) == OGRERR_NONE && target.importFromEPSG(4326) == OGRERR_NONE) {
        source.SetAxisMappingStrategy(OAMS_TRADITIONAL_GIS_ORDER);
        target.SetAxisMappingStrategy(OAMS_TRADITIONAL_GIS_ORDER);
        state->to_wgs84.reset(OGRCreateCoordinateTransformation(&source, &target));
    }
    CPLPopErrorHandler();
    if (!state->to_wgs84) return;
    state->geotransform = *info.geotransform;
    state_ = std::move(state);
}

FootprintFinder::~FootprintFinder() = default;

std::vector<std::pair<double, double>> FootprintFinder::corners(const Window& window) const {
    if (!state_) return {};
    const auto left = static_cast<double>(window.x_px);
    const auto top = static_cast<double>(window.y_px);
    const auto right = static_cast<double>(window.x_end());
    const auto bottom = static_cast<double>(window.y_end());
    const std::array<std::pair<double, double>, 4> pixels{{{left, top}, {right, top}, {right, bottom}, {left, bottom}}};
    std::vector<std::pair<double, double>> corners;
    CPLPushErrorHandler(CPLQuietErrorHandler);
    for (const auto& [column, row] : pixels) {
        const auto& g = state_->geotransform;
        double x = g[0] + column * g[1] + row * g[2];
        double y = g[3] + column * g[4] + row * g[5];
        if (!state_->to_wgs84->Transform(1, &x, &y) || !std::isfinite(x) || !std::isfinite(y)) {
            corners.clear();
            break;
        }
        corners.emplace_back(x, y);
    }
    CPLPopErrorHandler();
    return corners;
}

}  // namespace tilewright::inline v0_1
