// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <stop_token>
#include <thread>
#include <vector>

#include "tilewright/core/executor.h"

#pragma GCC visibility push(default)
namespace tilewright::inline v0_1 {

/// Threads that run jobs: parts of work already begun first, new work only when no part waits.
///
/// Finishing what is begun before starting more keeps few images open at a time, and so memory low.
/// There may be more threads than processors, for jobs that wait for other machines (see core/waiting.h): one that
/// waits lends its place to another, which begins. Where several end their waiting at once, more compute for a while.
/// Safe from any thread; the destructor runs what was submitted, then joins.
class ThreadPool : public Executor {
public:
    /// @param threads  at least 1
    /// @param processors  how many jobs begin while none of them waits; as many as threads if 0
    /// @param stop  ends the pauses of jobs that wait
    /// @throws Error invalid_argument, or resource if the system gives no more threads
    explicit ThreadPool(int threads, int processors = 0, std::stop_token stop = {});
    ~ThreadPool() override;

    int concurrency() const noexcept override;
    int threads() const noexcept override;
    int idle() const noexcept override;
    int waiting() const noexcept override;
    void submit(std::function<void()> job) override;
    bool run_one() override;

    /// Takes a job that starts new work: it waits until no submitted part does, and run_one() never takes it.
    void submit_new_work(std::function<void()> job);

private:
    void work();
    void take_place();
    void give_place();

    const int wanted_threads_;
    const int processors_;
    const std::stop_token stop_;

    std::mutex places_mutex_;
    std::condition_variable place_free_;
    int free_places_;  // below 0 while more compute than there are processors

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

}  // namespace tilewright::inline v0_1
#pragma GCC visibility pop
