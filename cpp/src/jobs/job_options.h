// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "tilewright/jobs/batch_job.h"

namespace tilewright::inline v0_1 {

/// @throws Error invalid_argument, naming the field, for values that can never work
void check_options(const BatchJob& job);

/// The layout asked for: `layout`, or pieces(num_pieces).
Layout layout_of(const BatchJob& job);

/// What tesselate() is given for one page.
TesselateOptions tesselate_options(const BatchJob& job, int page);

/// max_workers, or one a processor where it is 0.
int worker_count(const BatchJob& job);

}  // namespace tilewright::inline v0_1
