// SPDX-License-Identifier: Apache-2.0
#include "tilewright/core/executor.h"

#include <chrono>
#include <utility>

#include "tilewright/core/waiting.h"

namespace tilewright::inline v0_1 {
namespace {

class SerialExecutor : public Executor {
public:
    int concurrency() const noexcept override { return 1; }
    int idle() const noexcept override { return 0; }
    int waiting() const noexcept override { return 0; }
    void submit(std::function<void()> job) override { job(); }
    bool run_one() override { return false; }
};

}  // namespace

Executor& serial_executor() noexcept {
    static SerialExecutor executor;
    return executor;
}

JobGroup::JobGroup(Executor& executor, std::size_t max_pending_bytes)
    : executor_(executor), max_pending_bytes_(max_pending_bytes) {}

JobGroup::~JobGroup() {
    {
        const std::lock_guard lock(mutex_);
        abandoned_ = true;
    }
    drain_below(0);
}

void JobGroup::run(std::size_t bytes, std::function<void()> job) {
    // A single job above the limit may still run, alone.
    drain_below(max_pending_bytes_ > bytes ? max_pending_bytes_ - bytes : 0);
    {
        const std::lock_guard lock(mutex_);
        rethrow();
        pending_bytes_ += bytes;
        ++pending_jobs_;
    }
    auto counted_job = [this, bytes, job = std::move(job)]() mutable {
        std::exception_ptr error;
        bool wanted = false;
        {
            const std::lock_guard lock(mutex_);
            wanted = !error_ && !abandoned_;
        }
        if (wanted) {
            try {
                job();
            } catch (...) {
                error = std::current_exception();
            }
        }
        job = nullptr;  // Frees what the job holds before its bytes count as free.
        // Notified under the lock: the waiter may destroy the group as soon as it sees the last job gone.
        const std::lock_guard lock(mutex_);
        // Moved: once the waiter may have it, no thread but the waiter's holds the error.
        if (error && !error_) error_ = std::move(error);
        pending_bytes_ -= bytes;
        --pending_jobs_;
        ended_.notify_all();
    };
    try {
        executor_.submit(std::move(counted_job));
    } catch (...) {
        // A job that was never taken must not be waited for.
        const std::lock_guard lock(mutex_);
        pending_bytes_ -= bytes;
        --pending_jobs_;
        throw;
    }
    // Not sooner: while this thread waits within a job, it would give the others none.
    while (executor_.waiting() > executor_.threads() && executor_.run_one()) continue;
}

void JobGroup::wait() {
    drain_below(0);
    const std::lock_guard lock(mutex_);
    rethrow();
}

void JobGroup::drain_below(std::size_t limit_bytes) {
    for (;;) {
        {
            const std::lock_guard lock(mutex_);
            if (pending_jobs_ == 0 || (limit_bytes > 0 && pending_bytes_ <= limit_bytes)) return;
        }
        if (executor_.run_one()) continue;
        // Other threads do what is left: they may need this one's processor.
        const Waiting waiting;
        std::unique_lock lock(mutex_);
        // A job of this group may submit none, but others may offer work meanwhile: look again now and then.
        ended_.wait_for(lock, std::chrono::milliseconds(5),
                        [&] { return pending_jobs_ == 0 || (limit_bytes > 0 && pending_bytes_ <= limit_bytes); });
    }
}

void JobGroup::rethrow() {
    if (error_) std::rethrow_exception(error_);
}

}  // namespace tilewright::inline v0_1
