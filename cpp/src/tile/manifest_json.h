// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "tile/json_part.h"
#include "tile/json_text.h"
#include "tilewright/tile/manifest.h"

namespace tilewright::inline v0_1 {

/// What of the options decides the bytes written: the manifest's "options" without the digest, and what it digests.
Json options_json(const TesselateOptions& options);

/// The whole manifest; every string in it is UTF-8.
Json manifest_json(const Manifest& manifest);

/// read_manifest() for a text that is in memory; `folder` stays empty.
/// @param file  named in errors
Manifest manifest_from_text(std::string_view text, const std::string& file);

}  // namespace tilewright::inline v0_1
