// SPDX-License-Identifier: Apache-2.0
#include "arrays.h"

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "convert.h"
#include "tilewright/core/error.h"

namespace py = pybind11;

namespace tilewright::python {
namespace {

constexpr std::array all_types = {PixelType::uint8,           PixelType::int8,           PixelType::uint16,
                                  PixelType::int16,           PixelType::uint32,         PixelType::int32,
                                  PixelType::uint64,          PixelType::int64,          PixelType::float32,
                                  PixelType::float64,         PixelType::complex_int16,  PixelType::complex_int32,
                                  PixelType::complex_float32, PixelType::complex_float64};

py::dtype pair_of(const char* part) {
    py::list fields;
    fields.append(py::make_tuple("real", part));
    fields.append(py::make_tuple("imag", part));
    return py::dtype::from_args(fields);
}

}  // namespace

py::dtype dtype_of(PixelType type) {
    switch (type) {
        case PixelType::complex_int16: return pair_of("int16");
        case PixelType::complex_int32: return pair_of("int32");
        case PixelType::complex_float32: return py::dtype("complex64");
        case PixelType::complex_float64: return py::dtype("complex128");
        default: return py::dtype(std::string(name(type)));
    }
}

PixelType pixel_type_of(const py::dtype& dtype) {
    for (const auto type : all_types) {
        if (dtype.equal(dtype_of(type))) return type;
    }
    const auto text = text_from_python(py::str(dtype));
    throw Error(ErrorCode::unsupported,
                "rasters hold no samples of type " + text +
                    "; convert the array with astype or view to int8 to int64, uint8 to uint64, float32, float64, "
                    "complex64 or complex128",
                text);
}

ImageView view_of(const py::array& array) {
    if (array.ndim() != 2 && array.ndim() != 3) {
        throw Error(ErrorCode::invalid_argument,
                    "an image is an array (row, column) or (band, row, column), not one of " +
                        std::to_string(array.ndim()) + " dimensions");
    }
    const auto rows = array.ndim() - 2;
    ImageView view;
    view.data = static_cast<const std::byte*>(array.data());
    view.size = {array.shape(rows + 1), array.shape(rows)};
    view.bands = array.ndim() == 3 ? static_cast<int>(array.shape(0)) : 1;
    view.type = pixel_type_of(array.dtype());
    view.row_stride_bytes = array.strides(rows);
    view.pixel_stride_bytes = array.strides(rows + 1);
    // Of one band only, any stride is right; this one makes contiguous rows count as packed.
    view.band_stride_bytes = array.ndim() == 3 && view.bands > 1 ? array.strides(0) : array.itemsize();
    return view;
}

py::array array_of(const Image& image) {
    const auto view = image.view();
    auto* owner = new std::shared_ptr<std::byte[]>(image.shared());
    const py::capsule base(owner, [](void* held) { delete static_cast<std::shared_ptr<std::byte[]>*>(held); });
    const std::vector<py::ssize_t> shape = {view.bands, view.size.height_px, view.size.width_px};
    const std::vector<py::ssize_t> strides = {view.band_stride_bytes, view.row_stride_bytes, view.pixel_stride_bytes};
    return py::array(dtype_of(view.type), shape, strides, owner->get(), base);
}

}  // namespace tilewright::python
