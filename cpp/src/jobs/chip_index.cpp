// SPDX-License-Identifier: Apache-2.0
#include "jobs/chip_index.h"

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "jobs/chip_tasks.h"
#include "jobs/csv.h"
#include "tilewright/chip/chip_set.h"
#include "tilewright/core/error.h"
#include "tilewright/jobs/chip_job.h"
#include "tilewright/storage/file.h"

namespace tilewright::inline v0_1 {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

// A number as JSON writes it: the shortest text that reads back the same, on every machine.
std::string number_text(double number) {
    return Json(number).dump();
}

std::string path_of(const ChipSet& set, const ChipRecord& chip) {
    return set.folder + "/" + chip.filename;
}

// The ring of a footprint, counter-clockwise as GeoJSON asks for, closed.
std::vector<std::pair<double, double>> ring(std::vector<std::pair<double, double>> corners) {
    double twice_area = 0;
    for (std::size_t i = 0; i < corners.size(); ++i) {
        const auto& [x, y] = corners[i];
        const auto& [next_x, next_y] = corners[(i + 1) % corners.size()];
        twice_area += x * next_y - next_x * y;
    }
    if (twice_area < 0) std::reverse(corners.begin() + 1, corners.end());
    corners.push_back(corners.front());
    return corners;
}

std::string footprint_wkt(const ChipRecord& chip) {
    if (chip.footprint.empty()) return "";
    std::string text;
    for (const auto& [longitude, latitude] : ring(chip.footprint)) {
        text += (text.empty() ? "" : ", ") + number_text(longitude) + " " + number_text(latitude);
    }
    return "POLYGON ((" + text + "))";
}

std::string csv_of(const std::vector<ChipSet>& sets) {
    std::string text =
        "chip,source,prefix,number,folder,x,y,width,height,image_width,image_height,bands,type,format,"
        "file_size_bytes,sha256,pixel_hash,mask_hash,valid_fraction,footprint\n";
    for (const auto& set : sets) {
        for (const auto& chip : set.chips) {
            if (!chip.written()) continue;
            text += csv_row({path_of(set, chip),
                             set.source,
                             set.prefix,
                             std::to_string(chip.number),
                             set.folder,
                             std::to_string(chip.window.x_px),
                             std::to_string(chip.window.y_px),
                             std::to_string(chip.window.width_px),
                             std::to_string(chip.window.height_px),
                             std::to_string(set.image.width_px),
                             std::to_string(set.image.height_px),
                             std::to_string(set.bands),
                             std::string(name(set.type)),
                             std::string(name(chip.format)),
                             std::to_string(chip.file_size_bytes),
                             chip.sha256,
                             chip.pixel_hash,
                             chip.mask_hash,
                             number_text(chip.valid_fraction),
                             footprint_wkt(chip)});
        }
    }
    return text;
}

// One feature a line; chips without a place on Earth are in the CSV only.
std::string geojson_of(const std::vector<ChipSet>& sets) {
    std::string text = "{\"type\": \"FeatureCollection\", \"features\": [";
    const char* separator = "\n";
    for (const auto& set : sets) {
        for (const auto& chip : set.chips) {
            if (!chip.written() || chip.footprint.empty()) continue;
            auto coordinates = Json::array();
            for (const auto& [longitude, latitude] : ring(chip.footprint)) coordinates.push_back({longitude, latitude});
            const Json feature{{"type", "Feature"},
                               {"geometry", {{"type", "Polygon"}, {"coordinates", Json::array({coordinates})}}},
                               {"properties",
                                {{"chip", path_of(set, chip)},
                                 {"source", set.source},
                                 {"prefix", set.prefix},
                                 {"number", chip.number},
                                 {"folder", set.folder},
                                 {"x", chip.window.x_px},
                                 {"y", chip.window.y_px},
                                 {"width", chip.window.width_px},
                                 {"height", chip.window.height_px},
                                 {"sha256", chip.sha256},
                                 {"pixel_hash", chip.pixel_hash},
                                 {"valid_fraction", chip.valid_fraction}}}};
            text += separator + feature.dump(-1, ' ', false, Json::error_handler_t::replace);
            separator = ",\n";
        }
    }
    return text + "\n]}\n";
}

std::string details_text(const ChipCounts& counts) {
    auto folders = Json::object();
    for (const auto& [folder, chips] : counts.folders) folders[folder] = chips;
    auto annotators = Json::object();
    for (const auto& [annotator, chips] : counts.annotators) annotators[annotator] = chips;
    return Json{{"chips", counts.chips},
                {"chips_skipped", counts.skipped},
                {"chips_per_folder", std::move(folders)},
                {"chips_per_annotator", std::move(annotators)}}
        .dump();
}

}  // namespace

ChipCounts write_chip_index(const fs::path& output, std::int64_t folders, std::int64_t annotators) {
    const auto sets = read_chip_sets(output);
    ChipCounts counts;
    std::map<std::int64_t, std::int64_t> by_folder;
    for (std::int64_t folder = 1; folder <= folders; ++folder) by_folder[folder] = 0;
    for (const auto& set : sets) {
        by_folder[std::stoll(set.folder)] += set.written();
        counts.chips += set.written();
        counts.skipped += static_cast<std::int64_t>(set.chips.size()) - set.written();
    }
    for (const auto& [folder, chips] : by_folder) counts.folders.emplace_back(two_digits(folder), chips);
    if (annotators < 0 || annotators > static_cast<std::int64_t>(counts.folders.size())) {
        throw Error(ErrorCode::invalid_argument,
                    "there are " + std::to_string(counts.folders.size()) + " folders for " +
                        std::to_string(annotators) + " annotators; give each one folder at least",
                    "annotators");
    }
    write_text(output / "chips.csv", csv_of(sets));
    write_text(output / "chips.geojson", geojson_of(sets));
    if (annotators > 0) write_task_lists(sets, output, annotators, counts);
    return counts;
}

void conclude_chips(BatchReport& report, const fs::path& output) {
    std::int64_t folders = 0;
    std::int64_t annotators = 0;
    try {
        const auto configuration = Json::parse(report.configuration_json);
        folders = configuration.at("folders").get<std::int64_t>();
        annotators = configuration.at("annotators").get<std::int64_t>();
    } catch (const Json::exception& error) {
        throw Error(ErrorCode::corrupt,
                    std::string("holds a report of chips whose configuration is none of theirs: ") + error.what(),
                    path_text(output));
    }
    report.details_json = details_text(write_chip_index(output, folders, annotators));
}

}  // namespace tilewright::inline v0_1
