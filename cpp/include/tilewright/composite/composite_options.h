// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#pragma GCC visibility push(default)
namespace tilewright::inline v0_1 {

/// What becomes of the samples of one pixel: a sample is that pixel in one dataset, all bands together.
enum class CompositeRule {
    luminance,  ///< the sample whose sum of bands is in the middle: of k, number k / 2 of the sorted, from 0
    quantile,  ///< of each band by itself the value at a quantile, one that was seen: number quantile * k, rounded down
    medoid,    ///< the sample with the least sum of Euclidean distances to all others
    geomedian,  ///< the point with the least sum of Euclidean distances to all samples, which need not be one of them
    mean,       ///< of each band
    count,      ///< how many samples count; one band
};

std::string_view name(CompositeRule rule) noexcept;  ///< "luminance", "quantile", ...
/// @throws Error invalid_argument if no rule has that name
CompositeRule parse_composite_rule(std::string_view name);

/// Whether the rule gives a sample of one of the datasets, so that it can be told which.
bool chooses_dataset(CompositeRule rule) noexcept;

/// A value that makes a sample not count: one that is given, none, or what fits the data.
struct DroppedValue {
    enum class Kind { automatic, off, value };
    Kind kind = Kind::automatic;
    double value = 0;
    friend bool operator==(const DroppedValue&, const DroppedValue&) = default;
};

/// How samples are dropped and one is made of the others. NaN never counts; nor does what a dataset's mask or alpha
/// hides.
struct CompositeOptions {
    CompositeRule rule = CompositeRule::luminance;
    double quantile = 0.5;  ///< of the rule quantile, 0 to 1; 0.5 is the median, of an even number the upper
    /// Samples with this value in any band are dropped. Automatic: the dataset's own nodata, 0 where it has none.
    DroppedValue nodata;
    /// As nodata. Automatic: 255 for uint8, off for other types.
    DroppedValue saturation;
    /// Of the geomedian (Weiszfeld's iterations, as Vardi and Zhang mended them): at most so many steps, and none more
    /// once a step is shorter than the tolerance, in units of the samples.
    int geomedian_iterations = 100;
    double geomedian_tolerance = 1e-3;
};

}  // namespace tilewright::inline v0_1
#pragma GCC visibility pop
