// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include "tilewright/chip/extract.h"
#include "tilewright/core/error.h"
#include "tilewright/jobs/batch_job.h"
#include "tilewright/raster/raster_info.h"

#pragma GCC visibility push(default)
namespace tilewright::inline v0_1 {

/// One round of training chips: a few windows of every TIFF below a folder (or of one raster given by name).
struct ChipJob {
    std::filesystem::path input_dir;  ///< a folder, or one file
    std::filesystem::path output_dir;
    std::int64_t count = 4;       ///< chips an image
    std::int64_t size_px = 1024;  ///< side of a chip
    std::int64_t folders = 10;    ///< folders that the images are dealt to
    std::string prefix = "A";     ///< the round: A, then B, then C
    std::int64_t margin_px = 10;  ///< what stays free at every edge of an image
    std::uint64_t seed = 0;       ///< another seed, other places
    ChipFormat format = ChipFormat::automatic;
    Compression compression = Compression::fast;
    double max_nodata = 1.0;        ///< chips with a larger share of pixels without data are drawn again; 1: off
    std::int64_t annotators = 0;    ///< task lists to write, to as many people; 0: none
    int max_workers = 0;            ///< threads; 0: one a processor
    int io_threads = 0;             ///< as BatchJob has it
    std::int64_t memory_bytes = 0;  ///< 0: a quarter of what the machine or container has
    int retries = 3;                ///< further attempts after an error that may pass
    ChipResume resume = ChipResume::sizes;
    std::string log_level = "INFO";
    OpenOptions open;
    Shard shard;  ///< which of the images this worker cuts; state and report then lie in shard_folder()
    std::optional<std::filesystem::path> plan_file;  ///< what was found, frozen, as BatchJob has it
};

/// One image that was found, and what is to become of it.
struct PlannedChips {
    std::filesystem::path source;    ///< relative to input_dir
    std::string key;                 ///< of its task and outcome: the source as text
    std::string name;                ///< of the source in its chips' names
    std::string folder;              ///< of its chips, relative to output_dir
    std::int64_t source_bytes = 0;   ///< size of the source as stored
    std::optional<RasterInfo> info;  ///< absent if the header cannot be read
    std::string skip_reason;         ///< "image_too_small"; empty if chips are to be cut
    std::optional<Error> error;      ///< why none can be cut
    std::int64_t chips = 0;          ///< that have a place; fewer are written where `max_nodata` refuses some
};

/// What a round would do, before a pixel is decoded. The same input gives the same plan, byte for byte.
struct ChipPlan {
    std::vector<PlannedChips> images;
    std::vector<std::pair<std::string, std::string>> skipped_folders;  ///< relative path, reason

    std::int64_t chips() const noexcept;
};

/// Scans and plans what this worker is to do, as plan_batch() does.
///
/// Chips of a source are named by its stem. Of several sources with one stem the first by path keeps it; the others get
/// "{stem}-{8 hex digits}", of the XXH3 of their relative path. Folders are chosen by the stem alone.
///
/// @throws Error invalid_argument for options that can never work, not_found or permission if the input cannot be
///         listed, cancelled
ChipPlan plan_chips(const ChipJob& job, const std::stop_token& stop = {});

/// The plan as JSON text, for --dry-run --json.
std::string plan_text(const ChipPlan& plan);

/// Runs a round: plan, cut with resume, prove, index, report. Chips lie in output_dir/01, 02, ...; beside them
/// records/, rounds/, chips.csv, chips.geojson, tasks/, and what every batch writes.
///
/// A stop ends it within about a second: state and report are saved, and the report says `interrupted`; the index stays
/// as it was. Of several workers none writes the index: merge_shards() does.
/// @param elsewhere  as for run_batch()
/// @throws Error of plan_chips; invalid_argument if chips of another round lie in output_dir that were placed by other
///         options, as chips of the two might overlap; as run_batch for the output folder itself; of write_chip_index
BatchReport run_chips(const ChipJob& job, std::stop_token stop = {}, const BatchCallbacks& callbacks = {},
                      Dispatch* elsewhere = nullptr);

/// How many chips of all rounds each folder and each annotator has.
struct ChipCounts {
    std::int64_t chips = 0;
    std::int64_t skipped = 0;  ///< chips asked for that have no place or too little data
    std::vector<std::pair<std::string, std::int64_t>> folders;     ///< "01" first; empty ones too
    std::vector<std::pair<std::string, std::int64_t>> annotators;  ///< "annotator_01" first
};

/// Writes chips.csv and chips.geojson of all chips in an output folder, whatever run or machine cut them. For
/// annotators also the lists tasks/folder_NN.csv and tasks/annotator_NN.csv: each gets folders that follow each other,
/// as evenly as whole folders allow.
///
/// @param folders  at least; more are counted where chips lie in them
/// @param annotators  0 to `folders`; lists of more annotators than these are removed, unless it is 0: then none change
/// @throws Error invalid_argument for more annotators than folders; of read_chip_sets and AtomicFile
ChipCounts write_chip_index(const std::filesystem::path& output, std::int64_t folders, std::int64_t annotators);

}  // namespace tilewright::inline v0_1
#pragma GCC visibility pop
