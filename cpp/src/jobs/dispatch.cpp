// SPDX-License-Identifier: Apache-2.0
#include "tilewright/jobs/dispatch.h"

#include <algorithm>
#include <chrono>

#include "tilewright/core/error.h"

namespace tilewright::inline v0_1 {
namespace {

using Clock = std::chrono::steady_clock;

constexpr auto progress_interval = std::chrono::milliseconds(100);

std::int64_t raw_bytes_of(const Task& task) {
    return std::max<std::int64_t>(0, task.raw_bytes);
}

void count(EngineProgress& counts, TaskStatus status) {
    switch (status) {
        case TaskStatus::done: ++counts.done; break;
        case TaskStatus::skipped: ++counts.skipped; break;
        case TaskStatus::failed: ++counts.failed; break;
        case TaskStatus::cancelled: ++counts.cancelled; break;
    }
}

// The tasks of a plan that the planner decided: their bodies only say so.
Plan decided(const Plan& plan, const std::vector<std::size_t>& work) {
    Plan rest;
    auto next = work.begin();
    for (std::size_t i = 0; i < plan.size(); ++i) {
        if (next != work.end() && *next == i) {
            ++next;
        } else {
            rest.push_back(plan[i]);
        }
    }
    return rest;
}

}  // namespace

std::vector<SentTask> Dispatch::take(std::size_t most) {
    std::vector<SentTask> tasks;
    const std::lock_guard lock(mutex_);
    if (plan_ == nullptr) return tasks;
    for (; tasks.size() < most && next_ < texts_->numbers.size(); ++next_) {
        const auto number = texts_->numbers[next_];
        const auto& task = (*plan_)[number];
        tasks.push_back({number, task.key, texts_->text(number), raw_bytes_of(task)});
        states_[number] = State::taken;
        ++counts_.running;
    }
    return tasks;
}

bool Dispatch::tell(std::size_t number, Outcome outcome) {
    if (outcome.status == TaskStatus::cancelled) {
        throw Error(ErrorCode::invalid_argument, "a task that was given up has no outcome; send it again", outcome.key);
    }
    const std::lock_guard lock(mutex_);
    if (plan_ == nullptr || number >= states_.size() || states_[number] != State::taken) return false;
    const auto& task = (*plan_)[number];
    outcome.key = task.key;
    states_[number] = State::told;
    --counts_.running;
    count(counts_, outcome.status);
    counts_.raw_bytes += raw_bytes_of(task);
    told_.push_back(std::move(outcome));
    changed_.notify_all();
    return true;
}

std::size_t Dispatch::waiting() const {
    const std::lock_guard lock(mutex_);
    return plan_ == nullptr ? 0 : texts_->numbers.size() - next_;
}

bool Dispatch::is_open() const {
    const std::lock_guard lock(mutex_);
    return plan_ != nullptr;
}

void Dispatch::open(const Plan& plan, const PlanTexts& texts) {
    const std::lock_guard lock(mutex_);
    plan_ = &plan;
    texts_ = &texts;
    states_.assign(plan.size(), State::waiting);
    next_ = 0;
}

void Dispatch::close() {
    const std::lock_guard lock(mutex_);
    plan_ = nullptr;
    texts_ = nullptr;
}

// What was told since, after waiting for it, for a stop or for the time to tell of progress.
std::deque<Outcome> Dispatch::next_told(const std::stop_token& stop) {
    std::deque<Outcome> told;
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, stop, progress_interval, [&] { return !told_.empty(); });
    told.swap(told_);
    return told;
}

EngineProgress Dispatch::progress() const {
    const std::lock_guard lock(mutex_);
    return counts_;
}

void Dispatch::run(const Plan& plan, const PlanTexts& texts, const std::stop_token& stop,
                   const std::function<void(const Outcome&)>& on_outcome,
                   const std::function<void(const EngineProgress&)>& on_progress) {
    const auto start = Clock::now();
    const auto tell_progress = [&] {
        if (!on_progress) return;
        auto counts = progress();
        counts.seconds = std::chrono::duration<double>(Clock::now() - start).count();
        on_progress(counts);
    };
    counts_ = {};
    told_.clear();
    counts_.total = static_cast<std::int64_t>(plan.size());
    for (const auto& task : plan) counts_.total_raw_bytes += raw_bytes_of(task);
    const auto hand_over = [&](const Outcome& outcome) {
        if (on_outcome) on_outcome(outcome);
    };
    EngineOptions one_thread;
    one_thread.workers = 1;
    run_plan(decided(plan, texts.numbers), one_thread, stop, [&](const Outcome& outcome) {
        count(counts_, outcome.status);
        hand_over(outcome);
    });

    open(plan, texts);
    struct Closing {
        Dispatch& dispatch;
        ~Closing() { dispatch.close(); }
    } closing{*this};
    std::size_t ended = 0;
    auto next_report = Clock::now() + progress_interval;
    while (ended < texts.numbers.size() && !stop.stop_requested()) {
        for (const auto& outcome : next_told(stop)) {
            hand_over(outcome);
            ++ended;
        }
        if (Clock::now() >= next_report) {
            tell_progress();
            next_report = Clock::now() + progress_interval;
        }
    }
    close();
    // Nothing is told any more: what was is handed over, the rest is cancelled.
    for (const auto& outcome : told_) hand_over(outcome);
    for (const auto number : texts.numbers) {
        if (states_[number] == State::told) continue;
        Outcome outcome;
        outcome.key = plan[number].key;
        outcome.status = TaskStatus::cancelled;
        outcome.code = ErrorCode::cancelled;
        outcome.attempts = states_[number] == State::taken ? 1 : 0;
        outcome.message = outcome.attempts > 0 ? "stopped on request while another machine had it"
                                               : "stopped on request before it started";
        ++counts_.cancelled;
        hand_over(outcome);
    }
    counts_.running = 0;
    tell_progress();
}

}  // namespace tilewright::inline v0_1
