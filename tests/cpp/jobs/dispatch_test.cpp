// SPDX-License-Identifier: Apache-2.0
#include "tilewright/jobs/dispatch.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <functional>
#include <map>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

#include "jobs/batch_fixture.h"
#include "tilewright/batch/journal.h"
#include "tilewright/jobs/tasks.h"
#include "tilewright/jobs/thumbnail_job.h"

namespace tilewright {
namespace {

namespace fs = std::filesystem;

constexpr int images = 12;

class Dispatched : public BatchTest {
protected:
    void SetUp() override {
        for (int i = 0; i < images; ++i) add_tiff("x" + std::to_string(i) + ".tif", static_cast<unsigned>(i), 70, 60);
        add_tiff("small.tif", 99, 30, 30);
        add_file("broken.tif", "no TIFF at all");
    }
    ThumbnailJob thumbnails() const {
        ThumbnailJob job;
        job.input_dir = input();
        job.output_dir = output();
        job.size = {16, 16};
        job.stamp = "20251203T1530Z";
        return job;
    }
};

// Another machine: does `work` with the counter until the run has ended.
std::jthread machine(Dispatch& dispatch, std::function<void()> work) {
    return std::jthread([&dispatch, work = std::move(work)](const std::stop_token& stop) {
        while (!stop.stop_requested()) {
            if (dispatch.is_open()) work();
            std::this_thread::sleep_for(std::chrono::milliseconds(1));
        }
    });
}

template <typename Job>
std::function<void()> doing_all(Dispatch& dispatch, const Job& job) {
    return [&dispatch, sent = for_other_machines(job)] {
        const auto tasks = dispatch.take(5);
        std::vector<std::string> texts;
        texts.reserve(tasks.size());
        for (const auto& task : tasks) texts.push_back(task.text);
        const auto outcomes = run_tasks(sent, texts);
        for (std::size_t i = 0; i < tasks.size(); ++i) {
            EXPECT_EQ(outcomes[i].key, tasks[i].key);
            EXPECT_TRUE(dispatch.tell(tasks[i].number, outcomes[i]));
        }
    };
}

std::map<std::string, int> lines_by_key(const fs::path& folder) {
    std::map<std::string, int> lines;
    for (const auto& outcome : read_journal(folder / Journal::filename)) ++lines[outcome.key];
    return lines;
}

TEST_F(Dispatched, ARunIsTheSameAsHere) {
    auto here = job();
    here.output_dir = scratch_ / "here";
    const auto expected = run_batch(here);
    Dispatch dispatch;
    BatchReport report;
    std::int64_t told_bytes = 0;
    EngineProgress last;
    BatchCallbacks callbacks;
    callbacks.on_outcome = [&](const Outcome& outcome) { told_bytes += outcome.raw_bytes; };
    callbacks.on_progress = [&](const EngineProgress& progress) { last = progress; };
    {
        const auto other = machine(dispatch, doing_all(dispatch, job()));
        report = run_batch(job(), {}, callbacks, &dispatch);
    }
    ASSERT_EQ(report.outcomes.size(), expected.outcomes.size());
    for (std::size_t i = 0; i < report.outcomes.size(); ++i) {
        EXPECT_EQ(report.outcomes[i].key, expected.outcomes[i].key);
        EXPECT_EQ(report.outcomes[i].status, expected.outcomes[i].status);
        EXPECT_EQ(report.outcomes[i].message, expected.outcomes[i].message);
    }
    EXPECT_EQ(report.count(TaskStatus::done), images);
    EXPECT_EQ(report.count(TaskStatus::skipped), 1);
    EXPECT_EQ(report.count(TaskStatus::failed), 1);
    EXPECT_FALSE(report.interrupted);
    EXPECT_EQ(told_bytes, report.raw_bytes());
    EXPECT_EQ(last.total, images + 2);
    EXPECT_EQ(last.done, images);
    EXPECT_EQ(last.running, 0);
    EXPECT_EQ(last.raw_bytes, last.total_raw_bytes);
    EXPECT_EQ(proven_tree(output()), proven_tree(scratch_ / "here"));
    EXPECT_FALSE(dispatch.is_open());
}

TEST_F(Dispatched, EachTaskHasOneOutcomeHoweverOftenItIsTold) {
    Dispatch dispatch;
    EXPECT_TRUE(dispatch.take(10).empty());
    EXPECT_FALSE(dispatch.tell(0, {}));
    const auto other = machine(dispatch, [&] {
        EXPECT_FALSE(dispatch.tell(999, {}));
        for (const auto& task : dispatch.take(1)) {
            Outcome outcome;
            outcome.key = "not its key";
            outcome.status = TaskStatus::cancelled;
            EXPECT_THROW(dispatch.tell(task.number, outcome), Error);
            outcome.status = TaskStatus::done;
            EXPECT_TRUE(dispatch.tell(task.number, outcome));
            outcome.status = TaskStatus::failed;
            EXPECT_FALSE(dispatch.tell(task.number, outcome));
            EXPECT_FALSE(dispatch.tell(task.number + 1, outcome)) << "nobody took it";
        }
    });
    const auto report = run_batch(job(), {}, {}, &dispatch);
    EXPECT_EQ(report.count(TaskStatus::done), images);
    const auto lines = lines_by_key(output());
    EXPECT_EQ(lines.size(), images + 2U);
    for (const auto& [key, count] : lines) EXPECT_EQ(count, 1) << key;
}

TEST_F(Dispatched, AStopCancelsWhatIsNotToldAndTheNextRunGoesOn) {
    Dispatch dispatch;
    std::stop_source stop;
    const auto work = doing_all(dispatch, job());
    std::vector<SentTask> kept;
    BatchReport report;
    {
        const auto other = machine(dispatch, [&] {
            if (!kept.empty()) return;
            work();
            kept = dispatch.take(2);
            stop.request_stop();
        });
        report = run_batch(job(), stop.get_token(), {}, &dispatch);
    }
    EXPECT_TRUE(report.interrupted);
    EXPECT_EQ(report.count(TaskStatus::done), 5);
    EXPECT_EQ(report.count(TaskStatus::cancelled), images - 5);
    EXPECT_FALSE(dispatch.tell(kept.at(0).number, {}));
    EXPECT_TRUE(dispatch.take(1).empty());
    int begun = 0;
    for (const auto& outcome : report.outcomes) {
        begun += outcome.status == TaskStatus::cancelled && outcome.attempts > 0 ? 1 : 0;
    }
    EXPECT_EQ(begun, 2);
    const auto rest = run_batch(job());
    EXPECT_EQ(rest.count(TaskStatus::done), images - 5);
}

TEST_F(Dispatched, ThumbnailsOfOthersAreInTheIndexAndKnownTheNextTime) {
    const auto folder = output() / thumbnails().stamp;
    for (const auto expected : {TaskStatus::done, TaskStatus::skipped}) {
        Dispatch dispatch;
        BatchReport report;
        {
            const auto other = machine(dispatch, doing_all(dispatch, thumbnails()));
            report = run_thumbnails(thumbnails(), {}, {}, &dispatch);
        }
        EXPECT_EQ(report.count(expected), images + 1);
        EXPECT_EQ(report.count(TaskStatus::failed), 1);
        for (const auto& outcome : report.outcomes) EXPECT_TRUE(outcome.record.empty());
        const auto index = file_bytes(folder / "thumbnails.jsonl");
        EXPECT_EQ(std::count(index.begin(), index.end(), '\n'), images + 1);
    }
    EXPECT_EQ(run_thumbnails(thumbnails()).count(TaskStatus::skipped), images + 1);
}

TEST_F(Dispatched, ChipsGetTheirIndexHere) {
    ChipJob chips;
    chips.input_dir = input();
    chips.output_dir = output();
    chips.size_px = 24;
    chips.margin_px = 0;
    Dispatch dispatch;
    {
        const auto other = machine(dispatch, doing_all(dispatch, chips));
        EXPECT_EQ(run_chips(chips, {}, {}, &dispatch).count(TaskStatus::done), images + 1);
    }
    const auto elsewhere = file_bytes(output() / "chips.csv");
    chips.output_dir = scratch_ / "here";
    run_chips(chips);
    EXPECT_EQ(elsewhere, file_bytes(scratch_ / "here/chips.csv"));
}

}  // namespace
}  // namespace tilewright
