// SPDX-License-Identifier: Apache-2.0
#include "tilewright/core/thread_pool.h"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <latch>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "tilewright/core/error.h"
#include "tilewright/core/waiting.h"

namespace tilewright {
namespace {

TEST(ThreadPool, RunsEverythingBeforeItIsGone) {
    std::atomic<int> ran{0};
    {
        ThreadPool pool(3);
        EXPECT_EQ(pool.concurrency(), 3);
        for (int i = 0; i < 500; ++i) {
            pool.submit([&] {
                ++ran;
                if (ran % 7 == 0) pool.submit([&] { ran += 0; });
            });
            pool.submit_new_work([&] { ++ran; });
        }
    }
    EXPECT_EQ(ran, 1000);
}

TEST(ThreadPool, PartsOfWorkBegunComeBeforeNewWork) {
    std::string order;
    std::latch begun(1);
    std::latch go(1);
    {
        ThreadPool pool(1);
        pool.submit([&] {
            begun.count_down();
            go.wait();
        });
        begun.wait();  // The only thread is busy: what follows queues up.
        for (int i = 0; i < 3; ++i) {
            pool.submit_new_work([&] { order += 'n'; });
            pool.submit([&] { order += 'p'; });
        }
        EXPECT_EQ(pool.waiting(), 3) << "new work is no part";
        go.count_down();
    }
    EXPECT_EQ(order, "pppnnn");
}

TEST(ThreadPool, AWaitingThreadHelpsWithPartsOnly) {
    std::latch begun(1);
    std::latch go(1);
    std::atomic<int> parts{0};
    std::atomic<int> new_works{0};
    {
        ThreadPool pool(1);
        pool.submit([&] {
            begun.count_down();
            go.wait();
        });
        begun.wait();
        pool.submit_new_work([&] { ++new_works; });
        EXPECT_FALSE(pool.run_one());
        pool.submit([&] { ++parts; });
        EXPECT_TRUE(pool.run_one());
        EXPECT_EQ(parts, 1);
        EXPECT_EQ(new_works, 0);
        EXPECT_EQ(pool.idle(), 0);
        go.count_down();
    }
    EXPECT_EQ(new_works, 1);
}

TEST(ThreadPool, ThreadsRunAtTheSameTime) {
    ThreadPool pool(4);
    std::latch together(4);
    std::latch ended(4);
    for (int i = 0; i < 4; ++i) {
        pool.submit([&] {
            together.arrive_and_wait();
            ended.count_down();
        });
    }
    ended.wait();
}

TEST(ThreadPool, ThreadsThatWaitLendTheirProcessor) {
    constexpr int threads = 8;
    std::atomic<int> computing{0};
    std::atomic<int> most_computing{0};
    std::latch all_wait(threads);
    {
        ThreadPool pool(threads, 2);
        EXPECT_EQ(pool.concurrency(), 2);
        for (int job = 0; job < threads; ++job) {
            pool.submit([&] {
                const int now = ++computing;
                for (int most = most_computing; most < now && !most_computing.compare_exchange_weak(most, now);) {
                }
                std::this_thread::sleep_for(std::chrono::milliseconds(2));
                --computing;
                const Waiting for_an_answer;
                // Were only two let in, this would never end.
                all_wait.arrive_and_wait();
            });
        }
    }
    EXPECT_LE(most_computing, 2);
}

TEST(ThreadPool, ThreadsThatWaitMayHoldALockThatOthersWant) {
    constexpr int jobs = 50;
    std::mutex mutex;
    int done = 0;
    {
        ThreadPool pool(8, 2);
        for (int job = 0; job < jobs; ++job) {
            pool.submit([&] {
                const std::lock_guard lock(mutex);
                const Waiting for_an_answer;
                std::this_thread::sleep_for(std::chrono::microseconds(100));
                ++done;
            });
        }
    }
    EXPECT_EQ(done, jobs);
}

TEST(ThreadPool, NeedsAThread) {
    for (const int threads : {0, -3}) {
        try {
            const ThreadPool pool(threads);
            FAIL() << "made";
        } catch (const Error& error) {
            EXPECT_EQ(error.code(), ErrorCode::invalid_argument);
        }
    }
}

TEST(ThreadPool, ThereIsAProcessor) {
    EXPECT_GE(available_processors(), 1);
    EXPECT_LE(available_processors(), static_cast<int>(std::max(1U, std::thread::hardware_concurrency())));
}

}  // namespace
}  // namespace tilewright
