// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <utility>
#include <vector>

#include "tilewright/core/window.h"
#include "tilewright/raster/raster_info.h"

#pragma GCC visibility push(default)
namespace tilewright::inline v0_1 {

/// Where windows of a raster lie on Earth.
///
/// Made once a raster, as setting up the transformation costs milliseconds. One thread at a time.
class FootprintFinder {
public:
    explicit FootprintFinder(const RasterInfo& info);
    ~FootprintFinder();
    FootprintFinder(const FootprintFinder&) = delete;
    FootprintFinder& operator=(const FootprintFinder&) = delete;

    /// Corners of a window as (longitude, latitude) in WGS 84, degrees: upper left, upper right, lower right, lower
    /// left. Empty if the raster has no geotransform or CRS, or a corner has no place on Earth.
    std::vector<std::pair<double, double>> corners(const Window& window) const;

private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace tilewright::inline v0_1
#pragma GCC visibility pop
