// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <memory>

#include "tilewright/raster/raster_writer.h"

namespace tilewright::inline v0_1 {

std::unique_ptr<RasterWriter> open_tiff_writer(const std::filesystem::path& path, const RasterInfo& info,
                                               const WriteOptions& options, JobGroup& jobs);

}  // namespace tilewright::inline v0_1
