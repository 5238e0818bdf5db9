// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "tilewright/codec/deflate.h"

namespace tilewright::inline v0_1 {

/// The calling thread's own Deflater, made at first use: its tables cost more to set up than a small part to compress.
Deflater& thread_deflater(Compression compression);

}  // namespace tilewright::inline v0_1
