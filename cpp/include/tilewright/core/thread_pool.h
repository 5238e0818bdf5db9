// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

#include "tilewright/core/executor.h"

namespace tilewright {

/// Threads that run jobs: parts of work already begun first, new work only when no part waits.
///
/// Finishing what is begun before starting more keeps few images open at a time, and so memory low.
/// Safe from any thread; the destructor runs what was submitted, then joins.
class ThreadPool : public Executor {
public:
    /// @param threads  at least 1
    /// @throws Error invalid_argument, or resource if the system gives no more threads
    explicit ThreadPool(int threads);
    ~ThreadPool() override;

    int concurrency() const noexcept override;
    int idle() const noexcept override;
    int waiting() const noexcept override;
    void submit(std::function<void()> job) override;
    bool run_one() override;

    /// Takes a job that starts new work: it waits until no submitted part does, and run_one() never takes it.
    void submit_new_work(std::function<void()> job);

private:
    void work();

    mutable std::mutex mutex_;
    std::condition_variable wake_;
    std::deque<std::function<void()>> parts_;
    std::deque<std::function<void()>> new_work_;
    int idle_ = 0;
    bool closing_ = false;
    std::vector<std::thread> threads_;
};

/// Processors this process may use: the scheduler's affinity and the container's CPU limit honoured; at least 1.
int available_processors() noexcept;

}  // namespace tilewright
