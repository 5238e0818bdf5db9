// SPDX-License-Identifier: Apache-2.0
#include "jobs/batch_files.h"

#include <nlohmann/json.hpp>
#include <type_traits>
#include <variant>

#include "tilewright/storage/file.h"

namespace tilewright::inline v0_1 {
namespace {

using Json = nlohmann::ordered_json;

Json layout_json(const Layout& layout) {
    return std::visit(
        [](const auto& chosen) -> Json {
            using Chosen = std::decay_t<decltype(chosen)>;
            if constexpr (std::is_same_v<Chosen, PiecesLayout>) {
                return {{"type", "pieces"}, {"count", chosen.count}};
            } else if constexpr (std::is_same_v<Chosen, GridLayout>) {
                return {{"type", "grid"}, {"rows", chosen.rows}, {"columns", chosen.columns}};
            } else if constexpr (std::is_same_v<Chosen, TilesLayout>) {
                return {{"type", "tiles"},
                        {"width_px", chosen.width_px},
                        {"height_px", chosen.height_px},
                        {"overlap_px", chosen.overlap_px},
                        {"edge", name(chosen.edge)}};
            } else {
                return {{"type", "strips"}, {"count", chosen.count}, {"direction", name(chosen.direction)}};
            }
        },
        layout);
}

}  // namespace

std::string configuration_text(const BatchJob& job) {
    Json json;
    json["input_dir"] = path_text(job.input_dir);
    json["output_dir"] = path_text(job.output_dir);
    json["num_pieces"] = job.num_pieces;
    json["max_workers"] = job.max_workers;
    json["min_image_size"] = job.min_image_size;
    json["skip_existing"] = job.skip_existing;
    json["resume_mode"] = job.resume_mode;
    json["log_level"] = job.log_level;
    json["layout"] = layout_json(job.layout.value_or(PiecesLayout{job.num_pieces}));
    json["format"] = name(job.format);
    json["compression"] = name(job.compression);
    json["resume_check"] = job.resume_check == ResumeCheck::hashes ? "hashes" : "manifest";
    json["pages"] = job.pages == Pages::all ? "all" : "first";
    json["io_threads"] = job.io_threads;
    json["memory_bytes"] = job.memory_bytes;
    json["retries"] = job.retries;
    json["shard"] = {{"index", job.shard.index}, {"count", job.shard.count}, {"rule", name(job.shard.rule)}};
    json["plan_file"] = job.plan_file ? Json(path_text(*job.plan_file)) : Json();
    json["max_raw_bytes"] = job.open.max_raw_bytes;
    json["max_block_bytes"] = job.open.max_block_bytes;
    json["max_expansion"] = job.open.max_expansion;
    return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::string batch_metadata_text(const Manifest& manifest, const BatchInfo& info) {
    auto json = Json::parse(manifest_text(manifest));
    json["batch_info"] = {{"original_path", path_text(info.original_path)},
                          {"relative_path", path_text(info.relative_path)},
                          {"processed_at", info.processed_at_s},
                          {"processing_time", info.processing_time_s},
                          {"batch_config", Json::parse(info.configuration)}};
    return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace tilewright::inline v0_1
