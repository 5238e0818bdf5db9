// SPDX-License-Identifier: Apache-2.0
// Compiled once for each instruction set; the best that the processor has is chosen at run time.
#include "composite/points.h"

#include <cmath>
#include <limits>

#include "composite/select.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "composite/points.cpp"
#include <hwy/foreach_target.h>  // must precede highway.h
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace tilewright::inline v0_1::HWY_NAMESPACE {

#include "composite/points_loops.h"

void find_means(const Points& points, const double* counts, double* means) {
    means_of(points, counts, means);
}
void find_medoids(const Points& points, double* costs, std::uint16_t* datasets) {
    medoids_of(points, costs, datasets);
}
void find_geomedians(const Points& points, const GeomedianSteps& steps, double* medians, double* room) {
    geomedians_of(points, steps, medians, room);
}

}  // namespace tilewright::inline v0_1::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace tilewright::inline v0_1 {
namespace plain {

#include "composite/points_loops.h"

}  // namespace plain

HWY_EXPORT(find_means);
HWY_EXPORT(find_medoids);
HWY_EXPORT(find_geomedians);

void find_means(const Points& points, const double* counts, double* means) {
    HWY_DYNAMIC_DISPATCH(find_means)(points, counts, means);
}

void find_means_scalar(const Points& points, const double* counts, double* means) {
    plain::means_of(points, counts, means);
}

void find_medoids(const Points& points, double* costs, std::uint16_t* datasets) {
    HWY_DYNAMIC_DISPATCH(find_medoids)(points, costs, datasets);
}

void find_medoids_scalar(const Points& points, double* costs, std::uint16_t* datasets) {
    plain::medoids_of(points, costs, datasets);
}

void find_geomedians(const Points& points, const GeomedianSteps& steps, double* medians, double* room) {
    HWY_DYNAMIC_DISPATCH(find_geomedians)(points, steps, medians, room);
}

void find_geomedians_scalar(const Points& points, const GeomedianSteps& steps, double* medians, double* room) {
    plain::geomedians_of(points, steps, medians, room);
}

}  // namespace tilewright::inline v0_1
#endif
