// SPDX-License-Identifier: Apache-2.0
#include "tilewright/jobs/composite_job.h"

#include <gtest/gtest.h>

#include <cstring>
#include <filesystem>
#include <random>
#include <string>
#include <vector>

#include "folder_contents.h"
#include "raster/random_raster.h"
#include "scratch_folder.h"
#include "tilewright/core/error.h"
#include "tilewright/jobs/tasks.h"
#include "tilewright/raster/raster_reader.h"
#include "tilewright/raster/raster_writer.h"
#include "tilewright/storage/file.h"

namespace tilewright {
namespace {

namespace fs = std::filesystem;

class CompositeJobs : public testing::Test {
protected:
    CompositeJobs() {
        std::mt19937 random(1);
        for (int i = 0; i < 5; ++i) {
            auto info = plain_info({230, 170}, 3, PixelType::uint8);
            info.geotransform = GeoTransform{500000, 10, 0, 4800000, 0, -10};
            job_.datasets.push_back(folder_ / ("scene_" + std::to_string(i) + ".tif"));
            write_raster(job_.datasets.back(), RasterFormat::tiff, random_image(info, random).view(), info);
        }
        job_.output = folder_ / "median.tif";
        job_.window_size = {100, 64};
        job_.max_workers = 2;
    }
    Image read_all(const fs::path& path) {
        const auto reader = open_raster(path);
        const auto& info = reader->info();
        Image image(info.size, info.bands, info.type);
        reader->read({0, 0, info.size.width_px, info.size.height_px}, image.view());
        return image;
    }
    Image expected() {
        return composite_window(DatasetStack(job_.datasets, {}), {0, 0, 230, 170}, job_.composite).image;
    }
    static bool are_same(const Image& a, const Image& b) {
        return a.size_bytes() == b.size_bytes() && std::memcmp(a.data(), b.data(), a.size_bytes()) == 0;
    }

    ScratchFolder folder_;
    CompositeJob job_;
};

TEST_F(CompositeJobs, ASceneIsThatOfItsWindows) {
    job_.files.counts = job_.files.datasets = true;
    const auto plan = plan_composite(job_);
    ASSERT_EQ(plan.windows.size(), 9U);
    EXPECT_EQ(plan.windows.back().name, "tile_200_128.tif");
    EXPECT_EQ(plan.windows.back().window, (Window{200, 128, 30, 42}));
    const auto report = run_composite(job_);
    EXPECT_EQ(report.count(TaskStatus::done), 9);
    EXPECT_TRUE(are_same(read_all(job_.output), expected()));
    EXPECT_EQ(read_raster_info(folder_ / "median_count.tif").type, PixelType::uint16);
    EXPECT_TRUE(fs::exists(folder_ / "median_dataset.tif"));
    for (const auto& [name, bytes] : contents(windows_folder(job_))) EXPECT_FALSE(name.ends_with(".tif")) << name;
}

TEST_F(CompositeJobs, WhatStandsIsNotMadeAgain) {
    run_composite(job_);
    const auto before = fs::last_write_time(job_.output);
    const auto again = run_composite(job_);
    EXPECT_EQ(again.count(TaskStatus::skipped), 9);
    EXPECT_EQ(fs::last_write_time(job_.output), before);
    job_.composite.rule = CompositeRule::quantile;
    EXPECT_EQ(run_composite(job_).count(TaskStatus::done), 9);
    EXPECT_TRUE(are_same(read_all(job_.output), expected()));
}

TEST_F(CompositeJobs, GoOnWithTheWindowsThatAreThere) {
    job_.keep_windows = true;
    run_composite(job_);
    const auto whole = read_text(job_.output);
    fs::remove(job_.output);
    fs::remove(windows_folder(job_) / "tile_100_64.tif");
    write_text(windows_folder(job_) / "tile_0_0.tif", "torn");
    const auto report = run_composite(job_);
    EXPECT_EQ(report.count(TaskStatus::done), 2);
    EXPECT_EQ(report.count(TaskStatus::skipped), 7);
    EXPECT_EQ(read_text(job_.output), whole);
}

TEST_F(CompositeJobs, ABudgetBelowAWindowOfAllScenesIsEnough) {
    // A window of all five takes 94 KiB, and 119 KiB beside.
    job_.memory_bytes = std::int64_t{160} << 10;
    EXPECT_EQ(run_composite(job_).count(TaskStatus::done), 9);
    EXPECT_TRUE(are_same(read_all(job_.output), expected()));
}

TEST_F(CompositeJobs, WorkersShareTheWindows) {
    std::int64_t done = 0;
    for (int index = 0; index < 3; ++index) {
        auto job = job_;
        job.shard.index = index;
        job.shard.count = 3;
        done += run_composite(job).count(TaskStatus::done);
        EXPECT_FALSE(fs::exists(job_.output));
    }
    EXPECT_EQ(done, 9);
    // Whoever runs it alone finds all windows there, and makes the whole.
    EXPECT_EQ(run_composite(job_).count(TaskStatus::skipped), 9);
    EXPECT_TRUE(are_same(read_all(job_.output), expected()));
}

TEST_F(CompositeJobs, AWindowThatFailsIsNamedAndNothingIsPutTogether) {
    auto bytes = read_text(job_.datasets[2]);
    for (std::size_t i = bytes.size() / 2; i < bytes.size() / 2 + 300; ++i) bytes[i] = static_cast<char>(i * 31);
    write_text(job_.datasets[2], bytes);
    job_.retries = 0;
    const auto report = run_composite(job_);
    EXPECT_GT(report.count(TaskStatus::failed), 0);
    EXPECT_FALSE(fs::exists(job_.output));
    for (const auto& outcome : report.outcomes) {
        if (outcome.status == TaskStatus::failed) {
            EXPECT_NE(outcome.message.find("scene_2.tif"), std::string::npos);
        }
    }
    job_.stack.skip_bad = 1;
    EXPECT_EQ(run_composite(job_).count(TaskStatus::failed), 0);
    EXPECT_TRUE(fs::exists(job_.output));
}

TEST_F(CompositeJobs, WindowsAreMadeFromTheirTexts) {
    const auto job = for_other_machines(job_);
    std::vector<std::string> texts;
    for (const auto& window : plan_composite(job_).windows) texts.push_back(task_text(window));
    ASSERT_EQ(texts.size(), 9U);
    for (const auto& outcome : run_tasks(job, texts)) EXPECT_EQ(outcome.status, TaskStatus::done) << outcome.message;
    EXPECT_FALSE(fs::exists(job_.output));
    const auto report = run_composite(job_);
    EXPECT_EQ(report.count(TaskStatus::skipped), 9);
    EXPECT_TRUE(are_same(read_all(job_.output), expected()));
}

TEST_F(CompositeJobs, WhatIsNoWindowOfTheirsIsRefused) {
    const auto job = for_other_machines(job_);
    const auto text = task_text(plan_composite(job_).windows.front());
    for (const std::string& wrong :
         {std::string(R"({"task":"window","key":"tile_1_0.tif"})"),
          std::string(R"({"task":"window","key":"../x.tif"})"), std::string(R"({"task":"chips","key":"tile_0_0.tif"})"),
          std::string(R"({"task":"window"})"), std::string(R"({"task":"window","key":"tile_0_0.tif","more":1})"),
          std::string("[]"), std::string()}) {
        EXPECT_THROW(run_tasks(job, {wrong}), Error) << wrong;
    }
    EXPECT_THROW(run_tasks(job, {text, text}), Error);
    EXPECT_FALSE(fs::exists(windows_folder(job_)));
}

TEST_F(CompositeJobs, OptionsThatCannotWorkAreRefused) {
    const auto refused = [&](auto change) {
        auto job = job_;
        change(job);
        try {
            run_composite(job);
            ADD_FAILURE() << "no error";
        } catch (const Error& error) {
            EXPECT_EQ(error.code(), ErrorCode::invalid_argument) << error.what();
        }
    };
    refused([](CompositeJob& job) { job.window_size.width_px = 0; });
    refused([](CompositeJob& job) { job.output = ""; });
    refused([](CompositeJob& job) { job.datasets.clear(); });
    refused([](CompositeJob& job) { job.max_workers = -1; });
    refused([](CompositeJob& job) { job.log_level = "LOUD"; });
}

}  // namespace
}  // namespace tilewright
