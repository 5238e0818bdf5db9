// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gdal.h>

#include <filesystem>
#include <memory>
#include <string>

namespace tilewright {

struct GdalCloser {
    void operator()(GDALDatasetH dataset) const noexcept { GDALClose(dataset); }
};
using GdalDataset = std::unique_ptr<void, GdalCloser>;

/// Registers the drivers that rasters are read and written with, once. Called by whatever opens a dataset.
void register_gdal_drivers();

/// GDAL's name of the format that the file's first bytes are written in: "GTiff", "PNG", ...
/// @throws Error not_found, permission, io; corrupt if the file is empty or not what its name says; unsupported
std::string driver_of(const std::filesystem::path& path);

/// What GDAL is to open: a plain file or one directory of a TIFF.
struct GdalSource {
    std::filesystem::path path;
    std::string driver;
    std::uint64_t directory_offset = 0;  ///< of a TIFF's page that is not the first one; 0 for the file as a whole
    int overview = -1;                   ///< number of the overview to open in the raster's place; -1: the raster
};

/// Opens with the source's driver only. Of the files beside it, those are read that hold georeferencing, metadata, a
/// mask or overviews of this very image; none can point GDAL at further ones.
///
/// Must run inside a GdalScope. @throws Error corrupt, unsupported, resource, with GDAL's words
GdalDataset open_gdal(const GdalSource& source);

/// Whether what GDAL calls the dataset's overviews can only be in the file itself or right beside it.
bool overviews_are_its_own(GDALDatasetH dataset);

}  // namespace tilewright
