// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "tilewright/batch/engine.h"
#include "tilewright/batch/report.h"
#include "tilewright/batch/shard.h"
#include "tilewright/core/log.h"
#include "tilewright/tile/tesselate.h"

#pragma GCC visibility push(default)
namespace tilewright::inline v0_1 {

/// What an earlier result must show to be trusted.
enum class ResumeCheck {
    manifest,  ///< the manifest fits source and options, and its slices exist with their sizes
    hashes,    ///< and their SHA-256 match (--resume=verify)
};

/// Which pages of a multi-page TIFF are cut.
enum class Pages { first, all };

/// A batch: every TIFF below a folder (or one raster given by name) into slices below another.
///
/// The first eight fields are the original tool's, with its names and defaults.
struct BatchJob {
    std::filesystem::path input_dir;  ///< a folder, or one file
    std::filesystem::path output_dir;
    std::int64_t num_pieces = 8;         ///< used unless `layout` is set
    int max_workers = 4;                 ///< threads; 0: one a processor
    std::int64_t min_image_size = 1024;  ///< images with a side below this are skipped, px
    bool skip_existing = true;           ///< false: redo all (--no-resume)
    bool resume_mode = true;             ///< false: the same; what was done before stays in journal and state
    std::string log_level = "INFO";

    std::optional<Layout> layout;
    SliceFormat format = SliceFormat::automatic;
    Compression compression = Compression::fast;
    ResumeCheck resume_check = ResumeCheck::manifest;
    Pages pages = Pages::first;
    std::int64_t memory_bytes = 0;  ///< 0: a quarter of what the machine or container has
    /// Images under way while some wait for a store; 0: eight a worker where one is read or written.
    int io_threads = 0;
    int retries = 3;
    OpenOptions open;
    Shard shard;  ///< which of the images this worker cuts; state and report then lie in shard_folder()
    /// What was found, frozen: written by the first that lists the input, read by all others, so that images that
    /// arrive meanwhile move nobody's work. None: every run lists anew.
    std::optional<std::filesystem::path> plan_file;
};

/// Where a worker's journal, state, report and log lie: output_dir, or, where several share it, a folder
/// shards/0003-of-0050 in it.
std::filesystem::path shard_folder(const std::filesystem::path& output_dir, const Shard& shard);

/// Merges what the workers of a plan wrote into one report, and writes it as batch_report.json into `output_dir`; of
/// chips also their index, as run_chips() does, and of thumbnails, whose output folder is the stamped one, theirs.
///
/// A worker that was killed tells what it ended by its journal; its other images count as cancelled. A worker whose
/// last report is of another round of chips than the newest has not begun.
/// @throws Error not_found if no worker wrote anything there; corrupt if workers of different counts did, or if what
///         one wrote cannot be read
BatchReport merge_shards(const std::filesystem::path& output_dir);

/// One image a batch found, and what is to become of it.
struct PlannedImage {
    std::filesystem::path source;         ///< relative to input_dir
    std::filesystem::path output_folder;  ///< relative to output_dir
    int page = 1;
    std::string key;                ///< of its task and outcome: the source as text, "#page=2" behind it from page 2 on
    std::int64_t source_bytes = 0;  ///< size of the source as stored
    std::optional<RasterInfo> info;  ///< absent if the header cannot be read
    std::string skip_reason;         ///< "below_min_size"; empty if it is to be cut
    std::optional<Error> error;      ///< why it cannot be cut
    std::int64_t slices = 0;
};

/// What a batch would do, before a pixel is decoded. The same input gives the same plan, byte for byte.
struct BatchPlan {
    std::vector<PlannedImage> images;
    std::vector<std::pair<std::string, std::string>> skipped_folders;  ///< relative path, reason

    std::int64_t slices() const noexcept;
    std::int64_t raw_bytes() const noexcept;
};

/// Scans and plans what this worker is to do: TIFFs in any case of their ending; each folder judged alone; folders with
/// JPEGs but no TIFF skipped and counted.
///
/// @throws Error invalid_argument for options that can never work (0 pieces, overlap not smaller than the tile, output
///         inside itself, a plan file of another input), not_found or permission if the input cannot be listed,
///         cancelled
BatchPlan plan_batch(const BatchJob& job, const std::stop_token& stop = {});

/// The plan as JSON text, for --dry-run --json.
std::string plan_text(const BatchPlan& plan);

class Dispatch;  // tilewright/jobs/dispatch.h

struct BatchCallbacks {
    std::function<void(const EngineProgress&)> on_progress;
    std::function<void(const Outcome&)> on_outcome;
    LogSink log;  ///< beside batch_processing.log
};

/// Runs a batch: plan, run with resume, prove, report. Writes everything of design section 5 below output_dir.
///
/// A stop ends it within about a second: state and report are saved, and the report says `interrupted`.
/// @param elsewhere  hands the tasks to other machines, for this one run; null: they are done here
/// @throws Error of plan_batch; permission, io or resource if the output folder itself cannot be written;
///         already_exists if another run holds it
BatchReport run_batch(const BatchJob& job, std::stop_token stop = {}, const BatchCallbacks& callbacks = {},
                      Dispatch* elsewhere = nullptr);

}  // namespace tilewright::inline v0_1
#pragma GCC visibility pop
