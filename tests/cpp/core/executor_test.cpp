// SPDX-License-Identifier: Apache-2.0
#include "tilewright/core/executor.h"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <latch>
#include <memory>
#include <mutex>
#include <new>
#include <random>
#include <stdexcept>
#include <thread>

#include "tilewright/core/thread_pool.h"
#include "tilewright/core/waiting.h"

namespace tilewright {
namespace {

// The most that was held at a time.
struct Held {
    std::atomic<std::size_t> now{0};
    std::atomic<std::size_t> most{0};

    void take(std::size_t bytes) {
        const auto sum = now += bytes;
        for (auto seen = most.load(); sum > seen && !most.compare_exchange_weak(seen, sum);) continue;
    }
};

TEST(JobGroup, RunsEveryJobWithinItsMemory) {
    std::mt19937 random(7);
    for (int round = 0; round < 40; ++round) {
        ThreadPool pool(1 + static_cast<int>(random() % 4));
        Held held;
        std::atomic<int> ran{0};
        {
            JobGroup group(pool, 1000);
            for (int i = 0; i < 200; ++i) {
                const std::size_t bytes = random() % 600;
                group.run(bytes, [&held, &ran, bytes] {
                    held.take(bytes);
                    ++ran;
                    held.now -= bytes;
                });
            }
            group.wait();
            ASSERT_EQ(ran, 200);
        }
        ASSERT_LE(held.most, 1000U);
    }
}

TEST(JobGroup, AJobAboveTheLimitRunsAlone) {
    ThreadPool pool(3);
    JobGroup group(pool, 10);
    std::atomic<int> running{0};
    std::atomic<int> ran{0};
    for (int i = 0; i < 20; ++i) {
        group.run(100, [&] {
            EXPECT_EQ(++running, 1);
            ++ran;
            --running;
        });
    }
    group.wait();
    EXPECT_EQ(ran, 20);
}

TEST(JobGroup, FreesWhatAJobHoldsBeforeItCountsAsEnded) {
    ThreadPool pool(2);
    JobGroup group(pool, 1);
    std::weak_ptr<int> last;
    for (int i = 0; i < 100; ++i) {
        auto held = std::make_shared<int>(i);
        const std::weak_ptr<int> watched = held;
        group.run(1, [held = std::move(held)] {});
        EXPECT_TRUE(last.expired()) << "two jobs' memory at a time";
        last = watched;
    }
}

TEST(JobGroup, CarriesTheFirstErrorAndDropsTheRest) {
    ThreadPool pool(1);
    JobGroup group(pool, 1 << 20);
    std::latch go(1);
    std::atomic<int> ran{0};
    group.run(1, [&] {
        go.wait();
        throw std::runtime_error("first");
    });
    pool.submit([&] { ++ran; });
    // With one thread busy these wait; none is wanted once the first has failed.
    group.run(1, [&] { go.count_down(); });
    EXPECT_THROW(
        {
            for (int i = 0; i < 100; ++i) group.run(1, [] {});
            group.wait();
        },
        std::runtime_error);
    EXPECT_THROW(group.run(1, [&] { ADD_FAILURE() << "taken after an error"; }), std::runtime_error);
}

TEST(JobGroup, TheDestructorWaitsForJobsUnderWayAndDropsTheOthers) {
    for (int round = 0; round < 50; ++round) {
        ThreadPool pool(2);
        std::atomic<int> running{0};
        {
            JobGroup group(pool, 1 << 20);
            for (int i = 0; i < 8; ++i) {
                group.run(1, [&] {
                    ++running;
                    std::this_thread::sleep_for(std::chrono::microseconds(100));
                    --running;
                });
            }
        }
        ASSERT_EQ(running, 0);
    }
}

TEST(JobGroup, ManyGroupsOnOnePool) {
    ThreadPool pool(3);
    std::atomic<int> ran{0};
    {
        std::vector<std::jthread> owners;
        owners.reserve(4);
        for (int owner = 0; owner < 4; ++owner) {
            owners.emplace_back([&] {
                for (int round = 0; round < 30; ++round) {
                    JobGroup group(pool, 64);
                    for (int i = 0; i < 20; ++i) group.run(16, [&] { ++ran; });
                    group.wait();
                }
            });
        }
    }
    EXPECT_EQ(ran, 4 * 30 * 20);
}

TEST(JobGroup, AJobThatIsNotTakenIsNotWaitedFor) {
    class Full : public Executor {
    public:
        int concurrency() const noexcept override { return 1; }
        int idle() const noexcept override { return 0; }
        int waiting() const noexcept override { return 0; }
        void submit(std::function<void()>) override { throw std::bad_alloc(); }
        bool run_one() override { return false; }
    } full;
    JobGroup group(full, 10);
    EXPECT_THROW(group.run(1, [] {}), std::bad_alloc);
    group.wait();
}

TEST(JobGroup, AsManyJobsWaitForOtherMachinesAsThereAreThreads) {
    constexpr int threads = 8;
    ThreadPool pool(threads, 2);
    JobGroup group(pool, 100);
    // Rounds that end when as many jobs as there are threads are under way. Each is whole before anyone waits for it: the
    // caller helps with what is queued, and in a job that waits for jobs not yet submitted it would wait for itself.
    std::mutex mutex;
    std::condition_variable arrival;
    int arrived = 0;
    for (int end_of_round = threads; end_of_round <= 5 * threads; end_of_round += threads) {
        for (int i = 0; i < threads; ++i) {
            group.run(1, [&, end_of_round] {
                const Waiting waiting;
                std::unique_lock lock(mutex);
                ++arrived;
                arrival.notify_all();
                arrival.wait(lock, [&] { return arrived >= end_of_round; });
            });
        }
        group.wait();
        EXPECT_EQ(arrived, end_of_round);
    }
}

TEST(SerialExecutor, RunsAtOnceOnTheCallersThread) {
    JobGroup group(serial_executor(), 10);
    const auto caller = std::this_thread::get_id();
    int ran = 0;
    for (int i = 0; i < 3; ++i) {
        group.run(1, [&] {
            EXPECT_EQ(std::this_thread::get_id(), caller);
            ++ran;
        });
        EXPECT_EQ(ran, i + 1);
    }
    EXPECT_EQ(serial_executor().concurrency(), 1);
    EXPECT_FALSE(serial_executor().run_one());
}

}  // namespace
}  // namespace tilewright
