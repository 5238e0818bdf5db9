// SPDX-License-Identifier: Apache-2.0
#include <cstdint>
#include <nlohmann/json.hpp>

#include "tilewright/jobs/batch_job.h"
#include "tilewright/storage/file.h"

namespace tilewright::inline v0_1 {
namespace {

using Json = nlohmann::ordered_json;

Json image_json(const PlannedImage& image) {
    Json json;
    json["source"] = path_text(image.source);
    json["page"] = image.page;
    json["source_bytes"] = image.source_bytes;
    json["output_folder"] = path_text(image.output_folder);
    if (image.info) {
        json["width"] = image.info->size.width_px;
        json["height"] = image.info->size.height_px;
        json["bands"] = image.info->bands;
        json["type"] = name(image.info->type);
        json["pages"] = image.info->pages;
        json["raw_bytes"] = image.info->raw_bytes();
    }
    if (image.error) {
        json["action"] = "fail";
        json["error"] = {{"code", name(image.error->code())}, {"message", image.error->what()}};
    } else if (!image.skip_reason.empty()) {
        json["action"] = "skip";
        json["reason"] = image.skip_reason;
    } else {
        json["action"] = "tesselate";
        json["slices"] = image.slices;
    }
    return json;
}

}  // namespace

std::string plan_text(const BatchPlan& plan) {
    Json images = Json::array();
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
    Json folders = Json::array();
    for (const auto& [folder, reason] : plan.skipped_folders)
        folders.push_back({{"folder", folder}, {"reason", reason}});
    const auto found = static_cast<std::int64_t>(plan.images.size());
    const Json json = {{"images", std::move(images)},
                       {"skipped_folders", std::move(folders)},
                       {"totals",
                        {{"found", found},
                         {"to_tesselate", found - skipped - failed},
                         {"to_skip", skipped},
                         {"to_fail", failed},
                         {"slices", plan.slices()},
                         {"raw_bytes", plan.raw_bytes()},
                         {"folders_skipped", plan.skipped_folders.size()}}}};
    return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace tilewright::inline v0_1
