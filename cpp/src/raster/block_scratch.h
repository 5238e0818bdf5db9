// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <vector>

namespace tilewright::inline v0_1 {

/// Bytes on their way through a decoder, one set a thread: hundreds of readers are open at a time where datasets are
/// composed, and few of them decode.
struct BlockScratch {
    std::vector<std::byte> encoded;
    std::vector<std::byte> decoded;
};

inline BlockScratch& block_scratch() {
    thread_local BlockScratch scratch;
    return scratch;
}

}  // namespace tilewright::inline v0_1
