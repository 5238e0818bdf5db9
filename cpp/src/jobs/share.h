// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include "jobs/places.h"
#include "jobs/scan.h"
#include "tilewright/jobs/batch_job.h"
#include "tilewright/raster/raster_info.h"

namespace tilewright::inline v0_1 {

/// What a run found, and what of it this worker is to do.
struct SharedListing {
    Listing listing;         ///< all sources; of the folders passed over the worker's share only
    std::vector<bool> mine;  ///< one a source
};

/// Marks what of a list the worker is to do. @param sizes_bytes  of the items
std::vector<bool> share_of(const std::vector<std::int64_t>& sizes_bytes, const Shard& shard);

/// Leaves the worker's share of the folders passed over, so that all workers together tell of each once.
void keep_share(std::vector<std::pair<std::string, std::string>>& folders, const Shard& shard);

/// Lists the TIFFs below the job's input folder, its output left out, or the one file that was given; or reads the
/// job's plan file. Shares the sources out as the job's shard says, and the folders passed over as well, so that all
/// workers together tell of each once.
/// @throws Error of list_tree, file_identity and frozen_listing
SharedListing list_share(const BatchJob& job, const BatchPlaces& places, const std::stop_token& stop);

/// Why a file that is named like a TIFF is no source: it is an image of another format. A file that was given by its
/// name may be of any.
std::optional<Error> not_a_tiff(const RasterInfo& info, const std::filesystem::path& source, bool by_name);

}  // namespace tilewright::inline v0_1
