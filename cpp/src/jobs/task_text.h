// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "jobs/places.h"
#include "jobs/thumbnail_index.h"
#include "tilewright/jobs/tasks.h"

namespace tilewright::inline v0_1 {

/// A planned thumbnail on its way to another machine, which has no index to look it up in.
struct SentThumbnail {
    PlannedThumbnail image;
    std::vector<ThumbnailProof> proofs;  ///< of what an earlier run made of it
};
std::string task_text(const SentThumbnail& thumbnail);

/// Reads what task_text() wrote and nothing else. Of the header only that comes back which memory depends on: size,
/// bands, type, mask and blocks.
/// @param places  of the job: sources and outputs that would lie outside are refused, and outputs in the input
/// @throws Error invalid_argument, with the way to what is wrong
PlannedImage parse_image_task(const std::string& text, const BatchPlaces& places);
PlannedChips parse_chip_task(const std::string& text, const BatchPlaces& places);
SentThumbnail parse_thumbnail_task(const std::string& text, const BatchPlaces& places);

/// The same for a window of a composite, of which its name says all: the plan knows where it lies.
std::string parse_window_task(const std::string& text);

/// Refuses a second task of one key or one output. @throws Error invalid_argument
class DistinctTasks {
public:
    void add(const std::string& key, const std::string& output);

private:
    std::set<std::string> keys_;
    std::set<std::string> outputs_;
};

}  // namespace tilewright::inline v0_1
