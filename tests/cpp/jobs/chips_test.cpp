// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "jobs/batch_fixture.h"
#include "jobs/chip_names.h"
#include "tilewright/chip/chip_set.h"
#include "tilewright/jobs/chip_job.h"
#include "tilewright/storage/file.h"

namespace tilewright {
namespace {

namespace fs = std::filesystem;

class ChipJobs : public BatchTest {
protected:
    // Small enough to be quick: images of 70 px and more hold four chips of 32 px.
    ChipJob chips() const {
        ChipJob job;
        job.input_dir = input();
        job.output_dir = output();
        job.size_px = 32;
        job.margin_px = 2;
        job.max_workers = 2;
        job.memory_bytes = std::int64_t{1} << 30;
        return job;
    }
    void add(const fs::path& name, unsigned seed = 1, int width_px = 120, int height_px = 110) const {
        add_tiff(name, seed, width_px, height_px);
    }
    std::map<std::string, std::string> proven() const { return proven_tree(output()); }
    std::set<std::string> files(const std::string& ending) const {
        std::set<std::string> names;
        for (const auto& [name, text] : proven()) {
            if (name.ends_with(ending)) names.insert(name);
        }
        return names;
    }
    nlohmann::json report() const { return nlohmann::json::parse(read_text(output() / "batch_report.json")); }
};

std::vector<std::string> lines(const std::string& text) {
    std::vector<std::string> result;
    std::istringstream stream(text);
    for (std::string line; std::getline(stream, line);) result.push_back(line);
    return result;
}

TEST_F(ChipJobs, EveryImageFoundIsCountedAndCut) {
    add("cap-29792.tif");
    add("north/cap-29845.TIFF", 2);
    add("north/small.tif", 3, 35, 300);
    add_file("broken.tif", "no TIFF at all");
    add_file("photo/x.jpg", "no TIFF either");
    const auto done = run_chips(chips());
    EXPECT_EQ(done.outcomes.size(), 4U);
    EXPECT_EQ(done.count(TaskStatus::done), 2);
    EXPECT_EQ(done.count(TaskStatus::skipped), 1);
    EXPECT_EQ(done.count(TaskStatus::failed), 1);
    EXPECT_EQ(done.folders_skipped, 1);
    for (const auto& outcome : done.outcomes) {
        if (outcome.status == TaskStatus::skipped) {
            EXPECT_EQ(outcome.key, "north/small.tif");
            EXPECT_EQ(outcome.reason, "image_too_small");
            EXPECT_EQ(outcome.message, "35 x 300 px; the least side is 36 px");
        }
    }
    EXPECT_EQ(files(".png"),
              (std::set<std::string>{"06/A_cap-29845_01.png", "06/A_cap-29845_02.png", "06/A_cap-29845_03.png",
                                     "06/A_cap-29845_04.png", "09/A_cap-29792_01.png", "09/A_cap-29792_02.png",
                                     "09/A_cap-29792_03.png", "09/A_cap-29792_04.png"}));
    const auto details = report()["details"];
    EXPECT_EQ(details["chips"], 8);
    EXPECT_EQ(details["chips_per_folder"]["09"], 4);
    EXPECT_EQ(details["chips_per_folder"]["01"], 0);
    EXPECT_EQ(details["chips_per_folder"].size(), 10U);
}

TEST_F(ChipJobs, APlanTellsWhatARunDoes) {
    add("cap-29792.tif");
    add("small.tif", 3, 20, 20);
    add_file("broken.tif", "no TIFF at all");
    const auto plan = plan_chips(chips());
    ASSERT_EQ(plan.images.size(), 3U);
    EXPECT_EQ(plan.chips(), 4);
    EXPECT_EQ(plan.images[1].folder, "09");
    EXPECT_TRUE(plan.images[0].error);
    EXPECT_EQ(plan.images[2].skip_reason, "image_too_small");
    EXPECT_EQ(plan_text(plan), plan_text(plan_chips(chips())));
    const auto json = nlohmann::json::parse(plan_text(plan));
    EXPECT_EQ(json["totals"]["to_cut"], 1);
    EXPECT_FALSE(fs::exists(output()));
}

TEST_F(ChipJobs, RunAgainWriteOnlyWhatIsMissing) {
    for (const char* name : {"a.tif", "b.tif", "c/d.tif"}) add(name);
    run_chips(chips());
    const auto before = proven();
    auto again = run_chips(chips());
    EXPECT_EQ(again.count(TaskStatus::skipped), 3);
    EXPECT_EQ(proven(), before);
    const auto some_chip = *files(".png").begin();
    fs::remove(output() / some_chip);
    again = run_chips(chips());
    EXPECT_EQ(again.count(TaskStatus::done), 1);
    EXPECT_EQ(again.count(TaskStatus::skipped), 2);
    for (const auto& outcome : again.outcomes) {
        if (outcome.status != TaskStatus::done) continue;
        EXPECT_EQ(outcome.outputs, 1);
    }
    EXPECT_EQ(proven(), before);

    auto anew = chips();
    anew.resume = ChipResume::never;
    EXPECT_EQ(run_chips(anew).count(TaskStatus::done), 3);
    EXPECT_EQ(proven(), before);
}

TEST_F(ChipJobs, BytesDoNotDependOnThreads) {
    for (int i = 0; i < 5; ++i) add("s" + std::to_string(i) + ".tif", static_cast<unsigned>(i));
    auto job = chips();
    job.max_workers = 1;
    run_chips(job);
    const auto before = proven();
    fs::remove_all(output());
    job.max_workers = 4;
    run_chips(job);
    EXPECT_EQ(proven(), before);
}

TEST_F(ChipJobs, SourcesOfOneStemDoNotCollide) {
    add("a/scene.tif", 1);
    add("b/scene.tif", 2);
    add("b/Scene.tif", 3);
    add("b/scene.tiff", 4);
    const auto done = run_chips(chips());
    EXPECT_EQ(done.count(TaskStatus::done), 4);
    const auto pngs = files(".png");
    EXPECT_EQ(pngs.size(), 16U);
    EXPECT_TRUE(pngs.contains(chip_folder("scene", 10) + "/A_scene_01.png")) << "the first by path keeps its stem";
    for (const auto& set : read_chip_sets(output()))
        EXPECT_EQ(set.folder, chip_folder(set.source == "b/Scene.tif" ? "Scene" : "scene", 10));
}

TEST(ChipNames, AreTheSameForWhateverCameBefore) {
    ChipNames names;
    EXPECT_EQ(names.assign("a/scene.tif"), "scene");
    const auto second = names.assign("b/scene.tif");
    EXPECT_EQ(second.size(), std::string("scene-12345678").size());
    EXPECT_NE(names.assign("c/scene.tif"), second);
    EXPECT_EQ(names.assign("c/scene.old.tif"), "scene.old");
    ChipNames others;
    others.assign("a0/SCENE.tif");
    EXPECT_EQ(others.assign("b/scene.tif"), second);
    // A stem that is the name another source was given.
    EXPECT_NE(names.assign("d/" + second + ".tif"), second);
    const std::string long_stem(240, 'x');
    EXPECT_LE(names.assign(long_stem + ".tif").size(), 200U);
}

TEST_F(ChipJobs, RoundsLieBesideEachOther) {
    add("scene.tif", 1, 200, 180);
    run_chips(chips());
    auto round_b = chips();
    round_b.prefix = "B";
    run_chips(round_b);
    const auto sets = read_chip_sets(output());
    ASSERT_EQ(sets.size(), 2U);
    EXPECT_EQ(lines(read_text(output() / "chips.csv")).size(), 1U + 8U);
    EXPECT_EQ(report()["details"]["chips"], 8);

    EXPECT_EQ(files(".json"), (std::set<std::string>{"records/A_scene.json", "records/B_scene.json", "rounds/A.json",
                                                     "rounds/B.json"}));
    const auto told = read_text(output() / "batch_report.json");
    // Placed by other options the two might overlap.
    auto round_c = chips();
    round_c.prefix = "C";
    round_c.size_px = 16;
    EXPECT_EQ(error_code_of([&] { run_chips(round_c); }), ErrorCode::invalid_argument);
    EXPECT_EQ(read_text(output() / "batch_report.json"), told) << "of what was refused there is nothing to report";
    round_c.prefix = "extra";
    EXPECT_EQ(run_chips(round_c).count(TaskStatus::done), 1);
    round_c.prefix = "A";
    EXPECT_EQ(error_code_of([&] { run_chips(round_c); }), ErrorCode::invalid_argument);
    EXPECT_EQ(run_chips(chips()).count(TaskStatus::skipped), 1) << "what was refused left no trace";
    write_text(output() / "rounds/B.json", "torn");
    EXPECT_EQ(error_code_of([&] { run_chips(round_c); }), ErrorCode::corrupt);
}

TEST_F(ChipJobs, LogAndReportCallThemChips) {
    add("scene.tif");
    run_chips(chips());
    const auto log = read_text(output() / "batch_processing.log");
    EXPECT_NE(log.find("1 images planned, 4 chips"), std::string::npos) << log;
    EXPECT_NE(log.find("scene.tif: done, 4 chips, "), std::string::npos) << log;
    EXPECT_EQ(log.find("slice"), std::string::npos) << log;
    EXPECT_EQ(report()["outputs"], "chips");
    EXPECT_EQ(report()["batch_summary"]["chips_written"], 4);
    EXPECT_EQ(read_text(output() / "batch_report.json").find("slice"), std::string::npos);
}

TEST_F(ChipJobs, ManyChipsAreSkippedByNumberAndReason) {
    add("scene.tif", 1, 80, 80);
    auto job = chips();
    job.count = 9;
    const auto outcome = run_chips(job).outcomes.at(0);
    EXPECT_EQ(outcome.status, TaskStatus::done);
    EXPECT_EQ(outcome.outputs, 4);
    EXPECT_EQ(outcome.message, "5 chips skipped, no room left (5, 6, 7, 8, 9)");
    EXPECT_EQ(report()["details"]["chips_skipped"], 5);
    job.prefix = "B";
    const auto later = run_chips(job).outcomes.at(0);
    EXPECT_EQ(later.status, TaskStatus::skipped);
    EXPECT_EQ(later.reason, "no_place");
    EXPECT_EQ(report()["details"]["chips_skipped"], 14);
}

class ChipShards : public ChipJobs {
protected:
    void add_varied_input() const {
        for (unsigned i = 0; i < 9; ++i) {
            add("f" + std::to_string(i % 3) + "/x" + std::to_string(i) + ".tif", i, 80 + static_cast<int>(i) * 9);
        }
        // Twins, whose names depend on each other.
        add("f0/x0.tiff", 20);
        add("f1/X0.TIF", 21);
        add("small.tif", 24, 30, 30);
        add_file("broken.tif", "II*");
        add_file("photo/x.jpg", "");
    }
    ChipJob share(std::int64_t index, std::int64_t count, const std::string& prefix = "A") const {
        auto job = chips();
        job.shard = {index, count, ShardRule::size, 0};
        job.prefix = prefix;
        job.annotators = 3;
        return job;
    }
    // Of the whole output, as if nobody had shared it.
    std::map<std::string, std::string> written() const {
        auto tree = proven();
        std::erase_if(tree, [](const auto& entry) { return entry.first.starts_with("shards"); });
        return tree;
    }
};

TEST_F(ChipShards, TogetherWriteWhatOneWorkerWrites) {
    add_varied_input();
    const auto alone = run_chips(share(0, 1));
    const auto expected = written();
    const auto details = report()["details"];
    fs::remove_all(output());
    for (std::int64_t index = 0; index < 4; ++index) {
        run_chips(share(index, 4));
        EXPECT_FALSE(fs::exists(output() / "chips.csv")) << "a worker knows of its own chips only";
    }
    const auto merged = merge_shards(output());
    EXPECT_EQ(written(), expected);
    EXPECT_EQ(merged.outputs, "chips");
    EXPECT_FALSE(merged.interrupted);
    EXPECT_EQ(report()["details"], details);
    EXPECT_EQ(report()["batch_summary"]["chips_written"], details["chips"]);
    for (const auto status : {TaskStatus::done, TaskStatus::skipped, TaskStatus::failed, TaskStatus::cancelled}) {
        EXPECT_EQ(merged.count(status), alone.count(status)) << name(status);
    }
    EXPECT_EQ(merged.folders_skipped, alone.folders_skipped);
    EXPECT_EQ(read_report(output()).outputs, "chips");
}

TEST_F(ChipShards, OfAnEarlierRoundHaveNotBegun) {
    add_varied_input();
    for (std::int64_t index = 0; index < 3; ++index) run_chips(share(index, 3));
    EXPECT_TRUE(merge_shards(output()).missing_shards.empty());
    const auto of_a = report()["details"]["chips"].get<int>();
    run_chips(share(1, 3, "B"));
    const auto merged = merge_shards(output());
    EXPECT_EQ(merged.missing_shards, (std::vector<std::int64_t>{0, 2}));
    EXPECT_TRUE(merged.interrupted);
    for (const auto& outcome : merged.outcomes) EXPECT_NE(outcome.status, TaskStatus::cancelled) << outcome.key;
    EXPECT_GT(report()["details"]["chips"].get<int>(), of_a) << "the index tells of all that is there";
}

TEST_F(ChipShards, KilledInALaterRoundAreNotCountedByTheFirst) {
    add_varied_input();
    for (std::int64_t index = 0; index < 2; ++index) run_chips(share(index, 2));
    run_chips(share(1, 2, "B"));
    // What lies there when worker 0 is killed after its first image.
    const auto folder = shard_folder(output(), share(0, 2).shard);
    std::string report_then;
    std::string journal_then;
    BatchCallbacks callbacks;
    callbacks.on_outcome = [&](const Outcome&) {
        if (!report_then.empty()) return;
        report_then = read_text(folder / "batch_report.json");
        journal_then = read_text(folder / "journal.jsonl");
    };
    const auto whole = run_chips(share(0, 2, "B"), {}, callbacks);
    write_text(folder / "batch_report.json", report_then);
    write_text(folder / "journal.jsonl", journal_then);
    EXPECT_EQ(merge_shards(output()).count(TaskStatus::cancelled),
              static_cast<std::int64_t>(whole.outcomes.size()) - 1);
}

TEST_F(ChipShards, FollowAFrozenPlan) {
    add_varied_input();
    auto job = share(0, 2);
    job.plan_file = input().parent_path() / "plan.json";
    const auto before = plan_text(plan_chips(job));
    add("f0/a new one.tif", 30);
    EXPECT_EQ(plan_text(plan_chips(job)), before);
}

TEST_F(ChipJobs, TheIndexTellsOfEveryChip) {
    add("north, \"upper\".tif");
    auto job = chips();
    job.annotators = 4;
    run_chips(job);
    const auto rows = lines(read_text(output() / "chips.csv"));
    ASSERT_EQ(rows.size(), 5U);
    EXPECT_TRUE(rows[0].starts_with("chip,source,prefix,number,folder,x,y,width,height"));
    EXPECT_NE(rows[1].find("\"north, \"\"upper\"\".tif\""), std::string::npos) << rows[1];
    const auto geojson = nlohmann::json::parse(read_text(output() / "chips.geojson"));
    EXPECT_EQ(geojson["type"], "FeatureCollection");
    EXPECT_TRUE(geojson["features"].empty()) << "it has no place on Earth";
}

TEST_F(ChipJobs, FoldersAreDealtToAnnotators) {
    for (int i = 0; i < 12; ++i) add("cap-" + std::to_string(i) + ".tif", static_cast<unsigned>(i));
    auto job = chips();
    job.annotators = 4;
    run_chips(job);
    // 3, 3, 2 and 2 folders that follow each other, as people deal them.
    const std::vector<std::set<std::string>> folders{
        {"01", "02", "03"}, {"04", "05", "06"}, {"07", "08"}, {"09", "10"}};
    std::size_t listed = 0;
    const auto details = report()["details"];
    for (std::size_t i = 0; i < 4; ++i) {
        const auto name = "annotator_0" + std::to_string(i + 1);
        auto rows = lines(read_text(output() / "tasks" / (name + ".csv")));
        EXPECT_EQ(rows[0], "chip,folder,source,x,y,width,height");
        rows.erase(rows.begin());
        for (const auto& row : rows) {
            EXPECT_TRUE(folders[i].contains(row.substr(0, 2))) << row;
            EXPECT_TRUE(fs::exists(output() / row.substr(0, row.find(',')))) << row;
        }
        EXPECT_EQ(details["chips_per_annotator"][name], rows.size());
        listed += rows.size();
    }
    EXPECT_EQ(listed, 48U);
    const std::vector<std::string> whose{"01", "01", "01", "02", "02", "02", "03", "03", "04", "04"};
    for (std::size_t i = 0; i < 10; ++i) {
        const auto folder = (i < 9 ? "0" : "") + std::to_string(i + 1);
        auto rows = lines(read_text(output() / "tasks" / ("folder_" + folder + ".csv")));
        EXPECT_EQ(rows[0], "chip,annotator,source,x,y,width,height");
        rows.erase(rows.begin());
        EXPECT_EQ(details["chips_per_folder"][folder], rows.size());
        for (const auto& row : rows) {
            const auto filename = row.substr(0, row.find(','));
            EXPECT_TRUE(fs::exists(output() / folder / filename)) << row;
            EXPECT_EQ(row.substr(filename.size() + 1, 12), "annotator_" + whose[i]);
        }
    }
    job.annotators = 2;
    run_chips(job);
    EXPECT_FALSE(fs::exists(output() / "tasks/annotator_03.csv")) << "nobody's list any more";
    EXPECT_TRUE(fs::exists(output() / "tasks/annotator_02.csv"));
    job.annotators = 11;
    EXPECT_EQ(error_code_of([&] { run_chips(job); }), ErrorCode::invalid_argument);
}

TEST_F(ChipJobs, AStopLeavesWhatCanBeGoneOnWith) {
    for (int i = 0; i < 20; ++i) add("s" + std::to_string(i) + ".tif", static_cast<unsigned>(i));
    run_chips(chips());
    const auto before = proven();
    fs::remove_all(output());
    std::stop_source stop;
    BatchCallbacks callbacks;
    callbacks.on_outcome = [&](const Outcome&) { stop.request_stop(); };
    const auto stopped = run_chips(chips(), stop.get_token(), callbacks);
    EXPECT_TRUE(stopped.interrupted);
    EXPECT_FALSE(report().contains("details"));
    EXPECT_GT(stopped.count(TaskStatus::cancelled), 0);
    EXPECT_FALSE(run_chips(chips()).interrupted);
    EXPECT_EQ(proven(), before);
}

TEST_F(ChipJobs, RefuseWhatCanNeverWork) {
    add("scene.tif");
    const auto code = [&](auto change) {
        auto job = chips();
        change(job);
        return error_code_of([&] { run_chips(job); });
    };
    EXPECT_EQ(code([](ChipJob& job) { job.count = 0; }), ErrorCode::invalid_argument);
    EXPECT_EQ(code([](ChipJob& job) { job.prefix = ""; }), ErrorCode::invalid_argument);
    EXPECT_EQ(code([](ChipJob& job) { job.folders = 0; }), ErrorCode::invalid_argument);
    EXPECT_EQ(code([](ChipJob& job) { job.retries = -1; }), ErrorCode::invalid_argument);
    EXPECT_EQ(code([](ChipJob& job) { job.input_dir = job.input_dir / "none"; }), ErrorCode::not_found);
    EXPECT_EQ(code([](ChipJob& job) { job.output_dir = job.input_dir; }), ErrorCode::invalid_argument);
    EXPECT_EQ(code([](ChipJob& job) { job.shard = {2, 2, ShardRule::modulo, 0}; }), ErrorCode::invalid_argument);
    fs::create_directories(output());
    auto before = input();
    for (const char* own : {"01", "records", "rounds", "tasks", "shards"}) {
        const auto folder = output() / own;
        fs::rename(before, folder);
        before = folder;
        EXPECT_EQ(code([&](ChipJob& job) { job.input_dir = folder; }), ErrorCode::invalid_argument);
    }
}

}  // namespace
}  // namespace tilewright
