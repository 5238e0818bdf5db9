// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "tilewright/storage/random_access_file.h"

namespace tilewright::inline v0_1 {

/// Looks at the chunks before a PNG's samples: libpng allocates what a chunk's length says, up to 2 GiB, before it
/// finds out that the file ends.
///
/// @throws Error corrupt naming the chunk that claims more bytes than the file has left; io
void require_chunks_within_file(RandomAccessFile& png);

}  // namespace tilewright::inline v0_1
