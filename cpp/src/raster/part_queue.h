// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <condition_variable>
#include <cstddef>
#include <functional>
#include <map>
#include <mutex>
#include <utility>

namespace tilewright::inline v0_1 {

/// Takes parts that threads finish in any order and hands them on in order, one at a time.
///
/// Whichever thread brings the part that is due hands on all that are ready, so nobody waits for a writer thread.
template <typename Part>
class PartQueue {
public:
    /// @param take  called with parts 0, 1, 2, ...; no two calls overlap
    explicit PartQueue(std::function<void(std::size_t, Part)> take) : take_(std::move(take)) {}

    /// @throws what `take` throws; parts that come after that are dropped
    void finish(std::size_t index, Part part) {
        std::unique_lock lock(mutex_);
        // Only while another thread hands parts on, which needs nothing from this one: a slow disk must not fill
        // memory.
        room_.wait(lock, [&] { return !handing_on_ || waiting_.size() < max_waiting_parts; });
        if (failed_) return;
        waiting_.emplace(index, std::move(part));
        if (handing_on_) return;
        handing_on_ = true;
        for (auto due = waiting_.begin(); due != waiting_.end() && due->first == next_; due = waiting_.begin()) {
            Part taken = std::move(due->second);
            waiting_.erase(due);
            lock.unlock();
            try {
                take_(next_, std::move(taken));
            } catch (...) {
                lock.lock();
                failed_ = true;
                handing_on_ = false;
                waiting_.clear();
                room_.notify_all();
                throw;
            }
            lock.lock();
            ++next_;
            room_.notify_all();
        }
        handing_on_ = false;
        room_.notify_all();
    }

private:
    static constexpr std::size_t max_waiting_parts = 8;

    const std::function<void(std::size_t, Part)> take_;
    std::mutex mutex_;
    std::condition_variable room_;
    std::map<std::size_t, Part> waiting_;
    std::size_t next_ = 0;
    bool handing_on_ = false;
    bool failed_ = false;
};

}  // namespace tilewright::inline v0_1
