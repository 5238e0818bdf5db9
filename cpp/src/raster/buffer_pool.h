// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <mutex>
#include <utility>
#include <vector>

namespace tilewright::inline v0_1 {

/// Memory of parts of a file that were written, for the parts that follow: fresh memory costs a page fault every 4 KiB,
/// and what was used last is still in the cache. Any thread may give back what another took.
class BufferPool {
public:
    /// @return the bytes given back last, size and contents as they were; else none
    std::vector<std::byte> take() {
        const std::lock_guard lock(mutex_);
        if (kept_.empty()) return {};
        auto buffer = std::move(kept_.back());
        kept_.pop_back();
        kept_bytes_ -= buffer.capacity();
        return buffer;
    }

    /// Keeps the memory, unless there is more than a handful of parts of it already.
    void give_back(std::vector<std::byte> buffer) {
        const std::lock_guard lock(mutex_);
        if (kept_bytes_ + buffer.capacity() > most_kept_bytes) return;
        kept_bytes_ += buffer.capacity();
        kept_.push_back(std::move(buffer));
    }

private:
    static constexpr std::size_t most_kept_bytes = std::size_t{16} << 20;

    std::mutex mutex_;
    std::vector<std::vector<std::byte>> kept_;
    std::size_t kept_bytes_ = 0;
};

}  // namespace tilewright::inline v0_1
