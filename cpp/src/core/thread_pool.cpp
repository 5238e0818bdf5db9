// SPDX-License-Identifier: Apache-2.0
#include "tilewright/core/thread_pool.h"

#include <sched.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <new>
#include <string>
#include <system_error>
#include <utility>

#include "tilewright/core/error.h"
#include "tilewright/core/waiting.h"

namespace tilewright::inline v0_1 {
namespace {

// The container's CPU limit in processors, rounded up; 0 if there is none.
int container_processors() {
    double quota = 0;
    double period = 0;
    if (std::ifstream v2("/sys/fs/cgroup/cpu.max"); v2 >> quota >> period && period > 0) {
        return static_cast<int>(std::ceil(quota / period));
    }
    std::ifstream quota_v1("/sys/fs/cgroup/cpu/cpu.cfs_quota_us");
    std::ifstream period_v1("/sys/fs/cgroup/cpu/cpu.cfs_period_us");
    if (quota_v1 >> quota && period_v1 >> period && quota > 0 && period > 0) {
        return static_cast<int>(std::ceil(quota / period));
    }
    return 0;
}

}  // namespace

ThreadPool::ThreadPool(int threads, int processors, std::stop_token stop)
    : wanted_threads_(threads),
      processors_(processors > 0 ? std::min(processors, threads) : threads),
      stop_(std::move(stop)),
      free_places_(processors_) {
    if (threads < 1) {
        throw Error(ErrorCode::invalid_argument, "a thread pool needs a thread, not " + std::to_string(threads));
    }
    const auto join_those_begun = [this] {
        {
            const std::lock_guard lock(mutex_);
            closing_ = true;
        }
        wake_.notify_all();
        for (auto& thread : threads_) thread.join();
    };
    try {
        threads_.reserve(static_cast<std::size_t>(threads));
        for (int i = 0; i < threads; ++i) threads_.emplace_back([this] { work(); });
    } catch (const std::system_error& error) {
        join_those_begun();
        throw Error(ErrorCode::resource, "cannot start " + std::to_string(threads) + " threads: " + error.what());
    } catch (const std::bad_alloc&) {
        join_those_begun();
        throw Error(ErrorCode::resource, "not enough memory to start " + std::to_string(threads) + " threads");
    }
}

ThreadPool::~ThreadPool() {
    {
        const std::lock_guard lock(mutex_);
        closing_ = true;
    }
    wake_.notify_all();
    for (auto& thread : threads_) thread.join();
}

int ThreadPool::concurrency() const noexcept {
    return processors_;
}

int ThreadPool::threads() const noexcept {
    return wanted_threads_;
}

int ThreadPool::idle() const noexcept {
    const std::lock_guard lock(mutex_);
    const int busy = static_cast<int>(threads_.size()) - idle_;
    const int could_compute = std::min(idle_, processors_ - busy);
    return std::max(0, could_compute - static_cast<int>(parts_.size() + new_work_.size()));
}

void ThreadPool::take_place() {
    std::unique_lock lock(places_mutex_);
    place_free_.wait(lock, [this] { return free_places_ > 0; });
    --free_places_;
}

void ThreadPool::give_place() {
    {
        const std::lock_guard lock(places_mutex_);
        ++free_places_;
    }
    place_free_.notify_one();
}

int ThreadPool::waiting() const noexcept {
    const std::lock_guard lock(mutex_);
    return static_cast<int>(parts_.size());
}

void ThreadPool::submit(std::function<void()> job) {
    {
        const std::lock_guard lock(mutex_);
        parts_.push_back(std::move(job));
    }
    wake_.notify_one();
}

void ThreadPool::submit_new_work(std::function<void()> job) {
    {
        const std::lock_guard lock(mutex_);
        new_work_.push_back(std::move(job));
    }
    wake_.notify_one();
}

bool ThreadPool::run_one() {
    std::function<void()> job;
    {
        const std::lock_guard lock(mutex_);
        if (parts_.empty()) return false;
        job = std::move(parts_.front());
        parts_.pop_front();
    }
    job();
    return true;
}

void ThreadPool::work() {
    const bool share_places = processors_ < wanted_threads_;
    WaitHooks hooks;
    hooks.stop = stop_;
    if (share_places) {
        hooks.on_begin = [this] { give_place(); };
        // Never waits: this thread may hold a lock that those who compute are waiting for.
        hooks.on_end = [this] {
            const std::lock_guard lock(places_mutex_);
            --free_places_;
        };
    }
    const WaitScope scope(hooks);
    std::unique_lock lock(mutex_);
    for (;;) {
        ++idle_;
        wake_.wait(lock, [this] { return closing_ || !parts_.empty() || !new_work_.empty(); });
        --idle_;
        auto& queue = parts_.empty() ? new_work_ : parts_;
        if (queue.empty()) return;
        auto job = std::move(queue.front());
        queue.pop_front();
        lock.unlock();
        if (share_places) take_place();
        job();
        job = nullptr;
        if (share_places) give_place();
        lock.lock();
    }
}

int available_processors() noexcept {
    cpu_set_t set;
    int count = sched_getaffinity(0, sizeof set, &set) == 0 ? CPU_COUNT(&set) : 0;
    if (count < 1) count = static_cast<int>(std::thread::hardware_concurrency());
    const int limit = container_processors();
    if (limit > 0) count = std::min(count, limit);
    return std::max(1, count);
}

}  // namespace tilewright::inline v0_1
