// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>

#include "tilewright/tile/manifest.h"

namespace tilewright {

/// Where the original of a tesselation lies today.
///
/// As the manifest records it; a relative path is taken from the current folder and, if nothing is there, from the
/// manifest's folder and each folder above it, the nearest first: a batch and its input that were moved together, or
/// are looked at from another folder, find each other.
/// @return the recorded path if there is no such file; empty for an image that was in memory
std::filesystem::path find_original(const Manifest& manifest);

}  // namespace tilewright
