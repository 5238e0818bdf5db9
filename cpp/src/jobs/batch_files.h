// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string>

#include "tilewright/jobs/batch_job.h"
#include "tilewright/tile/manifest.h"

namespace tilewright::inline v0_1 {

inline constexpr const char* batch_metadata_filename = "batch_metadata.json";

/// The job's fields as a JSON object, in the order of the struct: the `configuration` of reports.
std::string configuration_text(const BatchJob& job);

/// What batch_metadata.json says beside the manifest.
struct BatchInfo {
    std::filesystem::path original_path;  ///< absolute
    std::filesystem::path relative_path;  ///< from the input folder
    double processed_at_s = 0;            ///< seconds since 1970-01-01 UTC
    double processing_time_s = 0;
    std::string configuration = "{}";  ///< of configuration_text
};

/// The text of batch_metadata.json: the manifest's keys, then batch_info.
std::string batch_metadata_text(const Manifest& manifest, const BatchInfo& info);

}  // namespace tilewright::inline v0_1
