// SPDX-License-Identifier: Apache-2.0
#include "batch/outcome_json.h"
#include "tilewright/batch/report.h"
#include "tilewright/core/error.h"
#include "tilewright/storage/file.h"

namespace tilewright::inline v0_1 {

BatchReport read_report(const std::filesystem::path& folder) {
    const auto file = folder / report_filename;
    const auto json = Json::parse(read_text(file), nullptr, false);
    BatchReport report;
    try {
        for (const auto& image : json.at("images")) {
            auto outcome = outcome_from(image, "path");
            if (!outcome) throw Error(ErrorCode::corrupt, "an entry of images is no outcome", path_text(file));
            report.outcomes.push_back(std::move(*outcome));
        }
        for (const auto& skipped : json.at("skipped_folders")) {
            report.skipped_folders.emplace_back(skipped.at("path").get<std::string>(),
                                                skipped.at("reason").get<std::string>());
        }
        report.folders_skipped = static_cast<std::int64_t>(report.skipped_folders.size());
        report.started_at_s = json.at("started_at").get<double>();
        report.seconds = json.at("batch_summary").at("total_processing_time").get<double>();
        report.source_bytes = json.at("batch_summary").at("source_bytes").get<std::int64_t>();
        report.configuration_json = json.at("configuration").dump();
        report.interrupted = json.at("interrupted").get<bool>();
        report.outputs = json.value("outputs", report.outputs);
        report.other_files = json.at("batch_summary").value("other_files", std::int64_t{0});
        report.shards = json.value("shards", std::int64_t{1});
        report.missing_shards = json.value("missing_shards", std::vector<std::int64_t>());
        if (const auto details = json.find("details"); details != json.end()) report.details_json = details->dump();
    } catch (const nlohmann::json::exception& error) {
        throw Error(ErrorCode::corrupt, std::string("is no report of a batch: ") + error.what(), path_text(file));
    }
    return report;
}

}  // namespace tilewright::inline v0_1
