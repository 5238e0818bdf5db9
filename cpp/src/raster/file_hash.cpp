// SPDX-License-Identifier: Apache-2.0
#include "tilewright/raster/file_hash.h"

#include "tilewright/codec/hash.h"
#include "tilewright/storage/file.h"

namespace tilewright {

std::string file_sha256(const std::filesystem::path& path) {
    Sha256 hash;
    read_pieces(path, [&](std::span<const std::byte> piece) { hash.update(piece); });
    return hash.hex();
}

}  // namespace tilewright
