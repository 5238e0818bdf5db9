// SPDX-License-Identifier: Apache-2.0
#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>

#include "jobs/chip_names.h"
#include "jobs/chip_options.h"
#include "jobs/headers.h"
#include "jobs/job_options.h"
#include "jobs/places.h"
#include "jobs/share.h"
#include "jobs/unique_keys.h"
#include "tilewright/jobs/chip_job.h"
#include "tilewright/layout/chips.h"
#include "tilewright/storage/file.h"
#include "tilewright/storage/random_access_file.h"

namespace tilewright::inline v0_1 {
namespace {

using Json = nlohmann::ordered_json;

// Sets what becomes of an image whose header was read.
void judge(PlannedChips& image, const ChipOptions& options, bool by_name) {
    const auto& info = *image.info;
    image.error = not_a_tiff(info, image.source, by_name);
    if (image.error) return;
    try {
        chip_raster_format(info, options.format);
    } catch (const Error& error) {
        image.error = Error(error.code(), error.what(), path_text(image.source));
        return;
    }
    const auto places =
        place_chips(info.size, options.layout, options.prefix, path_text(image.source.generic_string()));
    for (const auto& place : places) {
        if (place.window) ++image.chips;
        if (place.reason == "image_too_small") image.skip_reason = place.reason;
    }
}

Json image_json(const PlannedChips& image) {
    Json json;
    json["source"] = path_text(image.source);
    json["source_bytes"] = image.source_bytes;
    json["name"] = image.name;
    json["folder"] = image.folder;
    if (image.info) {
        json["width"] = image.info->size.width_px;
        json["height"] = image.info->size.height_px;
        json["bands"] = image.info->bands;
        json["type"] = name(image.info->type);
    }
    if (image.error) {
        json["action"] = "fail";
        json["error"] = {{"code", name(image.error->code())}, {"message", image.error->what()}};
    } else if (!image.skip_reason.empty()) {
        json["action"] = "skip";
        json["reason"] = image.skip_reason;
    } else {
        json["action"] = "cut";
        json["chips"] = image.chips;
    }
    return json;
}

}  // namespace

std::int64_t ChipPlan::chips() const noexcept {
    std::int64_t sum = 0;
    for (const auto& image : images) sum += image.chips;
    return sum;
}

ChipPlan plan_chips(const ChipJob& job, const std::stop_token& stop) {
    const OpenOnce once(job.input_dir);
    check_options(job);
    const auto options = chip_options(job);
    const auto batch = batch_of(job);
    const auto places = find_places(batch);
    auto [listing, mine] = list_share(batch, places, stop);
    auto headers = read_headers(places.root, listing.sources, mine, job.open, Pages::first,
                                io_thread_count(job.io_threads, worker_count(batch), places), stop);
    const bool by_name = !places.file_name.empty();
    ChipPlan plan;
    plan.skipped_folders = std::move(listing.skipped_folders);
    ChipNames names;
    UniqueKeys keys;
    for (std::size_t i = 0; i < headers.size(); ++i) {
        auto& source = listing.sources[i];
        auto& header = headers[i].front();
        PlannedChips image;
        image.source = source.relative_path;
        image.key = keys.unique(path_text(source.relative_path));
        image.source_bytes = source.size_bytes;
        if (!source.is_folder) {
            image.name = names.assign(source.relative_path);
            image.folder = chip_folder(chip_stem(source.relative_path), job.folders);
        }
        // The names of a worker's chips depend on what the others' images are called; on nothing else of them.
        if (!mine[i]) continue;
        image.info = std::move(header.info);
        image.error = std::move(header.error);
        if (!image.error) judge(image, options, by_name);
        plan.images.push_back(std::move(image));
    }
    return plan;
}

std::string plan_text(const ChipPlan& plan) {
    auto images = Json::array();
    std::int64_t skipped = 0;
    std::int64_t failed = 0;
    for (const auto& image : plan.images) {
        images.push_back(image_json(image));
        if (image.error) {
            ++failed;
        } else if (!image.skip_reason.empty()) {
            ++skipped;
        }
    }
    auto folders = Json::array();
    for (const auto& [folder, reason] : plan.skipped_folders) {
        folders.push_back({{"folder", folder}, {"reason", reason}});
    }
    const auto found = static_cast<std::int64_t>(plan.images.size());
    const Json json = {{"images", std::move(images)},
                       {"skipped_folders", std::move(folders)},
                       {"totals",
                        {{"found", found},
                         {"to_cut", found - skipped - failed},
                         {"to_skip", skipped},
                         {"to_fail", failed},
                         {"chips", plan.chips()},
                         {"folders_skipped", plan.skipped_folders.size()}}}};
    return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace tilewright::inline v0_1
