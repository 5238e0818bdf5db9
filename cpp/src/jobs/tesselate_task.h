// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>

#include "jobs/places.h"
#include "tilewright/batch/task.h"
#include "tilewright/jobs/batch_job.h"

namespace tilewright::inline v0_1 {

/// The task of one planned image: passed over if it is to be skipped or its proof holds, else cut and proven.
///
/// The order in the image's folder is: batch_metadata.json of an earlier run goes, slices and manifest come, then
/// batch_metadata.json. The manifest stays the one commit marker: a run killed before batch_metadata.json is written
/// leaves it missing, never stale, and the next run writes it anew from the manifest.
///
/// @param configuration  of configuration_text, shared by all tasks of a batch
Task tesselate_task(const BatchJob& job, const BatchPlaces& places, const PlannedImage& image,
                    std::shared_ptr<const std::string> configuration);

}  // namespace tilewright::inline v0_1
