// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pybind11/pybind11.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <exception>
#include <functional>
#include <mutex>
#include <optional>
#include <stop_token>
#include <type_traits>
#include <utility>

#include "tilewright/core/run_context.h"
#include "tilewright/core/thread_pool.h"

namespace tilewright::python {

/// How soon a signal is seen and a callback called, and so how soon Ctrl-C stops a long call.
inline constexpr std::chrono::milliseconds patience{50};

/// Runs C++ work on threads of its own while the calling thread waits without the GIL, looks for signals and calls
/// `on_tick` with the GIL about every `patience`, and once more when the work has ended.
///
/// No worker thread ever touches Python. If a signal handler raises (KeyboardInterrupt) or on_tick throws, the work is
/// told to stop, waited for, and the exception goes on to the caller. Signals reach Python's main thread only; a call
/// from another thread is stopped by its on_tick.
///
/// @param workers  threads that compute; 0: one a processor
/// @param threads  of all, as work that waits for other machines needs no processor; 0: as many as workers
/// @param body  takes (const RunContext&) and runs on one of them; the context's executor has all of them
template <typename Body>
auto run_interruptible(int workers, Body body, const std::function<void()>& on_tick = {},
                       const std::function<void(std::int64_t)>& on_bytes = {}, int threads = 0) {
    namespace py = pybind11;
    using Result = std::invoke_result_t<Body&, const RunContext&>;
    std::stop_source stop;
    std::mutex mutex;
    std::condition_variable ended;
    bool is_over = false;
    std::optional<Result> result;
    std::exception_ptr error;
    std::exception_ptr interruption;
    bool tick_failed = false;
    {
        const py::gil_scoped_release released;
        const int processors = workers == 0 ? available_processors() : workers;
        ThreadPool pool(std::max(threads, processors), processors, stop.get_token());
        pool.submit_new_work([&] {
            try {
                result.emplace(body(RunContext{&pool, stop.get_token(), on_bytes}));
            } catch (...) {
                error = std::current_exception();
            }
            const std::lock_guard lock(mutex);
            is_over = true;
            ended.notify_one();
        });
        std::unique_lock lock(mutex);
        while (!ended.wait_for(lock, patience, [&] { return is_over; })) {
            if (interruption) continue;
            lock.unlock();
            {
                const py::gil_scoped_acquire acquired;
                try {
                    if (PyErr_CheckSignals() != 0) throw py::error_already_set();
                    tick_failed = true;
                    if (on_tick) on_tick();
                    tick_failed = false;
                } catch (...) {
                    interruption = std::current_exception();
                }
            }
            if (interruption) stop.request_stop();
            lock.lock();
        }
    }
    if (on_tick && !tick_failed) {
        try {
            on_tick();  // what the work told last, also of how it was interrupted
        } catch (...) {
            if (!interruption) throw;
        }
    }
    if (interruption) std::rethrow_exception(interruption);
    if (error) std::rethrow_exception(error);
    return std::move(*result);
}

/// Tells a Python callable how many bytes of samples a call has dealt with, from the thread that made the call.
class ByteProgress {
public:
    /// @param callback  takes an int; None to tell nobody
    explicit ByteProgress(pybind11::object callback) : callback_(std::move(callback)) {}

    /// Calls run_interruptible with this progress.
    template <typename Body>
    auto run(int workers, Body body) {
        if (callback_.is_none()) return run_interruptible(workers, std::move(body));
        return run_interruptible(
            workers, std::move(body),
            [this] {
                const auto bytes = bytes_.load(std::memory_order_relaxed);
                if (bytes != std::exchange(told_, bytes)) callback_(bytes);
            },
            [this](std::int64_t bytes) { bytes_.fetch_add(bytes, std::memory_order_relaxed); });
    }

private:
    pybind11::object callback_;
    std::atomic<std::int64_t> bytes_ = 0;
    std::int64_t told_ = 0;
};

}  // namespace tilewright::python
