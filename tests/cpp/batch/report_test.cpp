// SPDX-License-Identifier: Apache-2.0
#include "tilewright/batch/report.h"

#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <string>

#include "scratch_folder.h"
#include "tilewright/storage/file.h"

namespace tilewright {
namespace {

using Json = nlohmann::ordered_json;

BatchReport sample() {
    BatchReport report;
    report.outcomes = {
        {"a/x.tif", TaskStatus::done, "", "", ErrorCode::internal, 1, 0.5, 3'000'000, 900, 8, "a/x"},
        {"a/y.tif", TaskStatus::done, "", "", ErrorCode::internal, 2, 1.5, 1'000'000, 100, 8, "a/y"},
        {"b/old.tif", TaskStatus::skipped, "already_exists", "", ErrorCode::internal, 1, 0.0, 0, 0, 0, "b/old"},
        {"b/tiny.tif", TaskStatus::skipped, "below_min_size", "90 x 80 px", ErrorCode::internal, 1, 0.0, 0, 0, 0, ""},
        {"c/torn.tif", TaskStatus::failed, "", "c/torn.tif: half a strip", ErrorCode::corrupt, 1, 0.1, 0, 0, 0, ""},
        {"c/late.tif", TaskStatus::cancelled, "", "stopped", ErrorCode::cancelled, 0, 0.0, 0, 0, 0, ""}};
    report.folders_skipped = 1;
    report.skipped_folders = {{"photos", "no_tiff"}};
    report.started_at_s = 1000;
    report.seconds = 4;
    report.source_bytes = 5000;
    report.interrupted = true;
    report.configuration_json =
        R"({"input_dir":"/in","output_dir":"/out","num_pieces":8,"max_workers":4,"min_image_size":1024,)"
        R"("skip_existing":true,"resume_mode":true,"log_level":"INFO"})";
    return report;
}

std::vector<std::string> keys(const Json& object) {
    std::vector<std::string> all;
    for (const auto& [key, value] : object.items()) all.push_back(key);
    return all;
}

TEST(Report, KeepsTheOriginalKeysFirst) {
    const auto report = Json::parse(report_text(sample()));
    auto summary = keys(report.at("batch_summary"));
    summary.resize(8);
    EXPECT_EQ(summary, (std::vector<std::string>{"total_images_found", "successfully_processed", "skipped", "errors",
                                                 "folders_skipped", "total_processing_time", "average_time_per_image",
                                                 "images_per_hour"}));
    auto error = keys(report.at("errors").at(0));
    error.resize(5);
    EXPECT_EQ(error, (std::vector<std::string>{"status", "input_path", "relative_path", "error", "error_type"}));
    EXPECT_TRUE(report.at("timestamp").is_number());
    EXPECT_EQ(report.at("configuration"), Json::parse(sample().configuration_json));
}

TEST(Report, CountsEverythingFound) {
    const auto report = Json::parse(report_text(sample()));
    const auto& summary = report.at("batch_summary");
    EXPECT_EQ(summary.at("total_images_found"), 6);
    EXPECT_EQ(summary.at("successfully_processed"), 2);
    EXPECT_EQ(summary.at("skipped"), 2);
    EXPECT_EQ(summary.at("errors"), 1);
    EXPECT_EQ(summary.at("cancelled"), 1);
    EXPECT_EQ(summary.at("folders_skipped"), 1);
    EXPECT_EQ(summary.at("total_processing_time"), 4.0);
    EXPECT_EQ(summary.at("average_time_per_image"), 2.0);
    EXPECT_EQ(summary.at("images_per_hour"), 1800.0);
    EXPECT_EQ(summary.at("skipped_reasons"), (Json{{"already_exists", 1}, {"below_min_size", 1}}));
    EXPECT_EQ(summary.at("raw_bytes"), 4'000'000);
    EXPECT_EQ(summary.at("written_bytes"), 1000);
    EXPECT_EQ(summary.at("slices_written"), 16);
    EXPECT_EQ(summary.at("throughput_mb_per_s"), 1.0);
    EXPECT_EQ(report.at("interrupted"), true);
}

TEST(Report, NamesEveryImageErrorAndFolder) {
    const auto report = Json::parse(report_text(sample()));
    EXPECT_EQ(report.at("errors"), Json::parse(R"([{"status":"error","input_path":"/in/c/torn.tif",
        "relative_path":"c/torn.tif","error":"c/torn.tif: half a strip","error_type":"corrupt","attempts":1}])"));
    EXPECT_EQ(report.at("images").size(), 6U);
    EXPECT_EQ(report.at("images").at(1).at("path"), "a/y.tif");
    EXPECT_EQ(report.at("images").at(1).at("output_folder"), "a/y");
    EXPECT_EQ(report.at("images").at(1).at("code"), nullptr);
    EXPECT_EQ(report.at("images").at(4).at("code"), "corrupt");
    EXPECT_EQ(report.at("skipped_folders"), Json::parse(R"([{"path":"photos","reason":"no_tiff"}])"));
}

TEST(Report, TheInputMayBeOneFile) {
    auto report = sample();
    report.configuration_json = R"({"input_dir":"/in/torn.tif"})";
    report.outcomes = {report.outcomes[4]};
    report.outcomes[0].key = "torn.tif";
    EXPECT_EQ(Json::parse(report_text(report)).at("errors").at(0).at("input_path"), "/in/torn.tif");
}

TEST(Report, TellsWhatWasWrittenByItsName) {
    const ScratchFolder folder;
    auto report = sample();
    report.outputs = "chips";
    report.details_json = R"({"chips":16})";
    write_report(report, folder.path());
    const auto json = Json::parse(read_text(folder / "batch_report.json"));
    EXPECT_EQ(json.at("outputs"), "chips");
    EXPECT_EQ(json.at("batch_summary").at("chips_written"), 16);
    EXPECT_FALSE(json.at("batch_summary").contains("slices_written"));
    EXPECT_EQ(json.at("details").at("chips"), 16);
    const auto read = read_report(folder.path());
    EXPECT_EQ(read.outputs, "chips");
    EXPECT_EQ(read.details_json, report.details_json);
    EXPECT_FALSE(Json::parse(report_text(sample())).contains("details"));
}

TEST(Report, OfNothing) {
    const BatchReport empty;
    EXPECT_EQ(empty.images_per_hour(), 0);
    const auto report = Json::parse(report_text(empty));
    EXPECT_EQ(report.at("batch_summary").at("average_time_per_image"), 0.0);
    EXPECT_EQ(report.at("errors"), Json::array());
    EXPECT_EQ(report.at("images"), Json::array());
}

TEST(Report, TextThatIsNotUtf8DoesNotLoseTheReport) {
    auto report = sample();
    report.outcomes[4].message = "odd \xff byte";
    EXPECT_EQ(Json::parse(report_text(report)).at("errors").at(0).at("error"), "odd \\xff byte");
}

// The golden files are what tests/python validates against the schemas in docs/reference.
void expect_golden(Json written, const std::string& name) {
    written["timestamp"] = 0.0;
    written["tilewright_version"] = "0.0.0";
    const auto golden = Json::parse(read_text(std::filesystem::path(TILEWRIGHT_GOLDEN_DIR) / name));
    EXPECT_EQ(written.dump(2), golden.dump(2)) << "members, their order or their values changed: " << name;
}

TEST(Report, IsAsTheGoldenFileSays) {
    expect_golden(Json::parse(report_text(sample())), "batch_report.json");
}

TEST(State, IsAsTheGoldenFileSays) {
    const ScratchFolder folder;
    write_state(sample(), {"a/x.tif", "a/y.tif", "b/old.tif"}, folder.path());
    expect_golden(Json::parse(read_text(folder / "batch_state.json")), "batch_state.json");
}

TEST(Report, IsWrittenWhole) {
    const ScratchFolder folder;
    write_report(sample(), folder.path());
    EXPECT_EQ(Json::parse(read_text(folder / "batch_report.json")).at("images").size(), 6U);
}

TEST(State, KeepsTheOriginalKeysAndIsReadBack) {
    const ScratchFolder folder;
    const std::vector<std::string> processed{"a/x.tif", "new\nline.tif", "grün.tif", "\\xff.tif"};
    write_state(sample(), processed, folder.path());
    EXPECT_EQ(read_processed(folder.path()), processed);
    const auto state = Json::parse(read_text(folder / "batch_state.json"));
    auto stats = keys(state.at("stats"));
    stats.resize(7);
    EXPECT_EQ(stats, (std::vector<std::string>{"total_found", "processed", "skipped", "errors", "folders_skipped",
                                               "start_time", "end_time"}));
    EXPECT_EQ(state.at("stats").at("processed"), 2);
    EXPECT_EQ(state.at("stats").at("end_time"), 1004.0) << "the original tool left it at 0";
    EXPECT_EQ(state.at("config").at("num_pieces"), 8);
    EXPECT_TRUE(state.at("timestamp").is_number());
}

TEST(State, WhatCannotBeReadIsEmpty) {
    const ScratchFolder folder;
    EXPECT_TRUE(read_processed(folder.path()).empty());
    for (const char* text : {"", "{", "[]", "{}", R"({"processed_files":3})", R"({"processed_files":[1,null]})"}) {
        write_text(folder / "batch_state.json", text);
        EXPECT_TRUE(read_processed(folder.path()).empty()) << text;
    }
    write_text(folder / "batch_state.json", R"({"processed_files":["a",1,"b"]})");
    EXPECT_EQ(read_processed(folder.path()), (std::vector<std::string>{"a", "b"}));
}

}  // namespace
}  // namespace tilewright
