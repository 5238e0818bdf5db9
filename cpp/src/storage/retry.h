// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>

namespace tilewright::inline v0_1 {

/// How often and when a request to a store is repeated after an error that may pass.
struct RetryPolicy {
    int attempts = 8;                ///< the first included
    double first_pause_s = 0.1;      ///< doubles each time; the pause taken is random between 0 and this (full jitter)
    double longest_pause_s = 8;      ///< also of what a server asks for by Retry-After
    double unreachable_for_s = 4.5;  ///< a server that never answered is given up after this long
};

/// Calls `attempt` until it returns, throws what will not pass, or the policy is exhausted; then throws its last error.
void with_retries(const std::function<void()>& attempt, const RetryPolicy& policy = {});

}  // namespace tilewright::inline v0_1
