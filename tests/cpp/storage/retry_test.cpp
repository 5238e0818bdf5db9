// SPDX-License-Identifier: Apache-2.0
#include "storage/retry.h"

#include <gtest/gtest.h>

#include <chrono>
#include <stop_token>
#include <thread>

#include "storage/object_request.h"
#include "tilewright/core/error.h"
#include "tilewright/core/waiting.h"

namespace tilewright {
namespace {

const Error passing(ErrorCode::io, "busy", "s3://b/k", true);
constexpr RetryPolicy quick{4, 0.001, 0.002, 5};

TEST(Retry, RepeatsWhatMayPass) {
    int attempts = 0;
    with_retries(
        [&] {
            if (++attempts < 4) throw Error(passing);
        },
        quick);
    EXPECT_EQ(attempts, 4);
}

TEST(Retry, GivesUpWithTheLastError) {
    int attempts = 0;
    EXPECT_THROW(with_retries(
                     [&] {
                         ++attempts;
                         throw Error(passing);
                     },
                     quick),
                 Error);
    EXPECT_EQ(attempts, 4);
}

TEST(Retry, TellsAtOnceWhatWillNotPass) {
    int attempts = 0;
    EXPECT_THROW(with_retries(
                     [&] {
                         ++attempts;
                         throw Error(ErrorCode::permission, "no", "s3://b/k");
                     },
                     quick),
                 Error);
    EXPECT_EQ(attempts, 1);
}

TEST(Retry, AServerThatAnswersNothingIsGivenUpAfterAWhile) {
    RetryPolicy policy = quick;
    policy.attempts = 1'000'000;
    policy.unreachable_for_s = 0.05;
    EXPECT_THROW(with_retries([] { throw Unanswered(passing); }, policy), Unanswered);
}

TEST(Retry, PausesAsLongAsTheServerAsksButNoLongerThanThePolicy) {
    RetryPolicy policy = quick;
    policy.longest_pause_s = 0.1;
    int attempts = 0;
    const auto begun = std::chrono::steady_clock::now();
    with_retries(
        [&] {
            if (++attempts == 1) throw RetryLater(passing, 3600);
        },
        policy);
    EXPECT_GE(std::chrono::steady_clock::now() - begun, std::chrono::milliseconds(100));
}

TEST(Retry, AStopEndsThePause) {
    std::stop_source stop;
    WaitHooks hooks;
    hooks.stop = stop.get_token();
    const WaitScope scope(hooks);
    RetryPolicy policy;
    policy.longest_pause_s = 3600;
    const std::jthread stopper([&] { stop.request_stop(); });
    try {
        with_retries([] { throw RetryLater(passing, 3600); }, policy);
        FAIL();
    } catch (const Error& error) {
        EXPECT_EQ(error.code(), ErrorCode::cancelled);
    }
}

}  // namespace
}  // namespace tilewright
