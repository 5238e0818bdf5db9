// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <functional>

#include "jobs/scan.h"

namespace tilewright::inline v0_1 {

/// What a plan file lists.
enum class PlanOf {
    tiffs,   ///< what select_sources() picks out
    images,  ///< every file, with the stamp of the run
};

/// The listing that a plan file holds; if there is none yet, what `list` gives, written there.
///
/// Of several workers that begin at once the first to write it decides; the others read what it wrote.
/// @param input  as the job names it; a plan of another input is refused
/// @throws Error invalid_argument if the file is the plan of another input or of other files, corrupt if it is no plan;
/// of AtomicFile and
///         `list`
Listing frozen_listing(const std::filesystem::path& plan_file, const std::filesystem::path& input,
                       const std::function<Listing()>& list, PlanOf of = PlanOf::tiffs);

}  // namespace tilewright::inline v0_1
