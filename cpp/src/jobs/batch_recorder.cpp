// SPDX-License-Identifier: Apache-2.0
#include "jobs/batch_recorder.h"

#include <cstdio>
#include <exception>
#include <functional>
#include <utility>
#include <vector>

#include "tilewright/core/error.h"
#include "tilewright/core/memory.h"

namespace tilewright::inline v0_1 {
namespace {

using Clock = std::chrono::steady_clock;

std::string log_line(const Outcome& outcome, const std::string& outputs) {
    std::string line = outcome.key + ": " + std::string(name(outcome.status));
    if (outcome.status == TaskStatus::done) {
        char seconds[32];
        std::snprintf(seconds, sizeof seconds, "%.2f", outcome.seconds);
        line += ", " + std::to_string(outcome.outputs) + " " + outputs + ", " +
                format_size_bytes(outcome.written_bytes) + " in " + seconds + " s";
    }
    if (!outcome.reason.empty()) line += ", " + outcome.reason;
    if (outcome.attempts > 1) line += " after " + std::to_string(outcome.attempts) + " attempts";
    if (!outcome.message.empty()) line += ": " + outcome.message;
    return line;
}

LogLevel log_level(TaskStatus status) noexcept {
    switch (status) {
        case TaskStatus::failed: return LogLevel::error;
        case TaskStatus::cancelled: return LogLevel::debug;
        default: return LogLevel::info;
    }
}

}  // namespace

BatchRecorder::BatchRecorder(std::filesystem::path folder, std::string configuration, std::string outputs,
                             BatchLog& log)
    : folder_(std::move(folder)), log_(log), journal_(folder_ / Journal::filename) {
    report_.configuration_json = std::move(configuration);
    report_.outputs = std::move(outputs);
    report_.started_at_s = std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
    for (auto& key : read_processed(folder_)) processed_.insert(std::move(key));
    // A killed run wrote its journal further than its state.
    for (const auto& outcome : read_journal(folder_ / Journal::filename)) remember(outcome);
}

void BatchRecorder::begin(const Plan& plan) {
    begun_ = true;
    for (const auto& task : plan) {
        Outcome waiting;
        waiting.key = task.key;
        waiting.status = TaskStatus::cancelled;
        index_.emplace(task.key, report_.outcomes.size());
        report_.outcomes.push_back(std::move(waiting));
        source_bytes_.push_back(task.source_bytes);
    }
    save_state();
    // A worker that is killed must leave behind what it was to do.
    report_.interrupted = !plan.empty();
    write_report(report_, folder_);
    report_.interrupted = false;
}

void BatchRecorder::record(const Outcome& outcome) {
    const auto at = index_.at(outcome.key);
    report_.outcomes[at] = outcome;
    if (outcome.status == TaskStatus::done) report_.source_bytes += source_bytes_[at];
    remember(outcome);
    log_.write(log_level(outcome.status), log_line(outcome, report_.outputs), outcome.key);
    // What never began is nothing done: a run stopped early must not write a line for each image it left.
    if (outcome.status != TaskStatus::cancelled || outcome.attempts > 0) unwritten_.push_back(outcome);
    try {
        append_to_journal();
    } catch (const Error& error) {
        log_.write(LogLevel::warning, std::string("the journal lags behind: ") + error.what());
    }
    ++outcomes_since_save_;
    save_state_if_due();
}

void BatchRecorder::finish() {
    report_.seconds = seconds_running();
    std::exception_ptr first_error;
    for (const std::function<void()>& write : {std::function<void()>([&] {
                                                   append_to_journal();
                                                   journal_.flush();
                                               }),
                                               std::function<void()>([&] { save_state(); }),
                                               std::function<void()>([&] { write_report(report_, folder_); })}) {
        try {
            write();
        } catch (const Error& error) {
            log_.write(LogLevel::error, error.what());
            if (!first_error) first_error = std::current_exception();
        }
    }
    if (first_error) std::rethrow_exception(first_error);
}

void BatchRecorder::append_to_journal() {
    while (!unwritten_.empty()) {
        journal_.append(unwritten_.front());
        unwritten_.pop_front();
    }
}

void BatchRecorder::remember(const Outcome& outcome) {
    const bool proven = outcome.status == TaskStatus::done ||
                        (outcome.status == TaskStatus::skipped && outcome.reason == "already_exists");
    // Whatever began to cut an image again took its proof away first.
    const bool undone =
        outcome.status == TaskStatus::failed || (outcome.status == TaskStatus::cancelled && outcome.attempts > 0);
    if (proven) processed_.insert(outcome.key);
    if (undone) processed_.erase(outcome.key);
}

void BatchRecorder::save_state() {
    const auto begun = Clock::now();
    report_.seconds = seconds_running();
    write_state(report_, {processed_.begin(), processed_.end()}, folder_);
    last_save_ = Clock::now();
    save_took_ = last_save_ - begun;
    outcomes_since_save_ = 0;
}

void BatchRecorder::save_state_if_due() {
    constexpr int outcomes_between_saves = 10;
    constexpr auto longest_pause = std::chrono::seconds(5);
    // The state of a large batch is itself large: at most a twentieth of the time goes into writing it.
    constexpr int pause_to_cost = 20;
    const auto since_save = Clock::now() - last_save_;
    if (outcomes_since_save_ < outcomes_between_saves && since_save < longest_pause) return;
    if (since_save < pause_to_cost * save_took_) return;
    try {
        save_state();
    } catch (const Error& error) {
        last_save_ = Clock::now();
        log_.write(LogLevel::warning, std::string("the state was not saved: ") + error.what());
    }
}

double BatchRecorder::seconds_running() const {
    return std::chrono::duration<double>(Clock::now() - started_).count();
}

}  // namespace tilewright::inline v0_1
