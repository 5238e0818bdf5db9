// SPDX-License-Identifier: Apache-2.0
#include "raster/thread_buffer.h"

#include <memory>

namespace tilewright::inline v0_1 {

std::span<std::byte> thread_buffer(std::size_t size_bytes) {
    thread_local std::unique_ptr<std::byte[]> bytes;
    thread_local std::size_t allocated_bytes = 0;
    if (allocated_bytes < size_bytes) {
        bytes = std::make_unique_for_overwrite<std::byte[]>(size_bytes);
        allocated_bytes = size_bytes;
    }
    return {bytes.get(), size_bytes};
}

}  // namespace tilewright::inline v0_1
