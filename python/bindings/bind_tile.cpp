// SPDX-License-Identifier: Apache-2.0
// Bindings of tile/: conversion only, no logic. Long docstrings stand in tilewright/tile.py.
#include <pybind11/pybind11.h>
#include <pybind11/stl.h>

#include <filesystem>

#include "arrays.h"
#include "casters.h"
#include "interruptible.h"
#include "record.h"
#include "tilewright/tile/compare.h"
#include "tilewright/tile/manifest.h"
#include "tilewright/tile/reconstruct.h"
#include "tilewright/tile/tesselate.h"
#include "tilewright/tile/verify.h"

namespace py = pybind11;

namespace tilewright::python {
namespace {

void bind_manifest(py::module_& m) {
    Record<TesselateOptions>(m, "TesselateOptions", Record<TesselateOptions>::Kind::option,
                             "How to cut an image and how to store its slices.", 1)
        .field("layout", &TesselateOptions::layout, "Where to cut.")
        .field(
            "format", &TesselateOptions::format,
            "'auto': PNG where it holds every bit, else GeoTIFF; 'png', 'tiff'; 'copy': TIFF of the source's blocks.")
        .field("compression", &TesselateOptions::compression, "'fast', 'balanced' or 'small'; all are lossless.")
        .field("open", &TesselateOptions::open, "Which page to cut, and what to refuse.")
        .finish()
        .def_property_readonly("digest", &TesselateOptions::digest,
                               "32 hex digits that change with every option that changes an output byte.");
    Record<FileIdentity>(m, "FileIdentity", Record<FileIdentity>::Kind::result, "Tells versions of a file apart.")
        .field("size_bytes", &FileIdentity::size_bytes, "Its size.")
        .field("mtime_ns", &FileIdentity::mtime_ns, "Last change, nanoseconds since 1970-01-01 UTC.")
        .finish();
    Record<SliceRecord>(m, "SliceRecord", Record<SliceRecord>::Kind::result,
                        "One slice: where it was cut and what proves it.")
        .field("index", &SliceRecord::index, "Its number, from 0, row-major.")
        .field("filename", &SliceRecord::filename, "A plain name in the manifest's folder.")
        .field("window", &SliceRecord::window, "Where it was cut; may reach past the image with edge='pad'.")
        .field("format", &SliceRecord::format, "'png' or 'tiff'.")
        .field("pixel_hash", &SliceRecord::pixel_hash, "XXH3-128 of its samples.")
        .field("mask_hash", &SliceRecord::mask_hash, "XXH3-128 of its mask; empty if the raster has none.")
        .field("file_size_bytes", &SliceRecord::file_size_bytes, "Size of the file.")
        .field("sha256", &SliceRecord::sha256, "SHA-256 of the file.")
        .field("valid_fraction", &SliceRecord::valid_fraction, "Share of its pixels that hold data, 0 to 1.")
        .field("footprint", &SliceRecord::footprint,
               "(longitude, latitude) of its corners: upper left, upper right, lower right, lower left; empty if "
               "unknown.")
        .finish();
    Record<Manifest>(m, "Manifest", Record<Manifest>::Kind::result,
                     "All that is needed to prove an image's slices and to put it together (metadata.json).")
        .field("source_path", &Manifest::source_path, "The image; empty if it was an array.")
        .field("source_identity", &Manifest::source_identity, "The version of the image that was cut.")
        .field("pixel_hash", &Manifest::pixel_hash, "XXH3-128 of the whole image's samples.")
        .field("mask_hash", &Manifest::mask_hash, "XXH3-128 of its mask; empty if it has none.")
        .field("raster", &Manifest::raster, "Everything about the image but its samples.")
        .field("options", &Manifest::options, "How it was cut.")
        .field("slices", &Manifest::slices, "The slices, row-major.")
        .field("notes", &Manifest::notes, "For people: that only page 1 of 3 was cut, ...")
        .field("folder", &Manifest::folder, "Where the manifest and its slices lie.")
        .finish({}, &manifest_text)
        .attr("filename") = Manifest::filename;

    m.def(
        "read_manifest",
        [](const std::filesystem::path& path) {
            const py::gil_scoped_release release;
            return read_manifest(path);
        },
        py::arg("path"), "Reads and checks a manifest.");
}

void bind_results(py::module_& m) {
    Record<VerifyProblem>(m, "VerifyProblem", Record<VerifyProblem>::Kind::result,
                          "What is wrong with one file of a tesselation.")
        .field("filename", &VerifyProblem::filename, "The file.")
        .field("code", &VerifyProblem::code, "Of an error: 'not_found', 'corrupt', ...")
        .field("message", &VerifyProblem::message, "What is wrong, for people.")
        .finish();
    Record<VerifyResult>(m, "VerifyResult", Record<VerifyResult>::Kind::result, "What was proven of one image.")
        .field("manifest_path", &VerifyResult::manifest_path, "The manifest.")
        .field("slices", &VerifyResult::slices, "Slices it names.")
        .field("proven_slices", &VerifyResult::proven_slices, "Slices whose file and samples match their hashes.")
        .field("source_checked", &VerifyResult::source_checked, "Whether the original's samples were compared.")
        .field("problems", &VerifyResult::problems, "What is wrong.")
        .finish()
        .def_property_readonly("ok", &VerifyResult::ok, "Whether every slice is proven and nothing is wrong.");
    Record<Comparison>(m, "Comparison", Record<Comparison>::Kind::result, "How two rasters differ.")
        .field("a", &Comparison::a, "The first.")
        .field("b", &Comparison::b, "The second.")
        .field("file_sizes_match", &Comparison::file_sizes_match, "Whether the files are equally long.")
        .field("md5_hashes_match", &Comparison::md5_hashes_match, "Whether the files have the same bytes.")
        .field("md5_hash_a", &Comparison::md5_hash_a, "MD5 of the first file.")
        .field("md5_hash_b", &Comparison::md5_hash_b, "MD5 of the second file.")
        .field("dimensions_a", &Comparison::dimensions_a, "Size of the first.")
        .field("dimensions_b", &Comparison::dimensions_b, "Size of the second.")
        .field("dimensions_match", &Comparison::dimensions_match, "Whether width, height and band count are the same.")
        .field("types_match", &Comparison::types_match, "Whether samples have the same type.")
        .field("pixels_identical", &Comparison::pixels_identical, "Whether samples are the same, bit for bit.")
        .field("masks_identical", &Comparison::masks_identical, "Whether the same pixels are hidden.")
        .field("nodata_identical", &Comparison::nodata_identical, "Whether the bands' nodata values are the same.")
        .field("georeferencing_identical", &Comparison::georeferencing_identical,
               "Whether CRS, geotransform, GCPs and RPCs are the same.")
        .field("color_identical", &Comparison::color_identical,
               "Whether interpretation, palettes and ICC profile are the same.")
        .field("metadata_identical", &Comparison::metadata_identical,
               "Whether descriptions, units, scales and metadata items are the same.")
        .field("different_samples", &Comparison::different_samples, "Samples that differ.")
        .field("total_samples", &Comparison::total_samples, "Samples compared.")
        .field("differences", &Comparison::differences, "One line for each thing other than samples that differs.")
        .finish()
        .def_property_readonly("identical", &Comparison::identical,
                               "Whether all but metadata items, codec and block layout is the same.");
}

}  // namespace

void bind_tile(py::module_& m) {
    bind_manifest(m);
    bind_results(m);
    m.def(
        "tesselate",
        [](const std::filesystem::path& source, const std::filesystem::path& folder, const TesselateOptions& options,
           int workers, const py::object& progress) {
            return ByteProgress(progress).run(
                workers, [&](const RunContext& context) { return tesselate(source, folder, options, context); });
        },
        py::arg("source"), py::arg("folder"), py::arg("options"), py::arg("workers"), py::arg("progress"),
        "Cuts one image into proven slices.");
    m.def(
        "tesselate_array",
        [](const py::array& array, const RasterInfo& info, const std::filesystem::path& folder,
           const TesselateOptions& options, int workers, const py::object& progress) {
            const auto image = view_of(array);
            return ByteProgress(progress).run(
                workers, [&](const RunContext& context) { return tesselate(image, info, folder, options, context); });
        },
        py::arg("array"), py::arg("info"), py::arg("folder"), py::arg("options"), py::arg("workers"),
        py::arg("progress"), "Cuts an array into proven slices.");
    m.def(
        "reconstruct",
        [](const Manifest& manifest, const std::filesystem::path& output, Compression compression, int workers,
           const py::object& progress) {
            return ByteProgress(progress).run(workers, [&](const RunContext& context) {
                return reconstruct(manifest, output, compression, context);
            });
        },
        py::arg("manifest"), py::arg("output"), py::arg("compression"), py::arg("workers"), py::arg("progress"),
        "Puts an image together again.");
    m.def(
        "reconstruct_array",
        [](const Manifest& manifest, int workers, const py::object& progress) {
            return array_of(ByteProgress(progress).run(
                workers, [&](const RunContext& context) { return reconstruct_image(manifest, context); }));
        },
        py::arg("manifest"), py::arg("workers"), py::arg("progress"), "Puts an image together in memory.");
    m.def(
        "verify",
        [](const std::filesystem::path& path, SourceCheck source, int workers, const py::object& progress) {
            return ByteProgress(progress).run(workers,
                                              [&](const RunContext& context) { return verify(path, source, context); });
        },
        py::arg("path"), py::arg("source"), py::arg("workers"), py::arg("progress"), "Proves one image's slices.");
    m.def(
        "verify_folder",
        [](const std::filesystem::path& folder, SourceCheck source, int workers, const py::object& progress) {
            return ByteProgress(progress).run(
                workers, [&](const RunContext& context) { return verify_folder(folder, source, context); });
        },
        py::arg("folder"), py::arg("source"), py::arg("workers"), py::arg("progress"), "Proves a batch's slices.");
    m.def(
        "compare",
        [](const std::filesystem::path& a, const std::filesystem::path& b, int workers, const py::object& progress) {
            return ByteProgress(progress).run(workers,
                                              [&](const RunContext& context) { return compare(a, b, context); });
        },
        py::arg("a"), py::arg("b"), py::arg("workers"), py::arg("progress"), "Compares two rasters.");
}

}  // namespace tilewright::python
