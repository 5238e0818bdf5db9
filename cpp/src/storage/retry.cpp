// SPDX-License-Identifier: Apache-2.0
#include "storage/retry.h"

#include <algorithm>
#include <chrono>
#include <optional>
#include <random>

#include "storage/object_request.h"
#include "tilewright/core/error.h"
#include "tilewright/core/waiting.h"

namespace tilewright::inline v0_1 {
namespace {

using Clock = std::chrono::steady_clock;

double pause_s(const RetryPolicy& policy, int attempts) {
    thread_local std::mt19937_64 random{std::random_device{}()};
    const double longest =
        std::min(policy.longest_pause_s, policy.first_pause_s * static_cast<double>(1 << std::min(attempts - 1, 20)));
    return std::uniform_real_distribution<double>(0, longest)(random);
}

}  // namespace

void with_retries(const std::function<void()>& attempt, const RetryPolicy& policy) {
    const auto start = Clock::now();
    for (int attempts = 1;; ++attempts) {
        double pause = 0;
        try {
            return attempt();
        } catch (const Unanswered&) {
            const double waited = std::chrono::duration<double>(Clock::now() - start).count();
            pause = pause_s(policy, attempts);
            if (attempts >= policy.attempts || waited + pause >= policy.unreachable_for_s) throw;
        } catch (const RetryLater& error) {
            if (attempts >= policy.attempts) throw;
            pause = std::min(policy.longest_pause_s, std::max(error.after_s(), pause_s(policy, attempts)));
        } catch (const Error& error) {
            if (!error.transient() || attempts >= policy.attempts) throw;
            pause = pause_s(policy, attempts);
        }
        pause_for(pause);
    }
}

}  // namespace tilewright::inline v0_1
