// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "tilewright/core/run_context.h"
#include "tilewright/tile/manifest.h"

#pragma GCC visibility push(default)
namespace tilewright::inline v0_1 {

/// What is wrong with one file of a tesselation.
struct VerifyProblem {
    std::string filename;
    std::string code;  ///< name of an ErrorCode: "not_found", "corrupt", ...
    std::string message;
};

/// The result for one image.
struct VerifyResult {
    std::filesystem::path manifest_path;
    std::int64_t slices = 0;         ///< slices the manifest names
    std::int64_t proven_slices = 0;  ///< slices whose file and samples match their hashes
    bool source_checked = false;     ///< whether the original was at hand and its samples were compared
    std::vector<VerifyProblem> problems;

    bool ok() const noexcept { return problems.empty() && proven_slices == slices; }
};

enum class SourceCheck {
    never,
    if_present,  ///< compare with the original where it is found
    required,    ///< a missing original is a problem
};

/// Proves the slices of one manifest: each file's size and SHA-256, then its decoded samples against their hash, then
/// that the windows cover the image. Needs no original; with one at hand its samples are proven too.
///
/// The original is looked for where the manifest says; a relative path from the current folder, then from the
/// manifest's folder and each folder above it.
///
/// @param path  metadata.json or the folder that holds it
/// @throws Error if the manifest itself cannot be read, cancelled; what is wrong with slices is in the result
VerifyResult verify(const std::filesystem::path& path, SourceCheck source = SourceCheck::never,
                    const RunContext& context = {});

/// Proves every manifest at and below a folder. A manifest that cannot be read is a result with a problem.
/// @throws Error not_found if there is no manifest at all, cancelled
std::vector<VerifyResult> verify_folder(const std::filesystem::path& folder, SourceCheck source = SourceCheck::never,
                                        const RunContext& context = {});

}  // namespace tilewright::inline v0_1
#pragma GCC visibility pop
