// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "jobs/places.h"
#include "tilewright/jobs/thumbnail_job.h"

namespace tilewright::inline v0_1 {

/// @throws Error invalid_argument, naming the field, for values that can never work
void check_options(const ThumbnailJob& job);

ThumbnailOptions thumbnail_options(const ThumbnailJob& job);

/// max_workers, or one a processor where it is 0.
int worker_count(const ThumbnailJob& job);

/// Where a run reads and writes; the output is the stamped folder, or where one would be. @throws Error as find_places
BatchPlaces thumbnail_places(const ThumbnailJob& job);

}  // namespace tilewright::inline v0_1
