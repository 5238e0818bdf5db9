// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <stop_token>

#include "tilewright/core/executor.h"

#pragma GCC visibility push(default)
namespace tilewright::inline v0_1 {

/// What a long call gets from whoever runs it: threads, the wish to stop, someone to tell of progress.
///
/// The default runs on the calling thread, cannot be stopped and tells nobody.
struct RunContext {
    Executor* executor = &serial_executor();
    std::stop_token stop;
    /// Told how many bytes of decoded samples were just dealt with; called from any thread, must not throw.
    std::function<void(std::int64_t bytes)> on_bytes;

    /// @throws Error cancelled once a stop is requested; called between slices and blocks
    void throw_if_stopped() const;
    void advance(std::int64_t bytes) const {
        if (on_bytes) on_bytes(bytes);
    }
};

}  // namespace tilewright::inline v0_1
#pragma GCC visibility pop
