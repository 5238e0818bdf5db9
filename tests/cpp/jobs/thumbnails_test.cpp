// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <string>

#include "jobs/batch_fixture.h"
#include "tilewright/jobs/thumbnail_job.h"
#include "tilewright/storage/file.h"

namespace tilewright {
namespace {

namespace fs = std::filesystem;

constexpr const char* stamp = "20251203T1530Z";

class ThumbnailJobs : public BatchTest {
protected:
    ThumbnailJob thumbnails() const {
        ThumbnailJob job;
        job.input_dir = input();
        job.output_dir = output();
        job.size = {16, 16};
        job.stamp = stamp;
        job.max_workers = 2;
        return job;
    }
    fs::path stamped() const { return output() / stamp; }

    static std::string stamped_job_of(const ThumbnailJob& job) { return tilewright::stamped(job).stamp; }

    static std::map<std::string, std::string> names(const ThumbnailPlan& plan) {
        std::map<std::string, std::string> result;
        for (const auto& image : plan.images) result[image.source.native()] = image.thumbnail.native();
        return result;
    }
};

TEST_F(ThumbnailJobs, KeepSubFoldersAndCountEveryFile) {
    add_tiff("a.tif");
    add_tiff("deep/er/a.tif");
    add_file("photograph", tiff_bytes(64, 48, 3));  // by its content
    add_file("broken.jpg", "no image at all");      // by its name
    add_file("notes.txt", "BM is how bitmaps begin, and this text");
    add_file("empty", "");
    const auto report = run_thumbnails(thumbnails());
    EXPECT_EQ(report.outcomes.size(), 4);
    EXPECT_EQ(report.count(TaskStatus::done), 3);
    EXPECT_EQ(report.count(TaskStatus::failed), 1);
    EXPECT_EQ(report.other_files, 2);
    EXPECT_TRUE(fs::is_regular_file(stamped() / "a.tif"));
    EXPECT_TRUE(fs::is_regular_file(stamped() / "deep/er/a.tif"));
    EXPECT_TRUE(fs::is_regular_file(stamped() / "photograph.png"));
    EXPECT_EQ(file_bytes(stamped() / "photograph.png").substr(1, 3), "PNG");
    EXPECT_TRUE(fs::is_regular_file(stamped() / "batch_report.json"));
}

TEST_F(ThumbnailJobs, NeverGiveTwoImagesOneName) {
    add_tiff("a.xyz");
    add_tiff("a.xyz.png");
    add_tiff("A.xyz");
    add_tiff("b.TIF");
    add_tiff("b.tif");
    const auto plan = plan_thumbnails(thumbnails());
    std::set<std::string> taken;
    for (const auto& [source, name] : names(plan)) EXPECT_TRUE(taken.insert(name).second) << name;
    EXPECT_EQ(names(plan).at("a.xyz.png"), "a.xyz.png");
    EXPECT_EQ(names(plan).at("A.xyz"), "A.xyz~2.png");
    EXPECT_EQ(names(plan).at("a.xyz"), "a.xyz~3.png");
    EXPECT_EQ(names(plan).at("b.TIF"), "b.TIF");
    EXPECT_EQ(names(plan).at("b.tif"), "b~2.tif");
    EXPECT_EQ(run_thumbnails(thumbnails()).count(TaskStatus::done), 5);
}

TEST_F(ThumbnailJobs, NeverTakeTheirOwnResultsForInput) {
    add_tiff("a.tif");
    auto job = thumbnails();
    job.output_dir = input();
    EXPECT_EQ(run_thumbnails(job).count(TaskStatus::done), 1);
    job.stamp = "20251203T1531Z";
    const auto again = run_thumbnails(job);
    EXPECT_EQ(again.outcomes.size(), 1);
    EXPECT_GE(again.folders_skipped, 1);
    EXPECT_TRUE(fs::is_regular_file(input() / job.stamp / "a.tif"));
    // Elsewhere such a folder is one like any other.
    job.output_dir = output();
    EXPECT_EQ(plan_thumbnails(job).images.size(), 3);
}

TEST_F(ThumbnailJobs, GoOnWithTheSameStampAndMakeAgainWhatIsNotProven) {
    add_tiff("same.tif", 1);
    add_tiff("changed.tif", 2);
    add_tiff("damaged.tif", 3);
    add_tiff("lost.tif", 4);
    EXPECT_EQ(run_thumbnails(thumbnails()).count(TaskStatus::done), 4);
    EXPECT_EQ(run_thumbnails(thumbnails()).count(TaskStatus::skipped), 4);
    const auto whole = proven_tree(stamped());
    add_tiff("changed.tif", 5);
    fs::resize_file(stamped() / "damaged.tif", 10);
    fs::remove(stamped() / "lost.tif");
    const auto report = run_thumbnails(thumbnails());
    EXPECT_EQ(report.count(TaskStatus::skipped), 1);
    EXPECT_EQ(report.count(TaskStatus::done), 3);
    EXPECT_EQ(file_bytes(stamped() / "damaged.tif"), whole.at("damaged.tif"));
    EXPECT_EQ(file_bytes(stamped() / "lost.tif"), whole.at("lost.tif"));
    EXPECT_NE(file_bytes(stamped() / "changed.tif"), whole.at("changed.tif"));
    auto smaller = thumbnails();
    smaller.size = {8, 8};
    EXPECT_EQ(run_thumbnails(smaller).count(TaskStatus::done), 4);
    auto anew = smaller;
    anew.resume = false;
    EXPECT_EQ(run_thumbnails(anew).count(TaskStatus::done), 4);
}

TEST_F(ThumbnailJobs, DoNotDependOnTheNumberOfThreads) {
    for (unsigned i = 0; i < 9; ++i) add_tiff("f" + std::to_string(i % 3) + "/" + std::to_string(i) + ".tif", i);
    auto job = thumbnails();
    const auto plan = plan_text(plan_thumbnails(job));
    run_thumbnails(job);
    const auto many = proven_tree(stamped());
    fs::remove_all(output());
    job.max_workers = 1;
    EXPECT_EQ(plan_text(plan_thumbnails(job)), plan);
    run_thumbnails(job);
    auto one = proven_tree(stamped());
    // Its lines stand in the order in which images ended.
    EXPECT_EQ(one.erase("thumbnails.jsonl"), 1);
    for (const auto& [name, bytes] : one) EXPECT_EQ(many.at(name), bytes) << name;
}

TEST_F(ThumbnailJobs, StampsAreMinutes) {
    EXPECT_TRUE(is_stamp(stamp));
    EXPECT_FALSE(is_stamp("20251203T15Z"));
    EXPECT_FALSE(is_stamp("20251203T1530"));
    EXPECT_FALSE(is_stamp("2025-12-03T1530Z"));
    add_tiff("a.tif");
    auto job = thumbnails();
    job.stamp = "";
    EXPECT_TRUE(is_stamp(plan_thumbnails(job).stamp));
    job.stamp = "../elsewhere";
    EXPECT_EQ(error_code_of([&] { plan_thumbnails(job); }), ErrorCode::invalid_argument);
}

TEST_F(ThumbnailJobs, NameImagesByNamesAlone) {
    // The share of one worker must not hang on what the files of another hold.
    add_tiff("a.xyz");
    add_tiff("A.xyz");
    const auto before = names(plan_thumbnails(thumbnails()));
    add_file("a.xyz", "no image any more");
    EXPECT_EQ(names(plan_thumbnails(thumbnails())).at("A.xyz"), before.at("A.xyz"));
}

constexpr std::array all_rules{ShardRule::modulo, ShardRule::contiguous, ShardRule::size};

TEST_F(ThumbnailJobs, OfAllWorkersAreThoseOfOne) {
    for (unsigned i = 0; i < 11; ++i) {
        add_tiff("f" + std::to_string(i % 3) + "/" + std::to_string(i) + ".tif", i, 40 + static_cast<int>(i) * 7);
        add_file("f" + std::to_string(i % 3) + "/" + std::to_string(i) + ".tif.aux.xml", "<a/>");
    }
    add_tiff("no ending", 12);
    add_tiff("twins/a.xyz", 13);
    add_tiff("twins/A.xyz", 14);
    add_file("broken.jpg", "no image");
    auto job = thumbnails();
    const auto alone = run_thumbnails(job);
    auto expected = proven_tree(stamped());
    ASSERT_EQ(expected.erase("thumbnails.jsonl"), 1);
    for (const auto rule : all_rules) {
        for (const std::int64_t count : {2, 3, 40}) {
            fs::remove_all(output());
            std::multiset<std::string> keys;
            for (std::int64_t index = 0; index < count; ++index) {
                job.shard = {index, count, rule, 0};
                for (const auto& outcome : run_thumbnails(job).outcomes) keys.insert(outcome.key);
            }
            const auto merged = merge_shards(stamped());
            ASSERT_EQ(merged.outcomes.size(), alone.outcomes.size());
            EXPECT_EQ(keys.size(), alone.outcomes.size());
            for (std::size_t i = 0; i < alone.outcomes.size(); ++i) {
                EXPECT_EQ(merged.outcomes[i].key, alone.outcomes[i].key);
                EXPECT_EQ(merged.outcomes[i].status, alone.outcomes[i].status);
            }
            EXPECT_EQ(merged.other_files, alone.other_files);
            EXPECT_EQ(merged.outputs, "thumbnails");
            for (const auto& [name, bytes] : expected) {
                ASSERT_TRUE(fs::exists(stamped() / name)) << name;
                if (fs::is_directory(stamped() / name)) continue;
                EXPECT_EQ(file_bytes(stamped() / name), bytes) << name;
            }
            const auto index = read_text(stamped() / "thumbnails.jsonl");
            EXPECT_EQ(std::count(index.begin(), index.end(), '\n'), alone.count(TaskStatus::done));
        }
    }
    // What any of them made is proven to all, however many they are the next time.
    job.shard = {0, 2, ShardRule::modulo, 0};
    EXPECT_EQ(run_thumbnails(job).count(TaskStatus::done), 0);
    job.shard = {};
    EXPECT_EQ(run_thumbnails(job).count(TaskStatus::skipped), alone.count(TaskStatus::done));
}

TEST_F(ThumbnailJobs, ShareImagesEvenlyWhateverLiesBetweenThem) {
    for (unsigned i = 0; i < 6; ++i) {
        add_tiff(std::to_string(i) + ".tif", i);
        add_file(std::to_string(i) + ".tif.aux.xml", "<a/>");
    }
    auto job = thumbnails();
    for (std::int64_t index = 0; index < 2; ++index) {
        job.shard = {index, 2, ShardRule::modulo, 0};
        const auto plan = plan_thumbnails(job);
        EXPECT_EQ(plan.images.size(), 3);
        EXPECT_EQ(plan.other_files, 3);
    }
}

TEST_F(ThumbnailJobs, OfAllWorkersHaveOneStamp) {
    add_tiff("a.tif");
    add_tiff("b.tif");
    const auto at = [](std::int64_t time_s) {
        return fs::file_time_type(
            std::chrono::file_clock::from_sys(std::chrono::sys_seconds(std::chrono::seconds(time_s))));
    };
    fs::last_write_time(input() / "a.tif", at(1'700'000'000));
    fs::last_write_time(input() / "b.tif", at(1'764'775'859));
    auto job = thumbnails();
    job.stamp = "";
    for (std::int64_t index = 0; index < 2; ++index) {
        job.shard = {index, 2, ShardRule::modulo, 0};
        EXPECT_EQ(run_thumbnails(job).outcomes.size(), 1);
    }
    // The minute of the newest file.
    EXPECT_EQ(merge_shards(output() / "20251203T1530Z").count(TaskStatus::done), 2);
    // Results in the input change nothing.
    job.output_dir = input();
    for (std::int64_t index = 0; index < 2; ++index) {
        job.shard = {index, 2, ShardRule::modulo, 0};
        const auto report = run_thumbnails(job);
        EXPECT_EQ(report.outcomes.size(), 1);
        EXPECT_EQ(report.other_files, 0);
        EXPECT_TRUE(fs::is_directory(input() / "20251203T1530Z"));
    }
}

TEST_F(ThumbnailJobs, TakeStampAndFilesOfThePlanThatWasFrozen) {
    add_tiff("a.tif");
    add_tiff("b.tif");
    auto job = thumbnails();
    job.plan_file = scratch_ / "plan.json";
    ASSERT_EQ(plan_thumbnails(job).images.size(), 2);
    job.stamp = "";
    add_tiff("later.tif");
    fs::remove(input() / "b.tif");
    job.shard = {0, 2, ShardRule::modulo, 0};
    EXPECT_EQ(run_thumbnails(job).count(TaskStatus::done), 1);
    job.shard = {1, 2, ShardRule::modulo, 0};
    const auto gone = run_thumbnails(job);
    EXPECT_EQ(gone.count(TaskStatus::failed), 1);
    EXPECT_EQ(gone.outcomes.at(0).key, "b.tif");
    EXPECT_EQ(merge_shards(stamped()).outcomes.size(), 2);
    // A stamp that is given is another run of the same plan.
    job.stamp = "20251203T1531Z";
    EXPECT_EQ(plan_thumbnails(job).stamp, job.stamp);
    // A plan that was made without one gets that of its minute.
    job.stamp = "";
    job.plan_file = scratch_ / "other.json";
    EXPECT_EQ(stamped_job_of(job), stamped_job_of(job));
}

TEST_F(ThumbnailJobs, RefuseThePlansOfOtherCommands) {
    add_tiff("a.tif");
    auto cut = BatchTest::job();
    cut.plan_file = scratch_ / "plan.json";
    plan_batch(cut);
    auto job = thumbnails();
    job.plan_file = cut.plan_file;
    EXPECT_EQ(error_code_of([&] { run_thumbnails(job); }), ErrorCode::invalid_argument);
    job.plan_file = scratch_ / "images.json";
    plan_thumbnails(job);
    cut.plan_file = job.plan_file;
    EXPECT_EQ(error_code_of([&] { plan_batch(cut); }), ErrorCode::invalid_argument);
}

TEST_F(ThumbnailJobs, RefuseWhatCanNeverWork) {
    add_tiff("a.tif");
    auto job = thumbnails();
    job.size = {0, 16};
    EXPECT_EQ(error_code_of([&] { run_thumbnails(job); }), ErrorCode::invalid_argument);
    job = thumbnails();
    job.quality = 101;
    EXPECT_EQ(error_code_of([&] { run_thumbnails(job); }), ErrorCode::invalid_argument);
    job = thumbnails();
    job.shard = {2, 2, ShardRule::modulo, 0};
    EXPECT_EQ(error_code_of([&] { run_thumbnails(job); }), ErrorCode::invalid_argument);
    job = thumbnails();
    job.input_dir = input() / "missing";
    EXPECT_EQ(error_code_of([&] { run_thumbnails(job); }), ErrorCode::not_found);
    EXPECT_FALSE(fs::exists(output()));
}

TEST_F(ThumbnailJobs, OfOneFileGivenByName) {
    add_tiff("a.tif");
    add_tiff("b.tif");
    auto job = thumbnails();
    job.input_dir = input() / "b.tif";
    EXPECT_EQ(run_thumbnails(job).outcomes.size(), 1);
    EXPECT_TRUE(fs::is_regular_file(stamped() / "b.tif"));
}

}  // namespace
}  // namespace tilewright
