// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <filesystem>
#include <optional>
#include <span>
#include <vector>

#include "tilewright/core/error.h"
#include "tilewright/core/run_context.h"
#include "tilewright/image/image.h"
#include "tilewright/raster/raster_reader.h"

#pragma GCC visibility push(default)
namespace tilewright::inline v0_1 {

/// Images as models of vision take them. The defaults are what most that were trained on ImageNet expect.
struct SquareOptions {
    int size_px = 224;                                     ///< side of a square, 1 to 16384
    std::array<double, 3> mean{0.485, 0.456, 0.406};       ///< of red, green and blue, black being 0 and white 1
    std::array<double, 3> deviation{0.229, 0.224, 0.225};  ///< standard deviations, more than 0
    OpenOptions open;
};

/// Makes the square in the middle of an image, as large as fits, of `options.size_px` pixels a side. Everything is as
/// make_thumbnail() has it, turned upright and averaged over areas; what is transparent is put on white, and gray comes
/// three times. JPEGs are decoded at a fraction of their size if that leaves at least 1.25 times the side. A smaller
/// image is enlarged, cubically.
///
/// @return uint8, 3 bands
/// @throws Error as make_thumbnail; invalid_argument for a size, mean or deviation that cannot be
Image make_square(const std::filesystem::path& path, const SquareOptions& options = {}, const RunContext& context = {});

/// How many numbers read_squares() makes of one image. @throws Error invalid_argument as make_square
std::size_t square_samples(const SquareOptions& options);

/// Makes the squares of images and normalises their samples: (sample / 255 - mean) / deviation. Several at a time where
/// the context has threads; the result does not depend on how many.
///
/// @param into  (image, band, row, column): square_samples() for each path
/// @return for each image the error that it came to; zeros stand in its place
/// @throws Error invalid_argument as make_square, and if `into` is of another size; cancelled
std::vector<std::optional<Error>> read_squares(std::span<const std::filesystem::path> paths,
                                               const SquareOptions& options, std::span<float> into,
                                               const RunContext& context = {});

}  // namespace tilewright::inline v0_1
#pragma GCC visibility pop
