// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "tilewright/tile/manifest.h"

namespace tilewright {

/// A manifest that uses everything a manifest can hold; its hashes stand for no file.
Manifest sample_manifest();

}  // namespace tilewright
