// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <span>

namespace tilewright::inline v0_1 {

/// Memory of the calling thread's own, uninitialised, valid until it asks again. Kept from part to part: fresh memory
/// costs a page fault every 4 KiB.
std::span<std::byte> thread_buffer(std::size_t size_bytes);

}  // namespace tilewright::inline v0_1
