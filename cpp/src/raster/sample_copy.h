// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>

#include "tilewright/image/image.h"

namespace tilewright::inline v0_1 {

/// Copies samples between views of the same size, bands and type; no two samples of `to` may share bytes.
///
/// As fast as memcpy where rows are packed alike.
void copy_samples(const ImageView& from, const MutableImageView& to);

/// Makes every sample of a mask 255: valid.
void fill_opaque(const MutableImageView& mask);

}  // namespace tilewright::inline v0_1
