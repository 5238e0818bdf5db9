// SPDX-License-Identifier: Apache-2.0
#include "jobs/job_options.h"

#include <cstdint>

#include "jobs/any_job.h"
#include "tilewright/core/thread_pool.h"

namespace tilewright::inline v0_1 {
void check_options(const BatchJob& job) {
    check_fields_of_any(job);
    require_not_negative(job.min_image_size, "min_image_size");
    // A layout that no image allows, however large, is a mistake of the job and not of its images.
    constexpr std::int64_t largest_side_px = std::int64_t{1} << 30;
    window_count({largest_side_px, largest_side_px}, layout_of(job));
}

Layout layout_of(const BatchJob& job) {
    return job.layout.value_or(PiecesLayout{job.num_pieces});
}

TesselateOptions tesselate_options(const BatchJob& job, int page) {
    TesselateOptions options{layout_of(job), job.format, job.compression, job.open};
    options.open.page = page;
    return options;
}

int worker_count(const BatchJob& job) {
    return job.max_workers > 0 ? job.max_workers : available_processors();
}

}  // namespace tilewright::inline v0_1
