// SPDX-License-Identifier: Apache-2.0
// NumPy arrays and images: the same samples, never copied.
#pragma once

#include <pybind11/numpy.h>

#include "tilewright/image/image.h"

namespace tilewright::python {

/// The NumPy type of a sample. Complex integers, which NumPy lacks, are pairs with the fields "real" and "imag".
pybind11::dtype dtype_of(PixelType type);

/// @throws Error unsupported, naming the type, unless dtype_of gives it
PixelType pixel_type_of(const pybind11::dtype& dtype);

/// The array's samples where they lie, whatever its strides; valid as long as the array.
/// @param array  (row, column) or (band, row, column)
/// @throws Error invalid_argument for another number of dimensions, unsupported for another type
ImageView view_of(const pybind11::array& array);

/// An array (band, row, column) of the image's samples, which lives as long as anybody holds it.
pybind11::array array_of(const Image& image);

}  // namespace tilewright::python
