// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <condition_variable>
#include <cstddef>
#include <exception>
#include <functional>
#include <mutex>

#pragma GCC visibility push(default)
namespace tilewright::inline v0_1 {

/// Where jobs run. Rooms that can use several threads take one and never start threads themselves.
///
/// A job must not throw; JobGroup wraps those that may. Safe from any thread.
class Executor {
public:
    virtual ~Executor() = default;

    /// How many jobs may run at the same time, the caller's own thread included; at least 1.
    virtual int concurrency() const noexcept = 0;

    /// How many jobs may be under way if those count that wait for another machine, and need no processor meanwhile.
    virtual int threads() const noexcept { return concurrency(); }

    /// How many threads wait for work right now; a hint for how finely to split it.
    virtual int idle() const noexcept = 0;

    /// How many submitted jobs wait for a thread right now; a hint for when to help instead of submitting more.
    virtual int waiting() const noexcept = 0;

    /// Takes a job; it runs on any thread, perhaps before submit returns.
    virtual void submit(std::function<void()> job) = 0;

    /// Runs one waiting job on the calling thread, so that a thread that waits for others helps them.
    /// @return false if no job was waiting
    virtual bool run_one() = 0;
};

/// Runs every job at once on the thread that submits it. Lives as long as the program.
Executor& serial_executor() noexcept;

/// Jobs that belong together: waits for all, bounds the memory they hold, carries the first error to the waiter.
///
/// One thread calls run() and wait(); jobs may call neither. After a job threw, those not yet begun are dropped; so are
/// they by the destructor, which waits for the ones under way.
class JobGroup {
public:
    /// @param executor  must outlive the group
    /// @param max_pending_bytes  run() blocks while the jobs not yet finished hold more than this
    JobGroup(Executor& executor, std::size_t max_pending_bytes);
    ~JobGroup();
    JobGroup(const JobGroup&) = delete;
    JobGroup& operator=(const JobGroup&) = delete;

    /// Hands a job that holds `bytes` of memory to the executor; helps with waiting jobs while too much is pending or
    /// every thread has enough to do, which keeps data in the cache and memory low.
    /// @throws whatever an earlier job of the group threw first; the new job is then not taken
    void run(std::size_t bytes, std::function<void()> job);

    /// Waits, helping, until every job has ended.
    /// @throws whatever a job threw first
    void wait();

    Executor& executor() const noexcept { return executor_; }

private:
    void drain_below(std::size_t limit_bytes);
    void rethrow();

    Executor& executor_;
    const std::size_t max_pending_bytes_;
    std::mutex mutex_;
    std::condition_variable ended_;
    std::size_t pending_bytes_ = 0;
    std::size_t pending_jobs_ = 0;
    bool abandoned_ = false;
    std::exception_ptr error_;
};

}  // namespace tilewright::inline v0_1
#pragma GCC visibility pop
