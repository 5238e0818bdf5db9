// SPDX-License-Identifier: Apache-2.0
// Bindings of raster/: conversion only, no logic. Long docstrings stand in tilewright/raster.py.
#include <pybind11/pybind11.h>
#include <pybind11/stl.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <filesystem>
#include <limits>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <variant>

#include "arrays.h"
#include "casters.h"
#include "interruptible.h"
#include "record.h"
#include "tilewright/raster/bundled_data.h"
#include "tilewright/raster/raster_info.h"
#include "tilewright/raster/raster_reader.h"
#include "tilewright/raster/raster_writer.h"
#include "tilewright/raster/viewable.h"

namespace py = pybind11;

namespace tilewright::python {

template <>
struct Convert<NoData> {
    static py::object to_python(const NoData& value) {
        return std::visit([](auto number) -> py::object { return py::cast(number); }, value);
    }
    static NoData from_python(py::handle value) {
        if (!PyIndex_Check(value.ptr())) return value.cast<double>();
        const auto whole = py::reinterpret_steal<py::object>(PyNumber_Index(value.ptr()));
        if (whole > py::int_(0)) return whole.cast<std::uint64_t>();
        return whole.cast<std::int64_t>();
    }
};

template <>
struct Convert<Metadata> {
    static py::object to_python(const Metadata& metadata) {
        py::dict domains;
        for (const auto& [domain, items] : metadata) {
            py::dict values;
            for (const auto& [key, value] : items) values[text_to_python(key)] = text_to_python(value);
            domains[text_to_python(domain)] = values;
        }
        return domains;
    }
    static Metadata from_python(py::handle value) {
        Metadata metadata;
        for (const auto& [domain, items] : value.cast<py::dict>()) {
            auto& list = metadata[text_from_python(domain)];
            for (const auto& [key, text] : items.cast<py::dict>()) {
                list.emplace_back(text_from_python(key), text_from_python(text));
            }
        }
        return metadata;
    }
};

namespace {

// A large read or write is cut into rows of about so many bytes, between which it can be stopped.
constexpr std::int64_t step_bytes = std::int64_t{16} << 20;
constexpr std::size_t pending_bytes = std::size_t{256} << 20;

// A nodata value is kept in the kind of its samples; what that kind cannot hold is left for the writer to refuse.
template <typename Whole>
NoData whole_nodata(const NoData& value) {
    return std::visit(
        [&](auto number) -> NoData {
            if constexpr (std::is_integral_v<decltype(number)>) {
                return std::in_range<Whole>(number) ? NoData(static_cast<Whole>(number)) : value;
            } else {
                const bool fits = number >= static_cast<double>(std::numeric_limits<Whole>::min()) &&
                                  number < std::ldexp(1.0, std::numeric_limits<Whole>::digits);
                return fits && number == std::floor(number) ? NoData(static_cast<Whole>(number)) : value;
            }
        },
        value);
}

void fit_nodata(RasterInfo& info) {
    for (auto& band : info.band) {
        if (!band.nodata) continue;
        switch (info.type) {
            case PixelType::int64: band.nodata = whole_nodata<std::int64_t>(*band.nodata); break;
            case PixelType::uint64: band.nodata = whole_nodata<std::uint64_t>(*band.nodata); break;
            default: band.nodata = std::visit([](auto value) { return static_cast<double>(value); }, *band.nodata);
        }
    }
}

std::int64_t rows_per_step(const RasterInfo& info, std::int64_t width_px, std::int64_t row_step_px) {
    const auto row_bytes = std::max<std::int64_t>(1, width_px * static_cast<std::int64_t>(info.pixel_bytes()));
    const auto step = std::max<std::int64_t>(1, row_step_px);
    return std::max<std::int64_t>(1, step_bytes / row_bytes / step) * step;
}

template <typename Read>
void read_by_rows(RasterReader& reader, const Window& window, const RunContext& context, Read read) {
    const auto step = rows_per_step(reader.info(), window.width_px, reader.row_step_px());
    for (auto y = window.y_px; y < window.y_end();) {
        context.throw_if_stopped();
        const auto end = std::min(window.y_end(), (y / step + 1) * step);
        read(Window{window.x_px, y, window.width_px, end - y});
        y = end;
    }
}

Window wanted_window(const std::optional<Window>& window, const RasterInfo& info) {
    const Window all{0, 0, info.size.width_px, info.size.height_px};
    if (!window) return all;
    if (clipped(*window, info.size) != *window || window->area() == 0) {
        throw Error(ErrorCode::invalid_argument,
                    "the window does not lie in the image of " + std::to_string(info.size.width_px) + " x " +
                        std::to_string(info.size.height_px) + " px; see clipped()",
                    "window");
    }
    return *window;
}

Image read(const std::filesystem::path& path, const std::optional<Window>& window, const OpenOptions& options,
           bool mask, const RunContext& context) {
    const auto reader = open_raster(path, options);
    const auto& info = reader->info();
    const auto wanted = wanted_window(window, info);
    Image image({wanted.width_px, wanted.height_px}, mask ? 1 : info.bands, mask ? PixelType::uint8 : info.type);
    read_by_rows(*reader, wanted, context, [&](const Window& rows) {
        const auto into = image.view().crop({0, rows.y_px - wanted.y_px, rows.width_px, rows.height_px});
        mask ? reader->read_mask(rows, into) : reader->read(rows, into);
    });
    return image;
}

void bind_info(py::module_& m) {
    Record<ColorEntry>(m, "ColorEntry", Record<ColorEntry>::Kind::value, "One colour of a palette, each part 0 to 255.",
                       4)
        .field("red", &ColorEntry::red, "Red.")
        .field("green", &ColorEntry::green, "Green.")
        .field("blue", &ColorEntry::blue, "Blue.")
        .field("alpha", &ColorEntry::alpha, "Alpha; 255 is opaque.")
        .finish();
    Record<GroundControlPoint>(m, "GroundControlPoint", Record<GroundControlPoint>::Kind::value,
                               "A pixel whose place on the ground is known.")
        .field("id", &GroundControlPoint::id, "Name of the point.")
        .field("info", &GroundControlPoint::info, "Further text.")
        .field("column_px", &GroundControlPoint::column_px, "Column, fractional.")
        .field("row_px", &GroundControlPoint::row_px, "Row, fractional.")
        .field("x", &GroundControlPoint::x, "Easting or longitude in gcp_crs_wkt.")
        .field("y", &GroundControlPoint::y, "Northing or latitude.")
        .field("z", &GroundControlPoint::z, "Height.")
        .finish();
    Record<BandInfo>(m, "BandInfo", Record<BandInfo>::Kind::value, "What a raster says of one band.")
        .field("description", &BandInfo::description, "Name of the band.")
        .field("color_interpretation", &BandInfo::color_interpretation,
               "GDAL's word: 'Gray', 'Red', 'Alpha', 'Palette', 'Undefined', ...")
        .field("nodata", &BandInfo::nodata, "The value that means no data; None if there is none.")
        .field("offset", &BandInfo::offset, "What a sample of 0 stands for.")
        .field("scale", &BandInfo::scale, "What a step of 1 stands for.")
        .field("unit", &BandInfo::unit, "Unit of the scaled values.")
        .field("bits_per_sample", &BandInfo::bits_per_sample, "Bits in use, 0 for all of the type; 1 if bilevel.")
        .field("color_table", &BandInfo::color_table, "The palette; empty if there is none.")
        .field("categories", &BandInfo::categories, "Names of the values 0, 1, ...")
        .field("metadata", &BandInfo::metadata, "Items by domain, '' being the default one.")
        .finish();
    Record<RasterInfo>(m, "RasterInfo", Record<RasterInfo>::Kind::value, "Everything about a raster but its samples.")
        .field("size", &RasterInfo::size, "Width and height.")
        .field("bands", &RasterInfo::bands, "Number of bands.")
        .field("type", &RasterInfo::type, "Type of a sample: 'uint8', 'float32', 'complex_int16', ...")
        .field("band", &RasterInfo::band, "What is said of each band, as many as `bands`.")
        .field("crs_wkt", &RasterInfo::crs_wkt, "Coordinate reference system as WKT2:2019; empty if there is none.")
        .field("epsg", &RasterInfo::epsg, "Its EPSG code, if it has one.")
        .field(
            "geotransform", &RasterInfo::geotransform,
            "(x0, dx/dcolumn, dx/drow, y0, dy/dcolumn, dy/drow) of the pixels' outer corners; None if there is none.")
        .field("gcps", &RasterInfo::gcps, "Ground control points.")
        .field("gcp_crs_wkt", &RasterInfo::gcp_crs_wkt, "Their coordinate reference system.")
        .field("metadata", &RasterInfo::metadata, "Items by domain: '', 'RPC', 'COLOR_PROFILE', 'xml:XMP', ...")
        .field("mask", &RasterInfo::mask, "'per_dataset' if a mask band hides pixels, else 'none'.")
        .field("driver", &RasterInfo::driver, "GDAL's short name of the source's format.")
        .field("compression", &RasterInfo::compression, "The source's codec; empty if none.")
        .field("interleave", &RasterInfo::interleave, "'PIXEL' or 'BAND'.")
        .field("block", &RasterInfo::block, "Size of a strip or tile of the source.")
        .field("tiled", &RasterInfo::tiled, "Whether the source has tiles rather than strips.")
        .field("pages", &RasterInfo::pages, "Pages of a multi-page TIFF.")
        .field("page", &RasterInfo::page, "The one described, from 1.")
        .field("overviews", &RasterInfo::overviews, "Number of overviews in the source.")
        .finish(&fit_nodata)
        .def_property_readonly(
            "dtype", [](const RasterInfo& i) { return dtype_of(i.type); }, "NumPy's type of a sample.")
        .def_property_readonly(
            "shape", [](const RasterInfo& i) { return py::make_tuple(i.bands, i.size.height_px, i.size.width_px); },
            "(bands, rows, columns), the shape of what read() gives.")
        .def_property_readonly("pixel_bytes", &RasterInfo::pixel_bytes, "Decoded bytes of a pixel, all bands.")
        .def_property_readonly("raw_bytes", &RasterInfo::raw_bytes, "Decoded bytes of all samples.");
}

}  // namespace

void bind_raster(py::module_& m) {
    bind_info(m);
    Record<OpenOptions>(m, "OpenOptions", Record<OpenOptions>::Kind::option, "What to open, and what to refuse.")
        .field("page", &OpenOptions::page, "Page of a multi-page TIFF, from 1.")
        .field("max_raw_bytes", &OpenOptions::max_raw_bytes, "Refused above this: all samples, decoded.")
        .field("max_block_bytes", &OpenOptions::max_block_bytes, "Refused above this: one strip or tile, decoded.")
        .field("max_expansion", &OpenOptions::max_expansion,
               "Refused if decoded to more than so many times the file's size; 0: no limit.")
        .finish();
    Record<WrittenFile>(m, "WrittenFile", Record<WrittenFile>::Kind::result, "What a finished file is known by.")
        .field("path", &WrittenFile::path, "Where it is.")
        .field("size_bytes", &WrittenFile::size_bytes, "Its size.")
        .field("sha256", &WrittenFile::sha256, "SHA-256 of its bytes, 64 hex digits.")
        .finish();

    m.def(
        "read_raster_info",
        [](const std::filesystem::path& path, const OpenOptions& options) {
            const py::gil_scoped_release release;
            return read_raster_info(path, options);
        },
        py::arg("path"), py::arg("options"), "The info of a raster, from its header.");
    m.def("cropped", &cropped, py::arg("info"), py::arg("window"), "The info of a part.");
    m.def("png_refusal", &png_refusal, py::arg("info"), "Why PNG cannot hold such a raster; None if it can.");
    m.def(
        "pixel_type_of", [](const py::dtype& dtype) { return pixel_type_of(dtype); }, py::arg("dtype"),
        "The name of a sample's type.");
    m.def(
        "read",
        [](const std::filesystem::path& path, const std::optional<Window>& window, const OpenOptions& options) {
            return array_of(run_interruptible(
                1, [&](const RunContext& context) { return read(path, window, options, false, context); }));
        },
        py::arg("path"), py::arg("window"), py::arg("options"), "Samples as (band, row, column).");
    m.def(
        "read_mask",
        [](const std::filesystem::path& path, const std::optional<Window>& window, const OpenOptions& options) {
            return array_of(run_interruptible(
                1, [&](const RunContext& context) { return read(path, window, options, true, context); }));
        },
        py::arg("path"), py::arg("window"), py::arg("options"), "The mask as (1, row, column).");
    m.def(
        "read_preview",
        [](const std::filesystem::path& path, std::int64_t max_side_px, const OpenOptions& options) {
            return array_of(
                run_interruptible(1, [&](const RunContext&) { return read_preview(path, max_side_px, options); }));
        },
        py::arg("path"), py::arg("max_side_px"), py::arg("options"), "A smaller image for looking at.");
    m.def("use_bundled_data", &use_bundled_data, py::arg("folder"), "Says where GDAL's and PROJ's data lie.");
    m.def("use_certificates", &use_certificates, py::arg("file"), "Trusts these, unless the environment names others.");
    m.def(
        "write_picture",
        [](const std::filesystem::path& source, const std::filesystem::path& picture, std::int64_t max_side_px,
           const OpenOptions& options) {
            return run_interruptible(
                1, [&](const RunContext&) { return write_picture(source, picture, max_side_px, options); });
        },
        py::arg("source"), py::arg("picture"), py::arg("max_side_px"), py::arg("options"), "A PNG for looking at.");
    m.def(
        "write_raster",
        [](const std::filesystem::path& path, RasterFormat format, const py::array& array, const RasterInfo& info,
           const std::optional<py::array>& mask, Compression compression, int workers) {
            const auto samples = view_of(array);
            const auto hidden = mask ? std::optional(view_of(*mask)) : std::nullopt;
            return run_interruptible(workers, [&](const RunContext& context) {
                JobGroup jobs(*context.executor, pending_bytes);
                const auto writer = open_raster_writer(path, format, info, {compression, {}, {}}, jobs);
                const auto step = rows_per_step(info, samples.size.width_px, 1);
                for (std::int64_t y = 0; y < samples.size.height_px; y += step) {
                    context.throw_if_stopped();
                    const Window rows{0, y, samples.size.width_px, std::min(step, samples.size.height_px - y)};
                    writer->append(samples.crop(rows), hidden ? std::optional(hidden->crop(rows)) : std::nullopt);
                }
                jobs.wait();
                return written_file(path);
            });
        },
        py::arg("path"), py::arg("format"), py::arg("array"), py::arg("info"), py::arg("mask"), py::arg("compression"),
        py::arg("workers"), "Writes an array as PNG or TIFF.");
}

}  // namespace tilewright::python
