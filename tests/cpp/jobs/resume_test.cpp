// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "batch_fixture.h"
#include "tilewright/batch/journal.h"

namespace tilewright {
namespace {

namespace fs = std::filesystem;

class Resume : public BatchTest {
protected:
    void SetUp() override {
        add_tiff("a.tif", 1);
        add_tiff("b/b.tif", 2);
        first_ = run_batch(job());
        ASSERT_EQ(first_.count(TaskStatus::done), 2);
        expected_ = proven_tree(output());
    }

    static const Outcome& outcome(const BatchReport& report, const std::string& key) {
        const auto found = std::find_if(report.outcomes.begin(), report.outcomes.end(),
                                        [&](const Outcome& outcome) { return outcome.key == key; });
        if (found == report.outcomes.end()) throw std::runtime_error("no outcome " + key);
        return *found;
    }

    fs::path first_slice(const fs::path& folder) const {
        for (const auto& entry : fs::directory_iterator(output() / folder)) {
            if (entry.path().filename().native().starts_with("slice_0_")) return entry.path();
        }
        throw std::runtime_error("no slice");
    }

    BatchReport first_;
    std::map<std::string, std::string> expected_;
};

TEST_F(Resume, FinishedImagesAreLeftAlone) {
    const auto written = fs::last_write_time(output() / "a/metadata.json");
    const auto again = run_batch(job());
    EXPECT_EQ(again.count(TaskStatus::skipped), 2);
    EXPECT_EQ(outcome(again, "a.tif").reason, "already_exists");
    EXPECT_EQ(fs::last_write_time(output() / "a/metadata.json"), written);
    EXPECT_EQ(proven_tree(output()), expected_);
}

TEST_F(Resume, HalfWrittenFolderIsFinished) {
    fs::remove(output() / "a/metadata.json");
    std::ofstream(output() / "a" / ".slice_1_0_0_9_9.png.part") << "torn";
    const auto again = run_batch(job());
    EXPECT_EQ(outcome(again, "a.tif").status, TaskStatus::done);
    EXPECT_EQ(outcome(again, "b/b.tif").status, TaskStatus::skipped);
    EXPECT_EQ(proven_tree(output()), expected_);
}

TEST_F(Resume, MissingOrTruncatedSliceIsCutAgain) {
    fs::remove(first_slice("a"));
    std::ofstream(first_slice("b/b"), std::ios::trunc) << "short";
    EXPECT_EQ(run_batch(job()).count(TaskStatus::done), 2);
    EXPECT_EQ(proven_tree(output()), expected_);
}

TEST_F(Resume, AlteredSliceOfTheSameSizeIsCutAgainWithHashes) {
    const auto slice = first_slice("a");
    auto bytes = file_bytes(slice);
    bytes[bytes.size() / 2] = static_cast<char>(bytes[bytes.size() / 2] ^ 1);
    std::ofstream(slice, std::ios::binary) << bytes;
    EXPECT_EQ(run_batch(job()).count(TaskStatus::skipped), 2) << "sizes fit, and hashes were not asked for";
    auto hashes = job();
    hashes.resume_check = ResumeCheck::hashes;
    const auto again = run_batch(hashes);
    EXPECT_EQ(outcome(again, "a.tif").status, TaskStatus::done);
    EXPECT_NE(outcome(again, "a.tif").message.find(slice.filename().native()), std::string::npos);
    EXPECT_EQ(outcome(again, "b/b.tif").status, TaskStatus::skipped);
    EXPECT_EQ(proven_tree(output()), expected_);
}

TEST_F(Resume, ChangedSourceIsCutAgain) {
    add_tiff("a.tif", 3);
    fs::last_write_time(input() / "a.tif", fs::file_time_type::clock::now() + std::chrono::seconds(2));
    const auto again = run_batch(job());
    EXPECT_EQ(outcome(again, "a.tif").status, TaskStatus::done);
    EXPECT_EQ(outcome(again, "b/b.tif").status, TaskStatus::skipped);
}

TEST_F(Resume, ChangedOptionsCutAgainAndLeaveNothingOfTheOld) {
    auto strips = job();
    strips.layout = StripsLayout{3, StripDirection::vertical};
    EXPECT_EQ(run_batch(strips).count(TaskStatus::done), 2);
    EXPECT_EQ(run_batch(job()).count(TaskStatus::done), 2);
    EXPECT_EQ(proven_tree(output()), expected_);
}

TEST_F(Resume, OptionsThatChangeNoByteCutNothingAgain) {
    auto other = job();
    other.max_workers = 1;
    other.memory_bytes = std::int64_t{1} << 29;
    other.retries = 0;
    EXPECT_EQ(run_batch(other).count(TaskStatus::skipped), 2);
}

TEST_F(Resume, LostBatchMetadataIsWrittenAnew) {
    const auto before = nlohmann::json::parse(file_bytes(output() / "a/batch_metadata.json"));
    fs::remove(output() / "a/batch_metadata.json");
    EXPECT_EQ(run_batch(job()).count(TaskStatus::skipped), 2);
    const auto after = nlohmann::json::parse(file_bytes(output() / "a/batch_metadata.json"));
    EXPECT_EQ(after["slices"], before["slices"]);
    EXPECT_EQ(after["batch_info"]["original_path"], before["batch_info"]["original_path"]);
    EXPECT_EQ(after["batch_info"]["relative_path"], "a.tif");
}

TEST_F(Resume, RedoingAllForgetsNothing) {
    for (const auto field : {&BatchJob::skip_existing, &BatchJob::resume_mode}) {
        auto redo = job();
        redo.*field = false;
        redo.input_dir = input() / "a.tif";
        EXPECT_EQ(run_batch(redo).count(TaskStatus::done), 1);
    }
    const auto processed = read_processed(output());
    EXPECT_EQ(processed, (std::vector<std::string>{"a.tif", "b/b.tif"}));
    EXPECT_EQ(read_journal(output() / Journal::filename).size(), 4U);
    EXPECT_EQ(run_batch(job()).count(TaskStatus::skipped), 2);
}

TEST_F(Resume, StateIsRebuiltFromTheJournal) {
    fs::remove(output() / "batch_state.json");
    auto other = job();
    other.input_dir = input() / "a.tif";
    run_batch(other);
    EXPECT_EQ(read_processed(output()), (std::vector<std::string>{"a.tif", "b/b.tif"}));
}

TEST_F(Resume, WhatFailsLaterIsNoLongerProcessed) {
    add_file("a.tif", "no TIFF any more");
    const auto again = run_batch(job());
    EXPECT_EQ(outcome(again, "a.tif").status, TaskStatus::failed);
    EXPECT_EQ(read_processed(output()), std::vector<std::string>{"b/b.tif"});
}

TEST_F(Resume, ManifestEditedByHandIsNotTrusted) {
    const auto manifest = output() / "a/metadata.json";
    auto text = file_bytes(manifest);
    const auto at = text.find("slice_0_");
    ASSERT_NE(at, std::string::npos);
    text.replace(at, 8, "../out_0");
    std::ofstream(manifest, std::ios::binary) << text;
    EXPECT_EQ(outcome(run_batch(job()), "a.tif").status, TaskStatus::done);
    EXPECT_EQ(proven_tree(output()), expected_);
}

}  // namespace
}  // namespace tilewright
