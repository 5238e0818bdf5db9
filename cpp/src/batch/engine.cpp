// SPDX-License-Identifier: Apache-2.0
#include "tilewright/batch/engine.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <exception>
#include <functional>
#include <mutex>
#include <new>
#include <queue>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "batch/retry_wait.h"
#include "tilewright/core/memory.h"
#include "tilewright/core/thread_pool.h"

namespace tilewright::inline v0_1 {
namespace {

using Clock = std::chrono::steady_clock;

constexpr int most_workers = 4096;
constexpr auto progress_interval = std::chrono::milliseconds(100);

double seconds_since(Clock::time_point start) {
    return std::chrono::duration<double>(Clock::now() - start).count();
}

EngineOptions checked(EngineOptions options) {
    const auto refuse = [](const std::string& message) { throw Error(ErrorCode::invalid_argument, message); };
    if (options.workers < 0 || options.workers > most_workers) {
        refuse("workers must be 1 to " + std::to_string(most_workers) + ", or 0 for one a processor");
    }
    if (options.memory_bytes < 0) refuse("the memory budget must be above 0, or 0 for the default");
    if (options.retries < 0) refuse("retries must be 0 or more");
    if (!(options.retry_delay_s >= 0) || !(options.retry_delay_max_s >= 0)) refuse("a retry delay must be 0 s or more");
    if (options.io_threads < 0 || options.io_threads > most_workers) {
        refuse("io_threads must be 0 to " + std::to_string(most_workers));
    }
    if (options.workers == 0) options.workers = available_processors();
    options.io_threads = std::max(options.io_threads, options.workers);
    if (options.memory_bytes == 0) options.memory_bytes = default_memory_budget_bytes();
    return options;
}

// A task and the attempts it has had.
struct Attempt {
    std::size_t index = 0;
    int number = 0;  // 1 for the first
};

struct Delayed {
    Clock::time_point due;
    Attempt attempt;
};

// Orders for std::priority_queue, which puts the greatest first.
struct DueLater {
    bool operator()(const Delayed& a, const Delayed& b) const { return a.due > b.due; }
};
struct LaterInPlan {
    bool operator()(const Attempt& a, const Attempt& b) const { return a.index > b.index; }
};

// What a task under way has told of its progress. A cache line each: threads count often.
struct alignas(64) Slot {
    std::atomic<std::int64_t> bytes{0};
    std::int64_t most_bytes = 0;  // guarded by the run's mutex, as is `taken`
    bool taken = false;
};

// One call of run_plan. The calling thread reports progress, watches the clock for retries and ends what a stop leaves
// over; tasks are started by whoever makes room for them, so that short tasks need not wait for it.
class Run {
public:
    Run(const Plan& plan, const EngineOptions& options, std::stop_token stop,
        const std::function<void(const Outcome&)>& on_outcome,
        const std::function<void(const EngineProgress&)>& on_progress)
        : plan_(plan),
          options_(checked(options)),
          on_outcome_(on_outcome),
          on_progress_(on_progress),
          outcomes_(plan.size()),
          slots_(static_cast<std::size_t>(options_.io_threads)),
          forwarded_stop_(std::move(stop), [this] { request_stop(); }),
          pool_(options_.io_threads, options_.workers, stop_.get_token()) {
        counts_.total = static_cast<std::int64_t>(plan.size());
        for (const auto& task : plan) counts_.total_raw_bytes += std::max<std::int64_t>(0, task.raw_bytes);
    }

    // Where the calling thread fails, the threads must not work on through the plan.
    ~Run() { stop_.request_stop(); }
    Run(const Run&) = delete;
    Run& operator=(const Run&) = delete;

    std::vector<Outcome> run() {
        auto next_report = Clock::now() + progress_interval;
        std::unique_lock lock(mutex_);
        while (ended_ < plan_.size()) {
            if (stop_.stop_requested()) {
                lock.unlock();
                cancel_waiting();
                lock.lock();
            }
            const auto now = Clock::now();
            wake_retries(now);
            start_what_fits();
            if (now >= next_report) {
                next_report = now + progress_interval;
                lock.unlock();
                report_progress();
                lock.lock();
            }
            const auto until = retries_.empty() ? next_report : std::min(next_report, retries_.top().due);
            if (ended_ < plan_.size()) {
                const bool told_of_stop = stop_.stop_requested();
                changed_.wait_until(lock, until, [&] { return news_ || (!told_of_stop && stop_.stop_requested()); });
            }
            news_ = false;
        }
        lock.unlock();
        report_progress();
        const std::lock_guard reporting(outcome_mutex_);
        if (callback_error_) std::rethrow_exception(callback_error_);
        return std::move(outcomes_);
    }

private:
    // May be called from a stop callback in any thread, one that holds outcome_mutex_ included, so it takes no mutex;
    // should the calling thread just miss the notification it sees the stop within a progress interval.
    void request_stop() {
        stop_.request_stop();
        changed_.notify_all();
    }

    std::int64_t booked_bytes_of(std::size_t index) const {
        const auto need = std::max<std::int64_t>(0, plan_[index].working_bytes);
        return need > options_.memory_bytes ? 0 : need;  // One that never fits is only told so.
    }

    void wake_retries(Clock::time_point now) {
        while (!retries_.empty() && retries_.top().due <= now) {
            ready_.push(retries_.top().attempt);
            retries_.pop();
        }
    }

    // Under the mutex. Nothing overtakes a task that waits for memory: it would wait for ever.
    void start_what_fits() {
        while (!stop_.stop_requested() && counts_.running < options_.io_threads) {
            Attempt attempt;
            if (!ready_.empty()) {
                attempt = ready_.top();
            } else if (next_ < plan_.size()) {
                attempt = {next_, 1};
            } else {
                return;
            }
            const auto need = booked_bytes_of(attempt.index);
            if (need > options_.memory_bytes - booked_bytes_) return;
            pool_.submit_new_work([this, attempt] { work_on(attempt); });
            if (attempt.number > 1) {
                ready_.pop();
            } else {
                ++next_;
            }
            booked_bytes_ += need;
            ++counts_.running;
        }
    }

    Slot& take_slot(const Task& task) {
        const std::lock_guard lock(mutex_);
        // There are as many slots as tasks may run.
        auto& slot = *std::find_if(slots_.begin(), slots_.end(), [](const Slot& s) { return !s.taken; });
        slot.bytes = 0;
        slot.most_bytes = std::max<std::int64_t>(0, task.raw_bytes);
        slot.taken = true;
        return slot;
    }

    void work_on(Attempt attempt) {
        const auto& task = plan_[attempt.index];
        auto& slot = take_slot(task);
        auto& outcome = outcomes_[attempt.index];
        outcome.key = task.key;
        outcome.code = ErrorCode::internal;
        const auto start = Clock::now();
        bool transient = false;
        try {
            take_result(outcome, attempt_once(task, outcome, slot));
        } catch (const Error& error) {
            transient = error.transient();
            set_failed(outcome, error.code(), error.what());
        } catch (const std::bad_alloc&) {
            set_failed(outcome, ErrorCode::resource,
                       task.key + ": not enough memory; lower --workers or --memory, or free some");
        } catch (const std::exception& error) {
            set_failed(outcome, ErrorCode::internal, task.key + ": " + error.what());
        } catch (...) {
            set_failed(outcome, ErrorCode::internal, task.key + ": failed with something that is no exception");
        }
        outcome.seconds = seconds_since(start);
        if (outcome.status == TaskStatus::failed && stop_.stop_requested() &&
            (transient || outcome.code == ErrorCode::cancelled)) {
            outcome.status = TaskStatus::cancelled;
            outcome.code = ErrorCode::cancelled;
        }
        const bool again = outcome.status == TaskStatus::failed && transient && attempt.number <= options_.retries;
        if (!again) tell(outcome);
        leave(attempt, slot, again);
    }

    TaskResult attempt_once(const Task& task, Outcome& outcome, Slot& slot) {
        if (task.working_bytes > options_.memory_bytes) {
            throw Error(ErrorCode::resource,
                        "needs " + format_size_bytes(task.working_bytes) +
                            " of memory at once, more than the budget of " + format_size_bytes(options_.memory_bytes) +
                            "; allow more with --memory",
                        task.key);
        }
        RunContext context{&pool_, stop_.get_token(),
                           [&slot](std::int64_t bytes) { slot.bytes.fetch_add(bytes, std::memory_order_relaxed); }};
        context.throw_if_stopped();
        ++outcome.attempts;
        return task.body(context);
    }

    static void take_result(Outcome& outcome, TaskResult result) {
        if (result.status != TaskStatus::done && result.status != TaskStatus::skipped) {
            throw Error(ErrorCode::internal, "a task body must end done or skipped, or throw", outcome.key);
        }
        outcome.status = result.status;
        outcome.reason = std::move(result.reason);
        outcome.message = std::move(result.message);
        outcome.raw_bytes = result.raw_bytes;
        outcome.written_bytes = result.written_bytes;
        outcome.outputs = result.outputs;
        outcome.output_folder = std::move(result.output_folder);
        outcome.record = std::move(result.record);
    }

    static void set_failed(Outcome& outcome, ErrorCode code, std::string message) {
        outcome.status = TaskStatus::failed;
        outcome.code = code;
        outcome.message = std::move(message);
    }

    // Hands an outcome over, one at a time. Once that failed nothing is handed over any more, and the run stops.
    void tell(const Outcome& outcome) {
        if (!on_outcome_) return;
        const std::lock_guard lock(outcome_mutex_);
        if (callback_error_) return;
        try {
            on_outcome_(outcome);
        } catch (...) {
            callback_error_ = std::current_exception();
            request_stop();
        }
    }

    // Gives back what the attempt held, and either ends the task or puts it by for another attempt.
    void leave(Attempt attempt, Slot& slot, bool again) {
        const std::lock_guard lock(mutex_);
        slot.taken = false;
        --counts_.running;
        booked_bytes_ -= booked_bytes_of(attempt.index);
        if (again) {
            retries_.push({Clock::now() + delay_before_retry(attempt.number), {attempt.index, attempt.number + 1}});
            news_ = true;
        } else {
            count_ended(attempt.index);
            news_ = news_ || ended_ == plan_.size();
        }
        try {
            start_what_fits();
        } catch (const std::bad_alloc&) {
            news_ = true;  // The calling thread tries again.
        }
        if (news_) changed_.notify_all();
    }

    Clock::duration delay_before_retry(int attempts) {
        return std::chrono::duration_cast<Clock::duration>(
            std::chrono::duration<double>(retry_wait_s(options_, attempts, random_)));
    }

    // Under the mutex.
    void count_ended(std::size_t index) {
        ++ended_;
        ended_raw_bytes_ += std::max<std::int64_t>(0, plan_[index].raw_bytes);
        switch (outcomes_[index].status) {
            case TaskStatus::done: ++counts_.done; break;
            case TaskStatus::skipped: ++counts_.skipped; break;
            case TaskStatus::failed: ++counts_.failed; break;
            case TaskStatus::cancelled: ++counts_.cancelled; break;
        }
    }

    // After a stop: everything that no thread has in hand.
    void cancel_waiting() {
        std::unique_lock lock(mutex_);
        const auto cancel = [&](std::size_t index) {
            auto& outcome = outcomes_[index];
            outcome.key = plan_[index].key;
            outcome.status = TaskStatus::cancelled;
            outcome.code = ErrorCode::cancelled;
            if (outcome.message.empty()) outcome.message = "stopped on request before it started";
            lock.unlock();
            tell(outcome);
            lock.lock();
            count_ended(index);
        };
        while (!retries_.empty()) {
            ready_.push(retries_.top().attempt);
            retries_.pop();
        }
        while (!ready_.empty()) {
            const auto index = ready_.top().index;
            ready_.pop();
            cancel(index);
        }
        while (next_ < plan_.size()) cancel(next_++);
    }

    void report_progress() {
        if (!on_progress_) return;
        EngineProgress progress;
        {
            const std::lock_guard lock(mutex_);
            progress = counts_;
            progress.raw_bytes = ended_raw_bytes_;
            for (const auto& slot : slots_) {
                if (slot.taken) progress.raw_bytes += std::min(slot.most_bytes, slot.bytes.load());
            }
        }
        progress.seconds = seconds_since(start_);
        try {
            on_progress_(progress);
        } catch (...) {
            const std::lock_guard lock(outcome_mutex_);
            if (!callback_error_) callback_error_ = std::current_exception();
            request_stop();
        }
    }

    const Plan& plan_;
    const EngineOptions options_;
    const std::function<void(const Outcome&)>& on_outcome_;
    const std::function<void(const EngineProgress&)>& on_progress_;
    const Clock::time_point start_ = Clock::now();

    // Each written by the one thread that has its task in hand, then read under the mutex.
    std::vector<Outcome> outcomes_;

    std::mutex outcome_mutex_;
    std::exception_ptr callback_error_;  // guarded by outcome_mutex_

    std::mutex mutex_;  // guards what follows
    std::condition_variable changed_;
    bool news_ = false;  // something the calling thread must see to
    std::vector<Slot> slots_;
    EngineProgress counts_;
    std::size_t ended_ = 0;
    std::int64_t ended_raw_bytes_ = 0;
    std::int64_t booked_bytes_ = 0;
    std::size_t next_ = 0;  // the first task never started
    std::priority_queue<Delayed, std::vector<Delayed>, DueLater> retries_;
    std::priority_queue<Attempt, std::vector<Attempt>, LaterInPlan> ready_;  // retries whose time has come
    std::mt19937_64 random_{std::random_device{}()};

    std::stop_source stop_;
    std::stop_callback<std::function<void()>> forwarded_stop_;
    ThreadPool pool_;  // last, so that its threads end before what they use
};

}  // namespace

std::vector<Outcome> run_plan(const Plan& plan, const EngineOptions& options, std::stop_token stop,
                              const std::function<void(const Outcome&)>& on_outcome,
                              const std::function<void(const EngineProgress&)>& on_progress) {
    return Run(plan, options, std::move(stop), on_outcome, on_progress).run();
}

}  // namespace tilewright::inline v0_1
