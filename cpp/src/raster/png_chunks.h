// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>

namespace tilewright {

/// Looks at the chunks before a PNG's samples: libpng allocates what a chunk's length says, up to 2 GiB, before it
/// finds out that the file ends.
///
/// @throws Error corrupt naming the chunk that claims more bytes than the file has left; not_found, permission, io
void require_chunks_within_file(const std::filesystem::path& png);

}  // namespace tilewright
