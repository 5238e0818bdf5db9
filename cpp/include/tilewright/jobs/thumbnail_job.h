// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include "tilewright/core/error.h"
#include "tilewright/jobs/batch_job.h"
#include "tilewright/thumbnail/thumbnail.h"

#pragma GCC visibility push(default)
namespace tilewright::inline v0_1 {

/// Thumbnails of every image below a folder (or of one given by name), into `{output_dir}/{stamp}/{its sub-folder}/`.
struct ThumbnailJob {
    std::filesystem::path input_dir;  ///< a folder, or one file
    std::filesystem::path output_dir;
    Size size{100, 100};  ///< the box that thumbnails fit into, px
    int quality = 75;     ///< of JPEG and WebP, 1 to 100
    /// Names the folder of this run, "20251203T1530Z": year to minute, UTC. Empty: as stamped() has it.
    std::string stamp;
    int max_workers = 0;            ///< threads; 0: one a processor
    int io_threads = 0;             ///< as BatchJob has it
    bool resume = true;             ///< false: make those again that are there
    std::int64_t memory_bytes = 0;  ///< 0: a quarter of what the machine or container has
    int retries = 3;
    std::string log_level = "INFO";
    OpenOptions open;
    Shard shard;  ///< which of the files this worker looks at; state and report then lie in shard_folder()
    /// What was found and the stamp, frozen: written by the first that lists the input, read by all others.
    std::optional<std::filesystem::path> plan_file;
};

/// One image that was found, and what is to become of it.
struct PlannedThumbnail {
    std::filesystem::path source;     ///< relative to input_dir
    std::filesystem::path thumbnail;  ///< relative to the stamped folder
    std::string key;                  ///< of its task and outcome: the source as text
    FileIdentity identity;
    std::optional<ThumbnailForecast> forecast;  ///< absent if the header cannot be read
    std::optional<Error> error;                 ///< why there can be no thumbnail
};

/// What a run would do, before a pixel is decoded.
struct ThumbnailPlan {
    std::string stamp;
    std::vector<PlannedThumbnail> images;
    std::int64_t other_files = 0;                                      ///< that are no images, by content and by name
    std::vector<std::pair<std::string, std::string>> skipped_folders;  ///< relative path, reason
};

/// Whether a folder's name is one that runs give: "20251203T1530Z".
bool is_stamp(std::string_view name) noexcept;

/// The job with a stamp. One that has none gets that of its plan file, which is written if there is none yet; else,
/// where workers share the run, the minute of the newest file in the input, which all of them see alike; else this
/// minute.
/// @throws Error as plan_thumbnails
ThumbnailJob stamped(const ThumbnailJob& job, const std::stop_token& stop = {});

/// Lists and plans what this worker is to do. An image is what begins as one of the formats that are read, or has the
/// extension of one: a damaged JPEG fails, and is not passed over. Stamped folders directly in output_dir are results
/// of runs and never taken as input. No two images get one name: the later one of two gets "~2" before its extension,
/// whichever worker makes it.
///
/// @throws Error invalid_argument for options that can never work and for a plan file of another input, not_found or
///         permission if the input cannot be listed, cancelled
ThumbnailPlan plan_thumbnails(const ThumbnailJob& job, const std::stop_token& stop = {});

/// The plan as JSON text, for --dry-run --json.
std::string plan_text(const ThumbnailPlan& plan);

/// Runs it. Beside the thumbnails the stamped folder gets journal, state, report and log, and thumbnails.jsonl: a line
/// for each with source, sizes and SHA-256, by which a run with the same stamp knows what is done. Of several workers
/// each writes these into its shard_folder() of the stamped folder, and merge_shards() brings them together there.
///
/// A stop ends it within about a second: state and report are saved, and the report says `interrupted`.
/// @param elsewhere  as for run_batch()
/// @throws Error of plan_thumbnails; permission, io or resource if the output cannot be written; already_exists if
///         another run holds it
BatchReport run_thumbnails(const ThumbnailJob& job, std::stop_token stop = {}, const BatchCallbacks& callbacks = {},
                           Dispatch* elsewhere = nullptr);

}  // namespace tilewright::inline v0_1
#pragma GCC visibility pop
