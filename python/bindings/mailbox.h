// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pybind11/pybind11.h>

#include <deque>
#include <mutex>
#include <optional>
#include <string>
#include <utility>

#include "convert.h"
#include "tilewright/jobs/batch_job.h"

namespace tilewright::python {

/// What a run tells, from any thread, until the thread that made the call hands it to Python.
class Mailbox {
public:
    Mailbox(pybind11::object on_progress, pybind11::object on_outcome, pybind11::object log)
        : on_progress_(std::move(on_progress)), on_outcome_(std::move(on_outcome)), log_(std::move(log)) {}

    BatchCallbacks callbacks() {
        BatchCallbacks callbacks;
        if (!on_progress_.is_none()) {
            callbacks.on_progress = [this](const EngineProgress& progress) {
                const std::lock_guard lock(mutex_);
                progress_ = progress;
            };
        }
        if (!on_outcome_.is_none()) {
            callbacks.on_outcome = [this](const Outcome& outcome) {
                const std::lock_guard lock(mutex_);
                outcomes_.push_back(outcome);
            };
        }
        if (!log_.is_none()) {
            callbacks.log = [this](LogLevel level, const std::string& message, const std::string& task) {
                const std::lock_guard lock(mutex_);
                messages_.push_back({level, message, task});
            };
        }
        return callbacks;
    }

    /// With the GIL. An exception of a callable leaves the rest for the next time.
    void deliver() {
        while (const auto message = next(messages_)) {
            log_(text_to_python(name(message->level)), text_to_python(message->text), text_to_python(message->task));
        }
        while (const auto outcome = next(outcomes_)) on_outcome_(*outcome);
        std::optional<EngineProgress> progress;
        {
            const std::lock_guard lock(mutex_);
            progress.swap(progress_);
        }
        if (progress) on_progress_(*progress);
    }

private:
    struct Message {
        LogLevel level;
        std::string text;
        std::string task;
    };

    template <typename T>
    std::optional<T> next(std::deque<T>& queue) {
        const std::lock_guard lock(mutex_);
        if (queue.empty()) return std::nullopt;
        std::optional<T> first(std::move(queue.front()));
        queue.pop_front();
        return first;
    }

    pybind11::object on_progress_;
    pybind11::object on_outcome_;
    pybind11::object log_;
    std::mutex mutex_;
    std::optional<EngineProgress> progress_;
    std::deque<Outcome> outcomes_;
    std::deque<Message> messages_;
};

}  // namespace tilewright::python
