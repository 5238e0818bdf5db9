// SPDX-License-Identifier: Apache-2.0
// Runs one batch for kill_test.cpp: batch_program INPUT OUTPUT PIECES RESUME. Exit code 0 if every image came out.
#include <cstdlib>
#include <exception>
#include <string>

#include "tilewright/jobs/batch_job.h"

int main(int count, char** arguments) {
    if (count != 5) return 2;
    tilewright::BatchJob job;
    job.input_dir = arguments[1];
    job.output_dir = arguments[2];
    job.num_pieces = std::atol(arguments[3]);
    job.skip_existing = std::string(arguments[4]) == "resume";
    job.min_image_size = 40;
    job.max_workers = 2;
    job.memory_bytes = std::int64_t{1} << 30;
    try {
        const auto report = tilewright::run_batch(job);
        return report.count(tilewright::TaskStatus::failed) == 0 && !report.interrupted ? 0 : 1;
    } catch (const std::exception&) {
        return 3;
    }
}
