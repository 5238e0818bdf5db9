// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "batch_fixture.h"
#include "tilewright/batch/report.h"
#include "tilewright/storage/file.h"

namespace tilewright {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::UnorderedElementsAreArray;

constexpr std::array rules{ShardRule::modulo, ShardRule::contiguous, ShardRule::size};

class Shards : public BatchTest {
protected:
    void add_varied_input() const {
        for (unsigned i = 0; i < 9; ++i) {
            add_tiff("f" + std::to_string(i % 3) + "/x" + std::to_string(i) + ".tif", i, 50 + static_cast<int>(i) * 9);
        }
        // Twins, whose folders depend on each other.
        add_tiff("f0/x0.tiff", 20);
        add_tiff("f0/X0.TIF", 21);
        add_file("f1/pages.tif", tiff_bytes(60, 50, 22, 3));
        add_file("f1/pages/page_2.tif", tiff_bytes(60, 50, 23));
        add_tiff("small.tif", 24, 39, 39);
        add_file("broken.tif", "II*");
        for (const auto* folder : {"j0", "j1", "j2"}) add_file(fs::path(folder) / "only.jpg", "");
    }

    BatchJob share(std::int64_t index, std::int64_t count, ShardRule rule = ShardRule::modulo) const {
        auto share = job();
        share.shard = {index, count, rule, 0};
        return share;
    }

    // All files below the output but those of reports, with their bytes; what tells of time and place left out.
    std::map<std::string, std::string> slices() const {
        std::map<std::string, std::string> files;
        for (const auto& entry : fs::recursive_directory_iterator(output())) {
            const auto name = entry.path().filename().native();
            if (entry.is_regular_file() && (name == "metadata.json" || name.starts_with("slice_"))) {
                files[fs::relative(entry.path(), output()).native()] = read_text(entry.path());
            }
        }
        return files;
    }
};

struct Planned {
    std::string key;
    std::string folder;
    std::int64_t slices;
    bool failed;
    std::string skipped;
    friend bool operator==(const Planned&, const Planned&) = default;
};

std::vector<Planned> planned(const BatchPlan& plan) {
    std::vector<Planned> all;
    for (const auto& image : plan.images) {
        all.push_back(
            {image.key, image.output_folder.native(), image.slices, image.error.has_value(), image.skip_reason});
    }
    return all;
}

TEST_F(Shards, TogetherAreThePlanEachImageOnce) {
    add_varied_input();
    for (const auto pages : {Pages::first, Pages::all}) {
        auto whole = job();
        whole.pages = pages;
        const auto plan = plan_batch(whole);
        for (const auto rule : rules) {
            for (const std::int64_t count : {2, 5, 40}) {
                std::vector<Planned> images;
                std::vector<std::pair<std::string, std::string>> folders;
                for (std::int64_t index = 0; index < count; ++index) {
                    auto part = share(index, count, rule);
                    part.pages = pages;
                    const auto mine = plan_batch(part);
                    for (auto& image : planned(mine)) images.push_back(std::move(image));
                    folders.insert(folders.end(), mine.skipped_folders.begin(), mine.skipped_folders.end());
                }
                EXPECT_THAT(folders, UnorderedElementsAreArray(plan.skipped_folders)) << count;
                const auto by_key = [](const Planned& a, const Planned& b) { return a.key < b.key; };
                auto expected = planned(plan);
                std::sort(images.begin(), images.end(), by_key);
                std::sort(expected.begin(), expected.end(), by_key);
                EXPECT_EQ(images, expected) << name(rule) << ", " << count << " workers";
            }
        }
    }
}

TEST_F(Shards, WriteWhatOneWorkerWrites) {
    add_varied_input();
    const auto alone = run_batch(job());
    const auto expected = slices();
    fs::remove_all(output());
    for (std::int64_t index = 0; index < 4; ++index) run_batch(share(index, 4, ShardRule::size));
    EXPECT_EQ(slices(), expected);

    const auto merged = merge_shards(output());
    EXPECT_EQ(merged.shards, 4);
    EXPECT_THAT(merged.missing_shards, IsEmpty());
    EXPECT_FALSE(merged.interrupted);
    for (const auto status : {TaskStatus::done, TaskStatus::skipped, TaskStatus::failed, TaskStatus::cancelled}) {
        EXPECT_EQ(merged.count(status), alone.count(status)) << name(status);
    }
    EXPECT_EQ(merged.folders_skipped, alone.folders_skipped);
    EXPECT_EQ(merged.written_bytes(), alone.written_bytes());
    EXPECT_EQ(merged.source_bytes, alone.source_bytes);
    EXPECT_EQ(read_report(output()).outcomes.size(), alone.outcomes.size());
}

TEST_F(Shards, KeepTheirReportsApart) {
    add_varied_input();
    run_batch(share(0, 2));
    EXPECT_EQ(shard_folder(output(), {0, 2, ShardRule::modulo, 0}), output() / "shards/0000-of-0002");
    EXPECT_TRUE(fs::exists(output() / "shards/0000-of-0002/batch_report.json"));
    EXPECT_FALSE(fs::exists(output() / "batch_report.json"));
    const auto merged = merge_shards(output());
    EXPECT_THAT(merged.missing_shards, ElementsAre(1));
    EXPECT_TRUE(merged.interrupted);

    run_batch(share(2, 3));
    try {
        merge_shards(output());
        FAIL() << "reports of workers of two and of three were merged";
    } catch (const Error& error) {
        EXPECT_EQ(error.code(), ErrorCode::corrupt);
    }
}

// What lies there when a worker is killed after its first image: the report of its beginning, one line of its journal.
TEST_F(Shards, CountWhatAKilledWorkerLeft) {
    add_varied_input();
    run_batch(share(1, 2));
    const auto killed = shard_folder(output(), {0, 2, ShardRule::modulo, 0});
    BatchCallbacks callbacks;
    bool first = true;
    std::string report;
    std::string journal;
    callbacks.on_outcome = [&](const Outcome&) {
        if (!std::exchange(first, false)) return;
        report = read_text(killed / "batch_report.json");
        journal = read_text(killed / "journal.jsonl");
    };
    const auto whole = run_batch(share(0, 2), {}, callbacks);
    const auto undisturbed = merge_shards(output());
    write_text(killed / "batch_report.json", report);
    write_text(killed / "journal.jsonl", journal);
    const auto merged = merge_shards(output());
    EXPECT_TRUE(merged.interrupted);
    EXPECT_EQ(merged.outcomes.size(), undisturbed.outcomes.size());
    EXPECT_EQ(merged.count(TaskStatus::cancelled), static_cast<std::int64_t>(whole.outcomes.size()) - 1);
}

TEST_F(Shards, HaveAFolderNoSourceCanTake) {
    add_tiff("shards.tif", 1);
    const auto plan = plan_batch(job());
    EXPECT_EQ(plan.images.at(0).output_folder, "shards.tif");
}

TEST_F(Shards, AreRefusedOutOfRange) {
    add_tiff("a.tif", 1);
    EXPECT_THROW(run_batch(share(2, 2)), Error);
    EXPECT_THROW(plan_batch(share(0, 0)), Error);
    EXPECT_FALSE(fs::exists(output()));
}

class PlanFile : public Shards {
protected:
    BatchJob frozen() const {
        auto frozen = job();
        frozen.plan_file = input().parent_path() / "plan.json";
        return frozen;
    }
};

std::vector<std::string> keys(const BatchPlan& plan) {
    std::vector<std::string> result;
    for (const auto& image : plan.images) result.push_back(image.key);
    return result;
}

TEST_F(PlanFile, KeepsWhatWasFoundFirst) {
    add_tiff("a.tif", 1);
    add_tiff("b.tif", 2);
    add_file("odd-\xFF\n.tif", tiff_bytes(64, 48, 3));
    const auto before = plan_batch(frozen());
    add_tiff("Aa.tif", 4);
    fs::remove(input() / "b.tif");
    const auto after = plan_batch(frozen());
    EXPECT_EQ(keys(after), keys(before));
    EXPECT_EQ(after.images.at(2).source, before.images.at(2).source) << "bytes that are no text come back";

    const auto report = run_batch(frozen());
    EXPECT_EQ(report.count(TaskStatus::done), 2);
    ASSERT_EQ(report.count(TaskStatus::failed), 1);
    EXPECT_EQ(report.outcomes.at(1).code, ErrorCode::not_found);
    EXPECT_THAT(report.outcomes.at(1).message, HasSubstr("b.tif"));
}

TEST_F(PlanFile, OfAnotherInputOrNoneIsRefused) {
    add_tiff("a.tif", 1);
    plan_batch(frozen());
    auto other = frozen();
    other.input_dir = input() / ".." / "in";
    const auto refusal = [](const BatchJob& job) {
        try {
            plan_batch(job);
        } catch (const Error& error) {
            return std::optional(error);
        }
        return std::optional<Error>();
    };
    ASSERT_TRUE(refusal(other));
    EXPECT_EQ(refusal(other)->code(), ErrorCode::invalid_argument);
    for (const auto* text :
         {"", "{", "[]", "{}", R"({"schema_version": 1, "input": "x", "sources": [{}], "skipped_folders": []})"}) {
        write_text(*frozen().plan_file, text);
        ASSERT_TRUE(refusal(frozen())) << text;
        EXPECT_EQ(refusal(frozen())->code(), ErrorCode::corrupt) << text;
    }
    const auto outside = R"({"schema_version": 1, "input": ")" + input().native() +
                         R"(", "sources": [{"path": "../out.tif", "size_bytes": 1}], "skipped_folders": []})";
    write_text(*frozen().plan_file, outside);
    EXPECT_THAT(refusal(frozen())->what(), HasSubstr("outside the input"));
}

}  // namespace
}  // namespace tilewright
