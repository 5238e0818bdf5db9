// SPDX-License-Identifier: Apache-2.0
#include "tilewright/core/waiting.h"

#include <chrono>
#include <condition_variable>
#include <mutex>

#include "tilewright/core/error.h"

namespace tilewright::inline v0_1 {
namespace {

thread_local const WaitHooks* thread_hooks = nullptr;

}  // namespace

WaitScope::WaitScope(const WaitHooks& hooks) noexcept : before_(thread_hooks) {
    thread_hooks = &hooks;
}

WaitScope::~WaitScope() {
    thread_hooks = before_;
}

Waiting::Waiting() : hooks_(thread_hooks) {
    if (hooks_ != nullptr && hooks_->on_begin) hooks_->on_begin();
}

Waiting::~Waiting() {
    if (hooks_ != nullptr && hooks_->on_end) hooks_->on_end();
}

void pause_for(double seconds) {
    const Waiting waiting;
    const std::stop_token stop = thread_hooks == nullptr ? std::stop_token() : thread_hooks->stop;
    std::mutex mutex;
    std::condition_variable_any never;
    std::unique_lock lock(mutex);
    never.wait_for(lock, stop, std::chrono::duration<double>(seconds), [] { return false; });
    if (stop.stop_requested()) throw Error(ErrorCode::cancelled, "stopped on request");
}

}  // namespace tilewright::inline v0_1
