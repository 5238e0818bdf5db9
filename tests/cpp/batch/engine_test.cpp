// SPDX-License-Identifier: Apache-2.0
#include "tilewright/batch/engine.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <latch>
#include <map>
#include <mutex>
#include <new>
#include <random>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "batch/retry_wait.h"

namespace tilewright {
namespace {

using namespace std::chrono_literals;

Task task(std::string key, std::function<TaskResult(const RunContext&)> body) {
    return {std::move(key), "", 0, 0, 0, std::move(body)};
}

TaskResult done() {
    return {};
}

// Keeps a body busy until a stop is requested.
TaskResult wait_for_stop(const RunContext& context) {
    for (;;) {
        context.throw_if_stopped();
        std::this_thread::sleep_for(1ms);
    }
}

// Retries without waiting, so that tests do not.
EngineOptions quick(int workers) {
    return {workers, 1 << 30, 3, 0, 0};
}

// What the bodies of a random plan do, and what they saw.
struct Behaviour {
    enum Kind { finish, skip, fail, throw_standard, run_out_of_memory, throw_number, fail_for_a_while, take_long } kind;
    int transient_failures = 0;
    std::atomic<int> attempts{0};
};

struct Memory {
    std::atomic<std::int64_t> held{0};
    std::atomic<std::int64_t> most{0};

    void take(std::int64_t bytes) {
        const auto now = held += bytes;
        for (auto seen = most.load(); now > seen && !most.compare_exchange_weak(seen, now);) continue;
    }
};

TaskResult behave(Behaviour& behaviour, const RunContext& context) {
    ++behaviour.attempts;
    context.advance(10);
    switch (behaviour.kind) {
        case Behaviour::finish: return done();
        case Behaviour::skip: return {TaskStatus::skipped, "already_exists", "", 0, 0, 0};
        case Behaviour::fail: throw Error(ErrorCode::corrupt, "torn", "file");
        case Behaviour::throw_standard: throw std::runtime_error("surprise");
        case Behaviour::run_out_of_memory: throw std::bad_alloc();
        case Behaviour::throw_number: throw 7;
        case Behaviour::fail_for_a_while:
            if (behaviour.attempts <= behaviour.transient_failures) throw Error(ErrorCode::io, "busy", "file", true);
            return done();
        case Behaviour::take_long:
            for (int i = 0; i < 5; ++i) {
                context.throw_if_stopped();
                std::this_thread::sleep_for(200us);
            }
            return done();
    }
    return done();
}

void expect_outcome_fits(const Outcome& outcome, const Behaviour& behaviour, int retries, bool stopped) {
    ASSERT_EQ(outcome.attempts, behaviour.attempts.load());
    ASSERT_LE(outcome.attempts, retries + 1);
    if (outcome.status == TaskStatus::cancelled) {
        ASSERT_TRUE(stopped);
        ASSERT_EQ(outcome.code, ErrorCode::cancelled);
        return;
    }
    ASSERT_GE(outcome.attempts, 1);
    const auto expect_failed = [&](ErrorCode code) {
        ASSERT_EQ(outcome.status, TaskStatus::failed);
        ASSERT_EQ(outcome.code, code);
        ASSERT_FALSE(outcome.message.empty());
    };
    switch (behaviour.kind) {
        case Behaviour::finish:
        case Behaviour::take_long: ASSERT_EQ(outcome.status, TaskStatus::done); break;
        case Behaviour::skip:
            ASSERT_EQ(outcome.status, TaskStatus::skipped);
            ASSERT_EQ(outcome.reason, "already_exists");
            break;
        case Behaviour::fail: expect_failed(ErrorCode::corrupt); break;
        case Behaviour::throw_standard:
        case Behaviour::throw_number: expect_failed(ErrorCode::internal); break;
        case Behaviour::run_out_of_memory: expect_failed(ErrorCode::resource); break;
        case Behaviour::fail_for_a_while:
            if (behaviour.transient_failures > retries) {
                expect_failed(ErrorCode::io);
            } else {
                ASSERT_EQ(outcome.status, TaskStatus::done);
            }
    }
}

TEST(Engine, EveryTaskHasOneOutcomeWhateverHappens) {
    std::mt19937 random(5);
    for (int round = 0; round < 150; ++round) {
        SCOPED_TRACE(round);
        const auto count = random() % 60;
        const bool stops = random() % 2 == 0;
        EngineOptions options;
        options.workers = 1 + static_cast<int>(random() % 5);
        options.memory_bytes = 1000;
        options.retries = static_cast<int>(random() % 4);
        options.retry_delay_s = 0.001;
        options.retry_delay_max_s = 0.002;

        Memory memory;
        std::stop_source stop;
        std::atomic<int> begun{0};
        const int stop_at = static_cast<int>(random() % 40);
        std::vector<std::unique_ptr<Behaviour>> behaviours;
        Plan plan;
        std::int64_t total_raw_bytes = 0;
        for (std::size_t i = 0; i < count; ++i) {
            auto& behaviour = *behaviours.emplace_back(std::make_unique<Behaviour>());
            behaviour.kind = static_cast<Behaviour::Kind>(random() % 8);
            behaviour.transient_failures = 1 + static_cast<int>(random() % 5);
            const auto bytes = static_cast<std::int64_t>(random() % 1001);
            total_raw_bytes += 25;
            plan.push_back({"task " + std::to_string(i), "", 0, 25, bytes, [&, bytes](const RunContext& context) {
                                memory.take(bytes);
                                struct Release {
                                    Memory& memory;
                                    std::int64_t bytes;
                                    ~Release() { memory.held -= bytes; }
                                } release{memory, bytes};
                                if (stops && ++begun == stop_at) stop.request_stop();
                                return behave(behaviour, context);
                            }});
        }

        std::map<std::string, Outcome> told;
        std::atomic<int> telling{0};
        std::vector<EngineProgress> progress;
        const auto outcomes = run_plan(
            plan, options, stop.get_token(),
            [&](const Outcome& outcome) {
                EXPECT_EQ(++telling, 1) << "two at a time";
                EXPECT_TRUE(told.emplace(outcome.key, outcome).second) << "told twice: " << outcome.key;
                --telling;
            },
            [&](const EngineProgress& p) { progress.push_back(p); });

        ASSERT_EQ(outcomes.size(), plan.size());
        ASSERT_EQ(told.size(), plan.size());
        ASSERT_LE(memory.most, options.memory_bytes);
        ASSERT_EQ(memory.held, 0);
        for (std::size_t i = 0; i < count; ++i) {
            SCOPED_TRACE(plan[i].key);
            ASSERT_EQ(outcomes[i].key, plan[i].key);
            ASSERT_EQ(told.at(plan[i].key).status, outcomes[i].status);
            ASSERT_NO_FATAL_FAILURE(
                expect_outcome_fits(outcomes[i], *behaviours[i], options.retries, stop.stop_requested()));
        }
        ASSERT_FALSE(progress.empty());
        for (const auto& p : progress) {
            ASSERT_EQ(p.total, static_cast<std::int64_t>(count));
            ASSERT_LE(p.done + p.skipped + p.failed + p.cancelled + p.running, p.total);
            ASSERT_LE(p.raw_bytes, total_raw_bytes);
            ASSERT_EQ(p.total_raw_bytes, total_raw_bytes);
        }
        const auto& last = progress.back();
        ASSERT_EQ(last.done + last.skipped + last.failed + last.cancelled, last.total);
        ASSERT_EQ(last.running, 0);
        ASSERT_EQ(last.raw_bytes, total_raw_bytes) << "what ended counts as dealt with, once";
    }
}

TEST(Engine, StartsInThePlansOrder) {
    std::vector<std::size_t> order;
    Plan plan;
    for (std::size_t i = 0; i < 200; ++i) {
        plan.push_back(task(std::to_string(i), [&order, i](const RunContext&) {
            order.push_back(i);
            return done();
        }));
    }
    run_plan(plan, quick(1));
    ASSERT_EQ(order.size(), 200U);
    EXPECT_TRUE(std::is_sorted(order.begin(), order.end()));
}

TEST(Engine, ResultsArriveInTheOutcome) {
    const Plan plan{
        task("a", [](const RunContext&) { return TaskResult{TaskStatus::done, "", "two pages more", 300, 200, 9}; })};
    const auto outcome = run_plan(plan, quick(2)).at(0);
    EXPECT_EQ(outcome.status, TaskStatus::done);
    EXPECT_EQ(outcome.message, "two pages more");
    EXPECT_EQ(outcome.raw_bytes, 300);
    EXPECT_EQ(outcome.written_bytes, 200);
    EXPECT_EQ(outcome.outputs, 9);
    EXPECT_EQ(outcome.attempts, 1);
    EXPECT_GE(outcome.seconds, 0);
}

TEST(Engine, ATaskAboveTheBudgetFailsAndSaysWhatWouldHelp) {
    bool ran = false;
    Plan plan{task("huge.tif",
                   [&](const RunContext&) {
                       ran = true;
                       return done();
                   }),
              task("small.tif", [](const RunContext&) { return done(); })};
    plan[0].working_bytes = std::int64_t{3} << 30;
    const auto outcomes = run_plan(plan, quick(2));
    EXPECT_FALSE(ran);
    EXPECT_EQ(outcomes[0].status, TaskStatus::failed);
    EXPECT_EQ(outcomes[0].code, ErrorCode::resource);
    EXPECT_EQ(outcomes[0].attempts, 0);
    EXPECT_EQ(outcomes[0].message,
              "huge.tif: needs 3.0 GiB of memory at once, more than the budget of 1.0 GiB; allow more with --memory");
    EXPECT_EQ(outcomes[1].status, TaskStatus::done);
}

TEST(Engine, OnlyTransientErrorsAreTriedAgain) {
    std::atomic<int> attempts{0};
    const auto outcome_of = [&](int failures, bool transient) {
        attempts = 0;
        const Plan plan{task("a", [&, failures, transient](const RunContext&) {
            if (++attempts <= failures) throw Error(ErrorCode::io, "busy", "share", transient);
            return done();
        })};
        return run_plan(plan, quick(2)).at(0);
    };
    EXPECT_EQ(outcome_of(3, true).status, TaskStatus::done);
    EXPECT_EQ(attempts, 4);
    const auto given_up = outcome_of(9, true);
    EXPECT_EQ(given_up.status, TaskStatus::failed);
    EXPECT_EQ(given_up.code, ErrorCode::io);
    EXPECT_EQ(given_up.message, "share: busy");
    EXPECT_EQ(given_up.attempts, 4);
    EXPECT_EQ(outcome_of(1, false).status, TaskStatus::failed);
    EXPECT_EQ(attempts, 1);
}

TEST(Engine, WaitsBeforeRetriesDoubleUpToTheirMaximumAndAreSpread) {
    std::mt19937_64 random(1);
    EngineOptions options;
    options.retry_delay_s = 0.5;
    options.retry_delay_max_s = 6;
    const std::vector<double> bounds{0.5, 1, 2, 4, 6, 6};
    for (std::size_t i = 0; i < bounds.size(); ++i) {
        double least = bounds[i];
        double most = 0;
        double sum = 0;
        for (int n = 0; n < 2000; ++n) {
            const auto wait_s = retry_wait_s(options, static_cast<int>(i) + 1, random);
            ASSERT_GE(wait_s, 0);
            ASSERT_LE(wait_s, bounds[i]);
            least = std::min(least, wait_s);
            most = std::max(most, wait_s);
            sum += wait_s / 2000;
        }
        EXPECT_LT(least, 0.05 * bounds[i]);
        EXPECT_GT(most, 0.95 * bounds[i]);
        EXPECT_NEAR(sum, bounds[i] / 2, 0.05 * bounds[i]);
    }
    EXPECT_LE(retry_wait_s(options, 1'000'000, random), 6) << "no overflow after many attempts";
}

TEST(Engine, ARetryThatWaitsHoldsNeitherThreadNorMemoryNorUpAStop) {
    std::stop_source stop;
    Plan plan{task("flaky", [](const RunContext&) -> TaskResult { throw Error(ErrorCode::io, "busy", "share", true); }),
              task("next", [&](const RunContext&) {
                  stop.request_stop();
                  return done();
              })};
    for (auto& t : plan) t.working_bytes = 1000;
    // On average it would wait for days.
    const auto outcomes = run_plan(plan, {1, 1000, 3, 1e6, 1e6}, stop.get_token());
    EXPECT_EQ(outcomes[0].status, TaskStatus::cancelled);
    EXPECT_EQ(outcomes[0].attempts, 1);
    EXPECT_EQ(outcomes[0].message, "share: busy") << "what it last failed of is kept";
    EXPECT_EQ(outcomes[1].status, TaskStatus::done);
}

TEST(Engine, AStopBeforehandStartsNothing) {
    std::stop_source stop;
    stop.request_stop();
    const Plan plan(50, task("a", [](const RunContext&) -> TaskResult { throw std::logic_error("started"); }));
    for (const auto& outcome : run_plan(plan, quick(3), stop.get_token())) {
        EXPECT_EQ(outcome.status, TaskStatus::cancelled);
        EXPECT_EQ(outcome.attempts, 0);
        EXPECT_FALSE(outcome.message.empty());
    }
}

TEST(Engine, AStopFromOutsideEndsBodiesThatLook) {
    std::stop_source stop;
    std::latch begun(2);
    Plan plan{task("finishes",
                   [&](const RunContext& context) {
                       begun.count_down();
                       while (!context.stop.stop_requested()) std::this_thread::sleep_for(1ms);
                       return done();
                   }),
              task("obeys",
                   [&](const RunContext& context) {
                       begun.count_down();
                       return wait_for_stop(context);
                   }),
              task("late", [](const RunContext&) { return done(); })};
    std::jthread stopper([&] {
        begun.wait();
        stop.request_stop();
    });
    const auto outcomes = run_plan(plan, quick(2), stop.get_token());
    EXPECT_EQ(outcomes[0].status, TaskStatus::done) << "done is done, stop or not";
    EXPECT_EQ(outcomes[1].status, TaskStatus::cancelled);
    EXPECT_EQ(outcomes[1].attempts, 1);
    EXPECT_EQ(outcomes[2].status, TaskStatus::cancelled);
    EXPECT_EQ(outcomes[2].attempts, 0);
}

TEST(Engine, CancelledWithoutAStopIsAFailure) {
    const Plan plan{task("a", [](const RunContext&) -> TaskResult { throw Error(ErrorCode::cancelled, "gave up"); })};
    const auto outcome = run_plan(plan, quick(1)).at(0);
    EXPECT_EQ(outcome.status, TaskStatus::failed);
    EXPECT_EQ(outcome.code, ErrorCode::cancelled);
}

TEST(Engine, ABodyMustEndDoneOrSkipped) {
    const Plan plan{task("a", [](const RunContext&) { return TaskResult{TaskStatus::cancelled, "", "", 0, 0, 0}; }),
                    task("b", {})};
    for (const auto& outcome : run_plan(plan, quick(1))) {
        EXPECT_EQ(outcome.status, TaskStatus::failed);
        EXPECT_EQ(outcome.code, ErrorCode::internal);
    }
}

TEST(Engine, AJournalThatFailsEndsTheRun) {
    std::atomic<int> bodies{0};
    Plan plan;
    for (int i = 0; i < 500; ++i) {
        plan.push_back(task(std::to_string(i), [&](const RunContext&) {
            ++bodies;
            return done();
        }));
    }
    int told = 0;
    const auto on_outcome = [&](const Outcome&) {
        if (++told == 3) throw Error(ErrorCode::resource, "disk full", "journal.jsonl");
    };
    try {
        run_plan(plan, quick(2), {}, on_outcome);
        FAIL() << "went on without a journal";
    } catch (const Error& error) {
        EXPECT_EQ(error.code(), ErrorCode::resource);
        EXPECT_EQ(error.where(), "journal.jsonl");
    }
    EXPECT_EQ(told, 3) << "nothing is told after the failure";
    EXPECT_LT(bodies, 500);
}

TEST(Engine, AProgressCallbackThatThrowsEndsTheRun) {
    const Plan plan{task("a", wait_for_stop)};
    EXPECT_THROW(
        run_plan(plan, quick(1), {}, {}, [](const EngineProgress&) { throw std::out_of_range("no such bar"); }),
        std::out_of_range);
}

TEST(Engine, ProgressShowsTasksUnderWayFromTheCallingThread) {
    std::atomic<bool> seen{false};
    Plan plan{task("a", [&](const RunContext& context) {
        context.advance(40);
        while (!seen) std::this_thread::sleep_for(1ms);
        return done();
    })};
    plan[0].raw_bytes = 100;
    std::int64_t last = 0;
    const auto caller = std::this_thread::get_id();
    run_plan(plan, quick(1), {}, {}, [&](const EngineProgress& progress) {
        EXPECT_EQ(std::this_thread::get_id(), caller);
        if (progress.raw_bytes == 40 && progress.running == 1) seen = true;
        last = progress.raw_bytes;
    });
    EXPECT_EQ(last, 100);
}

TEST(Engine, ARetriedTaskCountsItsBytesOnce) {
    std::atomic<int> attempts{0};
    std::atomic<bool> seen{false};
    Plan plan{task("a", [&](const RunContext& context) {
        context.advance(40);
        if (++attempts < 3) throw Error(ErrorCode::io, "busy", "share", true);
        while (!seen) std::this_thread::sleep_for(1ms);
        return done();
    })};
    plan[0].raw_bytes = 100;
    run_plan(plan, quick(1), {}, {}, [&](const EngineProgress& progress) {
        EXPECT_LE(progress.raw_bytes, progress.running == 1 ? 40 : 100);
        if (attempts == 3) seen = true;
    });
}

TEST(Engine, ThreadsWithoutATaskHelpTheOneThatRuns) {
    const Plan plan{task("a", [](const RunContext& context) {
        // Each part waits for the others: one thread alone would wait for ever.
        std::latch together(3);
        JobGroup parts(*context.executor, 1000);
        for (int i = 0; i < 3; ++i) parts.run(1, [&] { together.arrive_and_wait(); });
        parts.wait();
        return done();
    })};
    EXPECT_EQ(run_plan(plan, quick(3)).at(0).status, TaskStatus::done);
}

TEST(Engine, AnErrorInAPartIsTheTasksError) {
    const Plan plan{task("a", [](const RunContext& context) {
        JobGroup parts(*context.executor, 1000);
        parts.run(1, [] { throw Error(ErrorCode::corrupt, "torn block", "file.tif"); });
        parts.wait();
        return done();
    })};
    const auto outcome = run_plan(plan, quick(2)).at(0);
    EXPECT_EQ(outcome.code, ErrorCode::corrupt);
    EXPECT_EQ(outcome.message, "file.tif: torn block");
}

TEST(Engine, ALongPlanOfShortTasks) {
    std::atomic<int> ran{0};
    const Plan plan(100'000, task("a", [&](const RunContext&) {
                        ++ran;
                        return done();
                    }));
    EXPECT_EQ(run_plan(plan, quick(4)).size(), plan.size());
    EXPECT_EQ(ran, 100'000);
}

TEST(Engine, AnEmptyPlanEndsAtOnce) {
    int reports = 0;
    EXPECT_TRUE(run_plan({}, {}, {}, {}, [&](const EngineProgress& p) {
                    ++reports;
                    EXPECT_EQ(p.total, 0);
                }).empty());
    EXPECT_EQ(reports, 1);
}

TEST(Engine, RefusesOptionsThatCannotBe) {
    for (const EngineOptions& options :
         {EngineOptions{-1, 0, 3, 0, 0}, EngineOptions{1'000'000, 0, 3, 0, 0}, EngineOptions{1, -1, 3, 0, 0},
          EngineOptions{1, 0, -1, 0, 0}, EngineOptions{1, 0, 3, -1, 0}, EngineOptions{1, 0, 3, 0, std::nan("")}}) {
        try {
            run_plan({}, options);
            FAIL() << "ran";
        } catch (const Error& error) {
            EXPECT_EQ(error.code(), ErrorCode::invalid_argument);
        }
    }
}

}  // namespace
}  // namespace tilewright
