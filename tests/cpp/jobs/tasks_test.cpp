// SPDX-License-Identifier: Apache-2.0
#include "tilewright/jobs/tasks.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "jobs/batch_fixture.h"
#include "jobs/task_text.h"
#include "tilewright/core/error.h"

namespace tilewright {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

// A job of each kind over the same few images, small enough to be quick.
class Tasks : public BatchTest {
protected:
    void SetUp() override {
        add_tiff("a.tif", 1, 120, 110);
        add_tiff("b/a.tif", 2, 130, 100);
        add_tiff("b/a.TIFF", 3, 100, 140);
        add_tiff("small.tif", 4, 30, 30);
        add_file("pages.tif", tiff_bytes(80, 90, 5, 3));
        add_file("no\xE9l.tif", tiff_bytes(90, 90, 6));
        add_file("broken.tif", "no TIFF at all");
    }
    BatchJob batch(const fs::path& out) const {
        auto batch = job();
        batch.output_dir = scratch_ / out;
        batch.pages = Pages::all;
        batch.num_pieces = 3;
        return batch;
    }
    ChipJob chips(const fs::path& out) const {
        ChipJob chips;
        chips.input_dir = input();
        chips.output_dir = scratch_ / out;
        chips.size_px = 32;
        chips.margin_px = 2;
        chips.max_workers = 2;
        return chips;
    }
    ThumbnailJob thumbnails(const fs::path& out) const {
        ThumbnailJob thumbnails;
        thumbnails.input_dir = input();
        thumbnails.output_dir = scratch_ / out;
        thumbnails.size = {16, 16};
        thumbnails.stamp = "20251203T1530Z";
        thumbnails.max_workers = 2;
        return thumbnails;
    }
};

template <typename PlanOfJob>
std::vector<std::string> texts_of(const PlanOfJob& plan) {
    std::vector<std::string> texts;
    for (const auto& image : plan.images) {
        if (auto text = task_text(image); !text.empty()) texts.push_back(std::move(text));
    }
    return texts;
}

// What must be the same whoever did a task.
std::map<std::string, std::string> told(const std::vector<Outcome>& outcomes) {
    std::map<std::string, std::string> result;
    for (const auto& outcome : outcomes) {
        const auto text = std::string(name(outcome.status)) + "|" + outcome.reason + "|" + outcome.message + "|" +
                          std::to_string(outcome.attempts) + "|" + std::to_string(outcome.raw_bytes) + "|" +
                          std::to_string(outcome.written_bytes) + "|" + std::to_string(outcome.outputs) + "|" +
                          outcome.output_folder;
        EXPECT_TRUE(result.emplace(outcome.key, text).second) << outcome.key;
    }
    return result;
}

// Every task that is work, and what the run said of the others, which the planner decided.
void expect_same(const std::vector<Outcome>& by_tasks, const std::vector<Outcome>& by_run) {
    const auto here = told(by_run);
    for (const auto& [key, text] : told(by_tasks)) EXPECT_EQ(text, here.at(key)) << key;
    for (const auto& outcome : by_run) {
        const bool is_work = outcome.status == TaskStatus::done;
        const bool sent =
            std::any_of(by_tasks.begin(), by_tasks.end(), [&](const auto& o) { return o.key == outcome.key; });
        EXPECT_EQ(sent, is_work) << outcome.key;
    }
}

// Without what only the run itself writes.
std::map<std::string, std::string> outputs(const fs::path& folder) {
    auto tree = proven_tree(folder);
    std::erase_if(tree, [](const auto& file) {
        const auto& name = file.first;
        return name.starts_with("rounds") || name.starts_with("chips.") || name.starts_with("tasks") ||
               name.ends_with("thumbnails.jsonl");
    });
    return tree;
}

TEST_F(Tasks, OfAllTextsAreTheRunOfTheBatch) {
    const auto report = run_batch(batch("run"));
    const auto plan = plan_batch(batch("tasks"));
    const auto outcomes = run_tasks(for_other_machines(batch("tasks")), texts_of(plan));
    EXPECT_EQ(outcomes.size(), 7U);
    expect_same(outcomes, report.outcomes);
    EXPECT_EQ(outputs(scratch_ / "tasks"), outputs(scratch_ / "run"));
    EXPECT_FALSE(fs::exists(scratch_ / "tasks/journal.jsonl"));
    EXPECT_FALSE(fs::exists(scratch_ / "tasks/batch_report.json"));
    for (const auto& again : run_tasks(for_other_machines(batch("tasks")), texts_of(plan))) {
        EXPECT_EQ(again.reason, "already_exists");
    }
}

TEST_F(Tasks, OfAllTextsAreTheRunOfARoundOfChips) {
    const auto report = run_chips(chips("run"));
    const auto outcomes = run_tasks(for_other_machines(chips("tasks")), texts_of(plan_chips(chips("tasks"))));
    EXPECT_EQ(outcomes.size(), 5U);
    expect_same(outcomes, report.outcomes);
    EXPECT_EQ(outputs(scratch_ / "tasks"), outputs(scratch_ / "run"));
}

TEST_F(Tasks, OfAllTextsAreTheRunOfThumbnails) {
    const auto report = run_thumbnails(thumbnails("run"));
    const auto outcomes =
        run_tasks(for_other_machines(thumbnails("tasks")), texts_of(plan_thumbnails(thumbnails("tasks"))));
    EXPECT_EQ(outcomes.size(), 6U);
    expect_same(outcomes, report.outcomes);
    EXPECT_EQ(outputs(scratch_ / "tasks"), outputs(scratch_ / "run"));
    for (const auto& outcome : outcomes) {
        EXPECT_EQ(Json::parse(outcome.record)["source"], outcome.key);
    }
}

TEST_F(Tasks, DoNotDependOnWhatAMachineGives) {
    const auto texts = texts_of(plan_batch(batch("one")));
    MachineShare share;
    share.workers = 1;
    share.memory_bytes = std::int64_t{300} << 20;
    run_tasks(for_other_machines(batch("one")), texts, share);
    run_tasks(for_other_machines(batch("two")), texts);
    EXPECT_EQ(outputs(scratch_ / "one"), outputs(scratch_ / "two"));
}

TEST_F(Tasks, NeedNoMoreThanTheirText) {
    const auto plan = plan_batch(batch("out"));
    const BatchPlaces places{input(), {}, scratch_ / "out", {}};
    for (const auto& text : texts_of(plan)) {
        EXPECT_EQ(text.find('\n'), std::string::npos);
        EXPECT_EQ(task_text(parse_image_task(text, places)), text);
    }
    for (const auto& text : texts_of(plan_chips(chips("out")))) {
        EXPECT_EQ(task_text(parse_chip_task(text, places)), text);
    }
    SentThumbnail sent{plan_thumbnails(thumbnails("out")).images.at(0), {{12, "ab"}, {13, "cd"}}};
    EXPECT_EQ(task_text(parse_thumbnail_task(task_text(sent), places)), task_text(sent));
}

TEST_F(Tasks, SkipAThumbnailOnlyIfItsFileIsProven) {
    const auto job = for_other_machines(thumbnails("out"));
    const auto image = plan_thumbnails(job).images.at(0);
    const auto record = Json::parse(run_tasks(job, {task_text(image)}).at(0).record);
    const SentThumbnail proven{image, {{1, "other"}, {record["bytes"], record["sha256"]}}};
    EXPECT_EQ(run_tasks(job, {task_text(proven)}).at(0).status, TaskStatus::skipped);
    EXPECT_EQ(run_tasks(job, {task_text(image)}).at(0).status, TaskStatus::done);
    const SentThumbnail wrong{image, {{record["bytes"], std::string(64, '0')}}};
    EXPECT_EQ(run_tasks(job, {task_text(wrong)}).at(0).status, TaskStatus::done);
}

TEST_F(Tasks, OfAnotherJobOrFormAreRefusedBeforeAnythingIsDone) {
    const auto job = for_other_machines(batch("out"));
    const auto good = texts_of(plan_batch(job)).at(0);
    const auto changed = [&](const std::string& pointer, const Json& value) {
        auto json = Json::parse(good);
        json[Json::json_pointer(pointer)] = value;
        return json.dump();
    };
    const auto without = [&](const std::string& key) {
        auto json = Json::parse(good);
        json.erase(key);
        return json.dump();
    };
    std::vector<std::string> wrong{"",
                                   "{}",
                                   "[]",
                                   "null",
                                   "{\"task\":\"tesselate\"",
                                   good + good,
                                   texts_of(plan_chips(chips("out"))).at(0),
                                   texts_of(plan_thumbnails(thumbnails("out"))).at(0),
                                   changed("/more", 1),
                                   changed("/header/more", 1),
                                   changed("/task", 1),
                                   changed("/key", ""),
                                   changed("/key", 7),
                                   changed("/page", 0),
                                   changed("/page", 1.5),
                                   changed("/page", "1"),
                                   changed("/source_bytes", -1),
                                   changed("/header", nullptr),
                                   changed("/header/type", "uint7"),
                                   changed("/header/size", {0, 5}),
                                   changed("/header/size", {1}),
                                   changed("/header/size", {INT64_C(2147483648), INT64_C(2147483648)}),
                                   changed("/header/bands", 0),
                                   changed("/header/bands", UINT64_MAX),
                                   changed("/header/mask", 0),
                                   changed("/source", std::string(70'000, 'x'))};
    const auto whole = Json::parse(good);
    for (const auto& item : whole.items()) wrong.push_back(without(item.key()));
    for (const auto& text : wrong) {
        EXPECT_EQ(error_code_of([&] { run_tasks(job, {good, text}); }), ErrorCode::invalid_argument) << text;
    }
    EXPECT_EQ(error_code_of([&] { run_tasks(job, {good, good}); }), ErrorCode::invalid_argument);
    EXPECT_EQ(error_code_of([&] { run_tasks(job, {good, changed("/key", "other")}); }), ErrorCode::invalid_argument);
    EXPECT_FALSE(fs::exists(scratch_ / "out"));
}

TEST_F(Tasks, NeverLeaveTheFoldersOfTheJob) {
    const std::vector<Json> outside{"",  "..",   "../a",   "/etc/a", "b/../../a", "b/../a",       "./a",
                                    ".", "b//a", "a/",     "a/.",    "\u0000a",   Json::object(), 3,
                                    "b", "c/a",  "shards", "a~1",    "a.tif~x",   "page_1",       "a/page_1/b"};
    const auto refused = [](const auto& job, const std::string& text, const char* key, const Json& value) {
        auto json = Json::parse(text);
        json[key] = value;
        EXPECT_EQ(error_code_of([&] { run_tasks(job, {json.dump()}); }), ErrorCode::invalid_argument) << json.dump();
    };
    const auto batch_job = for_other_machines(batch("out"));
    const auto chip_job = for_other_machines(chips("out"));
    const auto thumbnail_job = for_other_machines(thumbnails("out"));
    const auto image = texts_of(plan_batch(batch_job)).at(0);
    const auto chip = texts_of(plan_chips(chip_job)).at(0);
    const auto thumbnail = texts_of(plan_thumbnails(thumbnail_job)).at(0);
    for (const auto& path : outside) {
        refused(batch_job, image, "output_folder", path);
        refused(chip_job, chip, "name", path);
        refused(thumbnail_job, thumbnail, "thumbnail", path);
    }
    for (const Json path : {"../in/a.tif", "/etc/passwd", "b/../a.tif", ""}) {
        refused(batch_job, image, "source", path);
        refused(chip_job, chip, "source", path);
        refused(thumbnail_job, thumbnail, "source", path);
    }
    refused(thumbnail_job, thumbnail, "thumbnail", "journal.jsonl");
    EXPECT_FALSE(fs::exists(scratch_ / "out"));
}

TEST_F(Tasks, AreNotWrittenOverSources) {
    auto job = batch(".");
    job = for_other_machines(job);  // The input lies in the output.
    Json json = Json::parse(texts_of(plan_batch(job)).at(0));
    json["source"] = "in/x.tif";
    json["output_folder"] = "in/x";
    EXPECT_EQ(error_code_of([&] { run_tasks(job, {json.dump()}); }), ErrorCode::invalid_argument);
}

TEST_F(Tasks, OfAFileGivenByNameAreOfThatFile) {
    auto job = batch("out");
    job.input_dir = input() / "a.tif";
    const auto text = texts_of(plan_batch(job)).at(0);
    auto other = Json::parse(text);
    other["source"] = "small.tif";
    other["output_folder"] = "small";
    EXPECT_EQ(error_code_of([&] { run_tasks(for_other_machines(job), {other.dump()}); }), ErrorCode::invalid_argument);
    EXPECT_EQ(run_tasks(for_other_machines(job), {text}).at(0).status, TaskStatus::done);
}

TEST_F(Tasks, NeedAnInputThatThisMachineSees) {
    const auto job = for_other_machines(batch("out"));
    const auto texts = texts_of(plan_batch(job));
    fs::rename(input(), scratch_ / "gone");
    EXPECT_EQ(error_code_of([&] { run_tasks(job, texts); }), ErrorCode::not_found);
    EXPECT_EQ(error_code_of([&] { for_other_machines(job); }), ErrorCode::not_found);
}

TEST_F(Tasks, AreOfAJobWithAbsoluteFoldersAndNoShare) {
    auto job = batch("out");
    job.input_dir = fs::relative(input());
    job.shard = {1, 2, ShardRule::modulo, 0};
    job.plan_file = scratch_ / "plan.json";
    const auto sent = for_other_machines(job);
    EXPECT_TRUE(sent.input_dir.is_absolute());
    EXPECT_EQ(sent.shard, Shard());
    EXPECT_FALSE(sent.plan_file);
    auto unstamped = thumbnails("out");
    unstamped.stamp.clear();
    EXPECT_TRUE(is_stamp(for_other_machines(unstamped).stamp));
    EXPECT_EQ(error_code_of([&] { run_tasks(unstamped, {}); }), ErrorCode::invalid_argument);
}

}  // namespace
}  // namespace tilewright
