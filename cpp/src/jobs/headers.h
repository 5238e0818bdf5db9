// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <optional>
#include <stop_token>
#include <vector>

#include "jobs/scan.h"
#include "tilewright/core/error.h"
#include "tilewright/jobs/batch_job.h"
#include "tilewright/raster/raster_info.h"

namespace tilewright::inline v0_1 {

/// One page of a source: its header, or why it cannot be read.
struct Header {
    int page = 1;
    std::optional<RasterInfo> info;
    std::optional<Error> error;
};

/// The headers of each source's first page or of all its pages; at least one a source, in the order of the sources.
///
/// @param root  what the sources are relative to
/// @param wanted  one a source; those not wanted get one empty header
/// @param threads  at least 1; the result does not depend on it
/// @throws Error cancelled; what is wrong with a source is in its header
std::vector<std::vector<Header>> read_headers(const std::filesystem::path& root,
                                              const std::vector<FoundSource>& sources, const std::vector<bool>& wanted,
                                              const OpenOptions& options, Pages pages, int threads,
                                              const std::stop_token& stop);

}  // namespace tilewright::inline v0_1
