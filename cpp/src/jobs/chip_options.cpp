// SPDX-License-Identifier: Apache-2.0
#include "jobs/chip_options.h"

#include <nlohmann/json.hpp>
#include <optional>
#include <utility>
#include <vector>

#include "jobs/job_options.h"
#include "tilewright/core/error.h"
#include "tilewright/storage/file.h"
#include "tilewright/storage/remove_file.h"
#include "tilewright/storage/tree.h"

namespace tilewright::inline v0_1 {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

constexpr int round_schema_version = 1;

std::string_view name(ChipResume resume) noexcept {
    switch (resume) {
        case ChipResume::never: return "never";
        case ChipResume::sizes: return "sizes";
        case ChipResume::hashes: return "hashes";
    }
    return "sizes";
}

// What decides where the chips of a round lie.
Json placement(const ChipJob& job) {
    return {{"schema_version", round_schema_version},
            {"prefix", job.prefix},
            {"count", job.count},
            {"size_px", job.size_px},
            {"margin_px", job.margin_px},
            {"seed", job.seed},
            {"max_nodata", job.max_nodata}};
}

// Whether a prefix is one of the rounds that keep clear of each other.
bool is_lettered(const std::string& prefix) noexcept {
    return prefix == "A" || chip_round(prefix) > 0;
}

std::optional<Json> read_round(const fs::path& path) {
    std::string text;
    try {
        text = read_text(path);
    } catch (const Error& error) {
        if (error.code() == ErrorCode::not_found) return std::nullopt;
        throw;
    }
    auto json = Json::parse(text, nullptr, false);
    if (!json.is_object()) {
        throw Error(ErrorCode::corrupt, "does not tell of a round of chips; remove it if none of its chips lie here",
                    path_text(path));
    }
    return json;
}

// The rounds noted in an output that keep clear of each other.
std::vector<Json> lettered_rounds(const fs::path& folder) {
    std::vector<Json> rounds;
    if (place_kind(folder) != PlaceKind::folder) return rounds;
    const auto tree = list_tree(folder);
    for (const auto& file : tree.front().files) {
        const auto& name = file.relative_path;
        if (name.extension() != ".json" || !is_lettered(name.stem().native())) continue;
        if (auto round = read_round(folder / name)) rounds.push_back(std::move(*round));
    }
    return rounds;
}

void refuse_other_placements(const ChipJob& job, const fs::path& folder) {
    if (!is_lettered(job.prefix)) return;
    for (auto theirs : lettered_rounds(folder)) {
        auto ours = placement(job);
        if (theirs.value("prefix", Json()) == job.prefix) continue;
        const auto prefix = std::exchange(theirs["prefix"], ours["prefix"]);
        if (theirs == ours) continue;
        for (auto* round : {&theirs, &ours}) {
            round->erase("schema_version");
            round->erase("prefix");
        }
        throw Error(ErrorCode::invalid_argument,
                    "chips of round " + prefix.dump() + " lie here, placed by " + theirs.dump() + ", and not by " +
                        ours.dump() +
                        ": chips of the two could overlap. Give the same options, another output, or a prefix of more "
                        "than one letter",
                    path_text(folder.parent_path()));
    }
}

}  // namespace

void check_options(const ChipJob& job) {
    check_options(batch_of(job));
    check_chip_options(chip_options(job));
    if (job.annotators < 0 || job.annotators > job.folders) {
        throw Error(ErrorCode::invalid_argument,
                    "must be 0 to the number of folders, " + std::to_string(job.folders) + ", but is " +
                        std::to_string(job.annotators),
                    "annotators");
    }
}

ChipOptions chip_options(const ChipJob& job) {
    ChipOptions options;
    options.layout = {job.count, job.size_px, job.margin_px, job.seed};
    options.prefix = job.prefix;
    options.folders = job.folders;
    options.format = job.format;
    options.compression = job.compression;
    options.max_nodata = job.max_nodata;
    options.open = job.open;
    return options;
}

BatchJob batch_of(const ChipJob& job) {
    BatchJob batch;
    batch.input_dir = job.input_dir;
    batch.output_dir = job.output_dir;
    batch.max_workers = job.max_workers;
    batch.io_threads = job.io_threads;
    batch.memory_bytes = job.memory_bytes;
    batch.retries = job.retries;
    batch.log_level = job.log_level;
    batch.open = job.open;
    batch.shard = job.shard;
    batch.plan_file = job.plan_file;
    return batch;
}

std::string configuration_text(const ChipJob& job) {
    const Json json{{"input_dir", path_text(job.input_dir)},
                    {"output_dir", path_text(job.output_dir)},
                    {"count", job.count},
                    {"size_px", job.size_px},
                    {"folders", job.folders},
                    {"prefix", job.prefix},
                    {"margin_px", job.margin_px},
                    {"seed", job.seed},
                    {"format", tilewright::name(job.format)},
                    {"compression", tilewright::name(job.compression)},
                    {"max_nodata", job.max_nodata},
                    {"annotators", job.annotators},
                    {"max_workers", job.max_workers},
                    {"io_threads", job.io_threads},
                    {"memory_bytes", job.memory_bytes},
                    {"retries", job.retries},
                    {"resume", name(job.resume)},
                    {"log_level", job.log_level},
                    {"shard", {{"index", job.shard.index}, {"count", job.shard.count}, {"rule", name(job.shard.rule)}}},
                    {"plan_file", job.plan_file ? Json(path_text(*job.plan_file)) : Json()},
                    {"max_raw_bytes", job.open.max_raw_bytes},
                    {"max_block_bytes", job.open.max_block_bytes},
                    {"max_expansion", job.open.max_expansion}};
    return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

void note_round(const ChipJob& job, const fs::path& output) {
    const auto folder = output / chip_rounds_folder_name;
    const auto path = folder / (job.prefix + ".json");
    const auto ours = placement(job);
    refuse_other_placements(job, folder);
    const auto before = read_round(path);
    if (before == ours) return;
    make_folder(folder);
    write_text(path, ours.dump(2) + "\n");
    try {
        // Another run may have noted its round meanwhile; of two that looked at once, one finds the other's.
        refuse_other_placements(job, folder);
    } catch (...) {
        if (before) {
            write_text(path, before->dump(2) + "\n");
        } else {
            remove_file(path);
        }
        throw;
    }
}

}  // namespace tilewright::inline v0_1
