// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <stop_token>

#pragma GCC visibility push(default)
namespace tilewright::inline v0_1 {

/// What the calling thread does about time it spends waiting for another machine. Whoever runs tasks sets it for the
/// thread of a task; without one, a thread just waits.
struct WaitHooks {
    std::function<void()> on_begin;  ///< the thread needs no processor from here,
    std::function<void()> on_end;    ///< and wants one again
    std::stop_token stop;            ///< ends pauses early
};

/// Sets the hooks of the calling thread for as long as it lives.
class WaitScope {
public:
    explicit WaitScope(const WaitHooks& hooks) noexcept;
    ~WaitScope();
    WaitScope(const WaitScope&) = delete;
    WaitScope& operator=(const WaitScope&) = delete;

private:
    const WaitHooks* before_;
};

/// Says that the calling thread waits, as long as it lives.
class Waiting {
public:
    Waiting();
    ~Waiting();
    Waiting(const Waiting&) = delete;
    Waiting& operator=(const Waiting&) = delete;

private:
    const WaitHooks* hooks_;
};

/// Waits so long. @throws Error cancelled once the thread's stop is requested
void pause_for(double seconds);

}  // namespace tilewright::inline v0_1
#pragma GCC visibility pop
