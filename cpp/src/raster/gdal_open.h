// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gdal.h>

#include <filesystem>
#include <memory>
#include <string>
#include <utility>

#include "tilewright/storage/gdal_file_name.h"
#include "tilewright/storage/random_access_file.h"

namespace tilewright::inline v0_1 {

struct GdalCloser {
    void operator()(GDALDatasetH dataset) const noexcept { GDALClose(dataset); }
};
using GdalDataset = std::unique_ptr<void, GdalCloser>;

/// Registers the drivers that rasters are read and written with, once. Called by whatever opens a dataset.
void register_gdal_drivers();

/// Opens a plain file, or an object of a store. @throws Error not_found, permission, io, unsupported for a device or
/// pipe
std::shared_ptr<RandomAccessFile> open_plain_file(const std::filesystem::path& path);

/// GDAL's name of the format that the file's first bytes are written in: "GTiff", "PNG", ...
/// @throws Error corrupt if the file is empty or not what its name says; unsupported; io
std::string driver_of(RandomAccessFile& file);

/// A file that system calls cannot reach: open, and with a name for GDAL.
struct UrlFile {
    explicit UrlFile(std::shared_ptr<RandomAccessFile> opened) : file(opened), name(std::move(opened)) {}

    std::shared_ptr<RandomAccessFile> file;
    GdalFileName name;
};

/// What GDAL is to open: a plain file or one directory of a TIFF.
struct GdalSource {
    std::filesystem::path path;
    std::string driver;
    std::uint64_t directory_offset = 0;  ///< of a TIFF's page that is not the first one; 0 for the file as a whole
    int overview = -1;                   ///< number of the overview to open in the raster's place; -1: the raster
    std::shared_ptr<const UrlFile> url_file = nullptr;  ///< where `path` is no local file
};

/// Opens with the source's driver only. Of the files beside it, those are read that hold georeferencing, metadata, a
/// mask or overviews of this very image; none can point GDAL at further ones. Beside an object of a store none is
/// looked for: each look would be a request.
///
/// Must run inside a GdalScope. @throws Error corrupt, unsupported, resource, with GDAL's words
GdalDataset open_gdal(const GdalSource& source);

/// Whether what GDAL calls the dataset's overviews can only be in the file itself or right beside it.
bool overviews_are_its_own(GDALDatasetH dataset);

}  // namespace tilewright::inline v0_1
