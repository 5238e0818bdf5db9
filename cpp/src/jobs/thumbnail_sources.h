// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <stop_token>
#include <vector>

#include "jobs/scan.h"
#include "tilewright/jobs/thumbnail_job.h"

namespace tilewright::inline v0_1 {

/// What the folders of a run hold, before a file was opened.
struct ThumbnailSources {
    /// All files, sorted by path, and the folders passed over; the stamp is that of the plan file, if there is one.
    Listing listing;
    /// When the newest file was changed, nanoseconds since 1970-01-01 UTC; 0 if it was read from a plan file.
    std::int64_t newest_ns = 0;
};

/// Lists all files below the job's input folder, or the one file that was given; or reads the job's plan file. Stamped
/// folders directly in output_dir are left out.
/// @throws Error of find_places, list_tree, file_identity and frozen_listing
ThumbnailSources list_thumbnail_sources(const ThumbnailJob& job, const std::stop_token& stop);

/// Marks what the worker is to look at. Files that are named as images and all others are shared out each by
/// themselves, so that "a.tif, a.tif.aux.xml, b.tif, ..." does not give one worker all images.
std::vector<bool> share_of(const std::vector<FoundSource>& sources, const Shard& shard);

/// A minute as it names a run's folder: "20251203T1530Z". @param time_s  seconds since 1970-01-01 UTC
std::string stamp_at(std::int64_t time_s);

}  // namespace tilewright::inline v0_1
