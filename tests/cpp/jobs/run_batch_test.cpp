// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <filesystem>
#include <mutex>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

#include "batch_fixture.h"
#include "jobs/folder_lock.h"
#include "tilewright/batch/journal.h"
#include "tilewright/tile/manifest.h"

namespace tilewright {
namespace {

namespace fs = std::filesystem;

class RunBatch : public BatchTest {
protected:
    // Files of every outcome.
    void add_variety() const {
        add_tiff("good.tif", 1);
        add_tiff("deep/er/good.TIFF", 2);
        add_tiff("deep/small.tif", 3, 30, 30);
        add_file("empty.tif", "");
        add_file("deep/torn.tif", tiff_bytes(64, 48, 4).substr(0, 100));
        add_file("text.tif", "not an image");
        add_file("jpegs/only.jpg", "");
        fs::create_symlink("nowhere", input() / "broken.tif");
    }

    nlohmann::json report_file() const { return nlohmann::json::parse(file_bytes(output() / "batch_report.json")); }
};

std::int64_t sum_of_counts(const BatchReport& report) {
    return report.count(TaskStatus::done) + report.count(TaskStatus::skipped) + report.count(TaskStatus::failed) +
           report.count(TaskStatus::cancelled);
}

TEST_F(RunBatch, OneBadImageNeverStopsTheOthers) {
    add_variety();
    const auto report = run_batch(job());
    EXPECT_EQ(report.count(TaskStatus::done), 2);
    EXPECT_EQ(report.count(TaskStatus::skipped), 1);
    EXPECT_EQ(report.count(TaskStatus::failed), 4);
    EXPECT_EQ(sum_of_counts(report), 7);
    EXPECT_EQ(report.folders_skipped, 1);
    EXPECT_FALSE(report.interrupted);
    for (const auto& outcome : report.outcomes) {
        if (outcome.status != TaskStatus::failed) continue;
        EXPECT_NE(outcome.message.find(fs::path(outcome.key).filename().native()), std::string::npos)
            << outcome.message;
    }
    EXPECT_TRUE(fs::exists(output() / "good/metadata.json"));
    EXPECT_TRUE(fs::exists(output() / "deep/er/good/batch_metadata.json"));
}

TEST_F(RunBatch, NothingHalfWrittenStays) {
    add_variety();
    run_batch(job());
    for (const auto& [path, bytes] : proven_tree(output())) {
        EXPECT_FALSE(bytes == "folder" && fs::is_empty(output() / path)) << path;
        EXPECT_FALSE(path.ends_with(".part")) << path;
    }
    EXPECT_FALSE(fs::exists(output() / "empty"));
    EXPECT_FALSE(fs::exists(output() / "deep/torn"));
    EXPECT_FALSE(fs::exists(output() / ".batch.lock"));
}

TEST_F(RunBatch, FilesTellTheSame) {
    add_variety();
    const auto report = run_batch(job());
    const auto file = report_file();
    EXPECT_EQ(file["batch_summary"]["total_images_found"], 7);
    EXPECT_EQ(file["batch_summary"]["successfully_processed"], 2);
    EXPECT_EQ(file["batch_summary"]["skipped"], 1);
    EXPECT_EQ(file["batch_summary"]["errors"], 4);
    EXPECT_EQ(file["batch_summary"]["folders_skipped"], 1);
    EXPECT_EQ(file["configuration"]["num_pieces"], 8);
    EXPECT_EQ(read_processed(output()), (std::vector<std::string>{"deep/er/good.TIFF", "good.tif"}));
    EXPECT_EQ(read_journal(output() / Journal::filename).size(), report.outcomes.size());
    const auto state = nlohmann::json::parse(file_bytes(output() / "batch_state.json"));
    EXPECT_EQ(state["stats"]["total_found"], 7);
    const auto metadata = nlohmann::json::parse(file_bytes(output() / "good/batch_metadata.json"));
    EXPECT_EQ(metadata["batch_info"]["relative_path"], "good.tif");
    EXPECT_EQ(metadata["batch_info"]["batch_config"]["min_image_size"], 40);
    EXPECT_EQ(metadata["total_slices"], 8);
    EXPECT_NE(file_bytes(output() / "batch_processing.log").find("text.tif"), std::string::npos);
}

TEST_F(RunBatch, BytesDoNotDependOnThreads) {
    for (unsigned i = 0; i < 6; ++i) add_tiff("x" + std::to_string(i) + ".tif", i, 100, 90);
    auto serial = job();
    serial.max_workers = 1;
    auto parallel = job();
    parallel.max_workers = 5;
    parallel.output_dir = scratch_ / "parallel";
    run_batch(serial);
    run_batch(parallel);
    EXPECT_EQ(proven_tree(serial.output_dir), proven_tree(parallel.output_dir));
}

TEST_F(RunBatch, TwinsAreKeptApart) {
    add_tiff("x.tif", 1);
    add_tiff("x.tiff", 2);
    add_tiff("X.TIF", 3);
    const auto report = run_batch(job());
    EXPECT_EQ(report.count(TaskStatus::done), 3);
    std::vector<std::string> hashes;
    for (const auto* folder : {"X", "x.tif", "x.tiff"}) {
        hashes.push_back(read_manifest(output() / folder).pixel_hash);
        EXPECT_EQ(read_manifest(output() / folder).slices.size(), 8U);
    }
    std::sort(hashes.begin(), hashes.end());
    EXPECT_EQ(std::unique(hashes.begin(), hashes.end()), hashes.end());
}

TEST_F(RunBatch, NamesOfAllKindsWork) {
    const std::vector<std::string> names{
        "with space.tif", "umläut.tif",      "two\nlines.tif", "not\xFFutf8.tif", std::string(251, 'n') + ".tif",
        "..tif",          "back\\slash.tif", "\"quoted\".tif"};
    for (const auto& name : names) add_tiff(name);
    const auto report = run_batch(job());
    EXPECT_EQ(report.count(TaskStatus::done), static_cast<std::int64_t>(names.size()));
    for (const auto& outcome : report.outcomes) EXPECT_EQ(outcome.status, TaskStatus::done) << outcome.message;
    EXPECT_EQ(run_batch(job()).count(TaskStatus::skipped), static_cast<std::int64_t>(names.size()));
    EXPECT_EQ(read_processed(output()).size(), names.size());
}

TEST_F(RunBatch, PagesAreCutAsAskedFor) {
    add_file("doc.tif", tiff_bytes(64, 48, 1, 3));
    const auto first = run_batch(job());
    ASSERT_EQ(first.outcomes.size(), 1U);
    EXPECT_NE(first.outcomes[0].message.find('3'), std::string::npos) << first.outcomes[0].message;
    EXPECT_FALSE(read_manifest(output() / "doc").notes.empty());
    auto all = job();
    all.pages = Pages::all;
    EXPECT_EQ(run_batch(all).count(TaskStatus::done), 3);
    EXPECT_NE(read_manifest(output() / "doc/page_1").pixel_hash, read_manifest(output() / "doc/page_3").pixel_hash);
}

TEST_F(RunBatch, OutputInsideTheInputIsNotCutAgain) {
    add_tiff("x.tif");
    auto inner = job();
    inner.output_dir = input() / "slices";
    inner.format = SliceFormat::tiff;
    EXPECT_EQ(run_batch(inner).outcomes.size(), 1U);
    EXPECT_EQ(run_batch(inner).outcomes.size(), 1U);
}

TEST_F(RunBatch, InputInsideTheOutputStaysAsItWas) {
    add_tiff("in.tif", 1);
    add_tiff("y.tif", 2);
    const auto before = proven_tree(input());
    auto outer = job();
    outer.output_dir = scratch_.path();
    EXPECT_EQ(run_batch(outer).count(TaskStatus::done), 2);
    EXPECT_EQ(proven_tree(input()), before);
    EXPECT_EQ(run_batch(outer).count(TaskStatus::skipped), 2);
}

TEST_F(RunBatch, EmptyFolderIsAnEmptyBatch) {
    fs::create_directories(input());
    const auto report = run_batch(job());
    EXPECT_TRUE(report.outcomes.empty());
    EXPECT_FALSE(report.interrupted);
    EXPECT_EQ(report_file()["batch_summary"]["total_images_found"], 0);
}

TEST_F(RunBatch, SecondRunOnTheSameOutputIsRefused) {
    add_tiff("x.tif");
    fs::create_directories(output());
    const FolderLock other(output());
    EXPECT_EQ(error_code_of([&] { run_batch(job()); }), ErrorCode::already_exists);
}

TEST_F(RunBatch, OutputThatCannotBeWrittenIsToldBeforeAnythingStarts) {
    add_tiff("x.tif");
    auto blocked = job();
    blocked.output_dir = input() / "x.tif" / "slices";
    EXPECT_EQ(error_code_of([&] { run_batch(blocked); }), ErrorCode::already_exists);
    auto system = job();
    system.output_dir = "/proc/tilewright";
    EXPECT_THROW(run_batch(system), Error);
    auto absent = job();
    absent.input_dir = input() / "absent";
    EXPECT_EQ(error_code_of([&] { run_batch(absent); }), ErrorCode::not_found);
    EXPECT_FALSE(fs::exists(output())) << "a job that cannot start writes nothing";
}

TEST_F(RunBatch, FileThatVanishesAfterThePlanFailsByName) {
    for (unsigned i = 0; i < 8; ++i) add_tiff("x" + std::to_string(i) + ".tif", i, 200, 200);
    auto serial = job();
    serial.max_workers = 1;
    BatchCallbacks callbacks;
    callbacks.on_outcome = [&](const Outcome&) { fs::remove(input() / "x7.tif"); };
    const auto report = run_batch(serial, {}, callbacks);
    EXPECT_EQ(report.outcomes[7].status, TaskStatus::failed);
    EXPECT_EQ(report.outcomes[7].code, ErrorCode::not_found);
    EXPECT_NE(report.outcomes[7].message.find("x7.tif"), std::string::npos);
    EXPECT_EQ(report.count(TaskStatus::done), 7);
    EXPECT_FALSE(fs::exists(output() / "x7"));
}

TEST_F(RunBatch, ImageBeyondTheBudgetFailsAlone) {
    add_tiff("small.tif");
    add_tiff("wide.tif", 1, 4000, 4000);
    auto tight = job();
    tight.memory_bytes = std::int64_t{1} << 14;
    const auto report = run_batch(tight);
    EXPECT_EQ(report.count(TaskStatus::failed) + report.count(TaskStatus::done), 2);
    EXPECT_EQ(report.outcomes[1].code, ErrorCode::resource);
    EXPECT_FALSE(fs::exists(output() / "wide"));
}

TEST_F(RunBatch, CallbacksHearOfEverything) {
    add_variety();
    std::mutex mutex;
    std::vector<std::string> keys;
    std::vector<std::string> lines;
    EngineProgress last;
    BatchCallbacks callbacks;
    callbacks.on_outcome = [&](const Outcome& outcome) { keys.push_back(outcome.key); };
    callbacks.on_progress = [&](const EngineProgress& progress) { last = progress; };
    std::vector<std::string> told;
    callbacks.log = [&](LogLevel, const std::string& line, const std::string& task) {
        const std::lock_guard lock(mutex);
        lines.push_back(line);
        if (!task.empty()) told.push_back(task);
    };
    const auto report = run_batch(job(), {}, callbacks);
    EXPECT_EQ(keys.size(), report.outcomes.size());
    EXPECT_EQ(last.total, 7);
    EXPECT_EQ(last.done + last.skipped + last.failed, 7);
    EXPECT_GT(lines.size(), 7U);
    EXPECT_EQ(told, keys);  // who listens can tell the lines of the images from those of the run
}

TEST_F(RunBatch, CallbackThatThrowsEndsTheBatchAndKeepsItsRecords) {
    for (unsigned i = 0; i < 4; ++i) add_tiff("x" + std::to_string(i) + ".tif", i);
    BatchCallbacks callbacks;
    callbacks.on_outcome = [](const Outcome&) { throw std::runtime_error("enough"); };
    EXPECT_THROW(run_batch(job(), {}, callbacks), std::runtime_error);
    EXPECT_TRUE(report_file().contains("batch_summary"));
    EXPECT_FALSE(read_processed(output()).empty());
    EXPECT_EQ(run_batch(job()).count(TaskStatus::failed), 0);
}

TEST_F(RunBatch, StopSavesAndIsResumed) {
    for (unsigned i = 0; i < 30; ++i) add_tiff("x" + std::to_string(i) + ".tif", i, 300, 300);
    auto whole = job();
    whole.output_dir = scratch_ / "whole";
    run_batch(whole);

    std::stop_source stop;
    BatchCallbacks callbacks;
    std::atomic<int> ended{0};
    callbacks.on_outcome = [&](const Outcome&) {
        if (++ended == 5) stop.request_stop();
    };
    const auto report = run_batch(job(), stop.get_token(), callbacks);
    EXPECT_TRUE(report.interrupted);
    EXPECT_EQ(sum_of_counts(report), 30);
    EXPECT_GE(report.count(TaskStatus::done), 5);
    EXPECT_GT(report.count(TaskStatus::cancelled), 0);
    EXPECT_EQ(static_cast<std::int64_t>(read_processed(output()).size()), report.count(TaskStatus::done));
    for (const auto& [path, bytes] : proven_tree(output())) {
        EXPECT_FALSE(bytes == "folder" && fs::is_empty(output() / path)) << path;
    }
    const auto rest = run_batch(job());
    EXPECT_EQ(rest.count(TaskStatus::done) + rest.count(TaskStatus::skipped), 30);
    EXPECT_EQ(proven_tree(output()), proven_tree(whole.output_dir));
}

TEST_F(RunBatch, StopBeforeTheStartIsAnInterruptedReport) {
    add_tiff("x.tif");
    std::stop_source stop;
    stop.request_stop();
    EXPECT_TRUE(run_batch(job(), stop.get_token()).interrupted);
    EXPECT_TRUE(report_file().contains("batch_summary"));
}

}  // namespace
}  // namespace tilewright
