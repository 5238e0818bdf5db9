// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <vector>

#include "tilewright/tile/manifest.h"

namespace tilewright::inline v0_1 {

/// Files that may be the original of a tesselation, the nearest first.
///
/// The one that the manifest records; a relative path is taken from the current folder, then from the manifest's folder
/// and each folder above it: a batch and its input that were moved together, or are looked at from another folder, find
/// each other. Only names are compared, so that another file may be among them; whoever overwrites a file spares all.
/// @return files that exist; none for an image that was in memory
std::vector<std::filesystem::path> possible_originals(const Manifest& manifest);

/// The likeliest of possible_originals(): the nearest of the recorded size and time of change, else the nearest of that
/// size, else the nearest.
///
/// Whether it is the original, its samples tell: a wrong file is never proven, but may be blamed in place of one that
/// is gone.
/// @return the recorded path if there is no such file; empty for an image that was in memory
std::filesystem::path find_original(const Manifest& manifest);

}  // namespace tilewright::inline v0_1
