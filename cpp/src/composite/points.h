// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>

namespace tilewright::inline v0_1 {

/// The samples of `lanes` neighbouring pixels in all datasets as points whose coordinates are the bands.
struct Points {
    const double* values = nullptr;   ///< (dataset, band, lane)
    const double* weights = nullptr;  ///< (dataset, lane): 1 where the sample counts, 0 where not
    std::size_t datasets = 0;
    std::size_t bands = 0;
};

struct GeomedianSteps {
    int most = 100;
    double tolerance = 1e-3;
};

// Each has a plain form that the one for vectors equals bit for bit: the same loops, compiled for other processors.

/// @param means  (band, lane) @param counts  (lane): weights added up; lanes of none come out as NaN
void find_means(const Points& points, const double* counts, double* means);
void find_means_scalar(const Points& points, const double* counts, double* means);

/// Of each lane the first dataset whose point has the least sum of distances to all others.
/// @param costs  room for (dataset, lane)
void find_medoids(const Points& points, double* costs, std::uint16_t* datasets);
void find_medoids_scalar(const Points& points, double* costs, std::uint16_t* datasets);

/// Of each lane the point with the least sum of distances: Weiszfeld's iterations from the mean, with the step of
/// Vardi and Zhang (2000, doi:10.1073/pnas.97.4.1423) where an estimate falls upon a sample.
/// @param medians  (band, lane); begins as the means @param room  for (band, lane) twice
void find_geomedians(const Points& points, const GeomedianSteps& steps, double* medians, double* room);
void find_geomedians_scalar(const Points& points, const GeomedianSteps& steps, double* medians, double* room);

}  // namespace tilewright::inline v0_1
