// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <nlohmann/json.hpp>
#include <stop_token>
#include <string>
#include <vector>

#include "batch_fixture.h"
#include "tilewright/raster/raster_writer.h"

namespace tilewright {
namespace {

namespace fs = std::filesystem;

class PlanBatch : public BatchTest {
protected:
    void add_png(const std::string& name) const {
        RasterInfo info;
        info.size = {64, 48};
        info.bands = 1;
        info.band.resize(1);
        info.band[0].color_interpretation = "Gray";
        const Image image({64, 48}, 1, PixelType::uint8);
        fs::create_directories(input());
        write_raster(input() / "made.png", RasterFormat::png, image.view(), info);
        fs::rename(input() / "made.png", input() / name);
    }
};

std::vector<std::string> sources(const BatchPlan& plan) {
    std::vector<std::string> result;
    for (const auto& image : plan.images) result.push_back(image.source.native());
    return result;
}

TEST_F(PlanBatch, IsTheSameTextWhateverTheThreads) {
    for (unsigned i = 0; i < 40; ++i) add_tiff("f" + std::to_string(i % 5) + "/x" + std::to_string(i) + ".tif", i);
    add_file("f1/broken.tif", "II*");
    add_file("jpegs/a.jpg", "");
    auto one = job();
    one.max_workers = 1;
    auto many = job();
    many.max_workers = 8;
    EXPECT_EQ(plan_text(plan_batch(one)), plan_text(plan_batch(many)));
    EXPECT_FALSE(fs::exists(output())) << "planning writes nothing";
}

TEST_F(PlanBatch, CountsAddUp) {
    add_tiff("a/good.tif", 1, 80, 60);
    add_tiff("a/small.tif", 2, 39, 80);
    add_file("a/empty.tif", "");
    add_file("j/only.jpg", "");
    const auto plan = plan_batch(job());
    const auto text = nlohmann::json::parse(plan_text(plan));
    EXPECT_EQ(text["totals"]["found"], 3);
    EXPECT_EQ(text["totals"]["to_tesselate"], 1);
    EXPECT_EQ(text["totals"]["to_skip"], 1);
    EXPECT_EQ(text["totals"]["to_fail"], 1);
    EXPECT_EQ(text["totals"]["folders_skipped"], 1);
    EXPECT_EQ(text["totals"]["slices"], 8);
    EXPECT_EQ(plan.slices(), 8);
    EXPECT_EQ(plan.raw_bytes(), 80 * 60);
    EXPECT_EQ(plan.images[1].output_folder, "a/good");
    EXPECT_EQ(plan.images[2].skip_reason, "below_min_size");
    EXPECT_EQ(text["images"][0]["action"], "fail");
}

TEST_F(PlanBatch, WhatIsWrongWithAFileStandsBesideItsName) {
    add_tiff("good.tif");
    add_file("truncated.tif", tiff_bytes(64, 48, 1).substr(0, 20));
    add_png("really_a_png.tif");
    fs::create_symlink("nowhere.tif", input() / "broken_link.tif");
    fs::create_symlink("loop.tif", input() / "loop.tif");
    ASSERT_EQ(mkfifo((input() / "pipe.tif").c_str(), 0600), 0);
    const auto plan = plan_batch(job());
    ASSERT_EQ(sources(plan), (std::vector<std::string>{"broken_link.tif", "good.tif", "loop.tif", "pipe.tif",
                                                       "really_a_png.tif", "truncated.tif"}));
    for (const auto& image : plan.images) {
        if (image.source == "good.tif") {
            EXPECT_FALSE(image.error);
            continue;
        }
        ASSERT_TRUE(image.error) << image.source;
        EXPECT_NE(std::string(image.error->what()).find(image.source.native()), std::string::npos)
            << image.error->what();
    }
    EXPECT_EQ(plan.images[4].error->code(), ErrorCode::corrupt);
    EXPECT_NE(std::string(plan.images[4].error->what()).find("PNG"), std::string::npos);
}

TEST_F(PlanBatch, ImageThatTheLayoutCannotCutFailsAlone) {
    add_tiff("large.tif", 1, 64, 64);
    add_tiff("little.tif", 1, 40, 40);
    auto many = job();
    many.num_pieces = 2000;
    const auto plan = plan_batch(many);
    EXPECT_FALSE(plan.images[0].error);
    ASSERT_TRUE(plan.images[1].error);
    EXPECT_EQ(plan.images[1].error->code(), ErrorCode::invalid_argument);
}

TEST_F(PlanBatch, AFileByNameMayBeAnyRaster) {
    add_png("picture.png");
    auto single = job();
    single.input_dir = input() / "picture.png";
    const auto plan = plan_batch(single);
    ASSERT_EQ(sources(plan), std::vector<std::string>{"picture.png"});
    EXPECT_FALSE(plan.images[0].error);
    EXPECT_EQ(plan.images[0].output_folder, "picture");
}

TEST_F(PlanBatch, LinkByNameKeepsItsName) {
    add_tiff("target.tif");
    fs::create_symlink("target.tif", input() / "alias.tif");
    auto single = job();
    single.input_dir = input() / "alias.tif";
    EXPECT_EQ(plan_batch(single).images.at(0).output_folder, "alias");
}

TEST_F(PlanBatch, EveryPageIsAnImageIfAskedFor) {
    add_file("doc.tif", tiff_bytes(64, 48, 1, 3));
    add_tiff("one.tif");
    EXPECT_EQ(plan_batch(job()).images.size(), 2U);
    auto all = job();
    all.pages = Pages::all;
    const auto plan = plan_batch(all);
    ASSERT_EQ(plan.images.size(), 4U);
    EXPECT_EQ(plan.images[0].key, "doc.tif");
    EXPECT_EQ(plan.images[0].output_folder, "doc/page_1");
    EXPECT_EQ(plan.images[2].key, "doc.tif#page=3");
    EXPECT_EQ(plan.images[2].output_folder, "doc/page_3");
    EXPECT_EQ(plan.images[3].output_folder, "one");
}

TEST_F(PlanBatch, OutputInsideTheInputIsNotScanned) {
    add_tiff("x.tif");
    add_tiff("slices/x/slice_0_0_0_64_48.tif");
    fs::create_directory_symlink(input(), scratch_ / "alias");
    for (const auto& output : {input() / "slices", input() / "." / "slices/", scratch_ / "alias" / "slices"}) {
        auto inner = job();
        inner.output_dir = output;
        EXPECT_EQ(sources(plan_batch(inner)), std::vector<std::string>{"x.tif"}) << output;
    }
}

TEST_F(PlanBatch, InputInsideTheOutputIsNeverWrittenTo) {
    add_tiff("in.tif");
    add_tiff("in/x.tif");
    add_tiff("y.tif");
    auto outer = job();
    outer.output_dir = scratch_.path();
    const auto plan = plan_batch(outer);
    ASSERT_EQ(plan.images.size(), 3U);
    EXPECT_EQ(plan.images[0].output_folder, "in.tif");
    ASSERT_TRUE(plan.images[1].error);
    EXPECT_EQ(plan.images[1].error->code(), ErrorCode::invalid_argument);
    EXPECT_EQ(plan.images[2].output_folder, "y");
}

TEST_F(PlanBatch, NamesOfBytesThatAreNoTextStayApart) {
    add_tiff("a\xFF.tif");
    add_tiff("a\\xFF.tif");
    add_tiff("two\nlines.tif");
    const auto plan = plan_batch(job());
    ASSERT_EQ(plan.images.size(), 3U);
    EXPECT_NE(plan.images[0].key, plan.images[1].key);
    EXPECT_TRUE(nlohmann::json::accept(plan_text(plan)));
}

TEST_F(PlanBatch, RefusesJobsThatCanNeverWork) {
    add_tiff("x.tif");
    const auto refused = [&](auto&& change) {
        auto bad = job();
        change(bad);
        return error_code_of([&] { plan_batch(bad); });
    };
    EXPECT_EQ(refused([](BatchJob& j) { j.num_pieces = 0; }), ErrorCode::invalid_argument);
    EXPECT_EQ(refused([](BatchJob& j) {
                  j.layout = TilesLayout{64, 64, 64, EdgePolicy::partial};
              }),
              ErrorCode::invalid_argument);
    EXPECT_EQ(refused([](BatchJob& j) { j.max_workers = -1; }), ErrorCode::invalid_argument);
    EXPECT_EQ(refused([](BatchJob& j) { j.min_image_size = -1; }), ErrorCode::invalid_argument);
    EXPECT_EQ(refused([](BatchJob& j) { j.retries = -1; }), ErrorCode::invalid_argument);
    EXPECT_EQ(refused([](BatchJob& j) { j.log_level = "LOUD"; }), ErrorCode::invalid_argument);
    EXPECT_EQ(refused([](BatchJob& j) { j.input_dir.clear(); }), ErrorCode::invalid_argument);
    EXPECT_EQ(refused([](BatchJob& j) { j.output_dir.clear(); }), ErrorCode::invalid_argument);
    EXPECT_EQ(refused([](BatchJob& j) { j.output_dir = j.input_dir / ".." / "in" / ""; }), ErrorCode::invalid_argument);
    EXPECT_EQ(refused([](BatchJob& j) { j.input_dir /= "absent"; }), ErrorCode::not_found);
    EXPECT_EQ(refused([](BatchJob& j) { j.output_dir = "https://host/slices"; }), ErrorCode::unsupported);
    EXPECT_EQ(refused([](BatchJob& j) { j.output_dir = "zip://{images.zip}"; }), ErrorCode::unsupported);
    add_file("images.ZIP", "");
    EXPECT_EQ(refused([](BatchJob& j) { j.input_dir /= "images.ZIP"; }), ErrorCode::corrupt);
}

TEST_F(PlanBatch, AStopEndsIt) {
    add_tiff("x.tif");
    std::stop_source stop;
    stop.request_stop();
    EXPECT_EQ(error_code_of([&] { plan_batch(job(), stop.get_token()); }), ErrorCode::cancelled);
}

}  // namespace
}  // namespace tilewright
