// SPDX-License-Identifier: Apache-2.0
#include "tilewright/raster/crs.h"

#include <ogr_spatialref.h>

#include "raster/gdal_error.h"

namespace tilewright::inline v0_1 {

bool same_crs(const std::string& wkt_a, const std::string& wkt_b) {
    if (wkt_a == wkt_b) return true;
    if (wkt_a.empty() || wkt_b.empty()) return false;
    const GdalScope scope;
    OGRSpatialReference a;
    OGRSpatialReference b;
    if (a.importFromWkt(wkt_a.c_str()) != OGRERR_NONE || b.importFromWkt(wkt_b.c_str()) != OGRERR_NONE) return false;
    return a.IsSame(&b) != 0;
}

}  // namespace tilewright::inline v0_1
