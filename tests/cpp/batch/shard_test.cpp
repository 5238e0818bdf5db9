// SPDX-License-Identifier: Apache-2.0
#include "tilewright/batch/shard.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <numeric>
#include <random>

#include "scratch_folder.h"
#include "tilewright/core/error.h"
#include "tilewright/storage/file.h"

namespace tilewright {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr std::array rules{ShardRule::modulo, ShardRule::contiguous, ShardRule::size};

TaskEnvironment environment(std::map<std::string, std::string> variables) {
    TaskEnvironment made;
    made.variable = [variables = std::move(variables)](const char* variable) -> std::optional<std::string> {
        const auto found = variables.find(variable);
        return found == variables.end() ? std::nullopt : std::optional(found->second);
    };
    made.resource_config = "/nonexistent/resourceconfig.json";
    return made;
}

std::string refusal(std::string_view text, const TaskEnvironment& from) {
    try {
        parse_shard(text, from);
    } catch (const Error& error) {
        EXPECT_EQ(error.code(), ErrorCode::invalid_argument);
        return error.what();
    }
    return "accepted";
}

TEST(ShardItems, AreThePlanEachOnce) {
    std::mt19937 random(1);
    for (int round = 0; round < 600; ++round) {
        std::vector<std::int64_t> sizes(random() % 200);
        for (auto& size : sizes) size = random() % 3 == 0 ? 0 : static_cast<std::int64_t>(random());
        Shard shard{0, 1 + static_cast<std::int64_t>(random() % 60), rules.at(random() % rules.size()), 0};
        std::vector<std::size_t> all;
        for (; shard.index < shard.count; ++shard.index) {
            const auto items = shard_items(sizes, shard);
            EXPECT_TRUE(std::is_sorted(items.begin(), items.end()));
            all.insert(all.end(), items.begin(), items.end());
        }
        std::sort(all.begin(), all.end());
        std::vector<std::size_t> plan(sizes.size());
        std::iota(plan.begin(), plan.end(), std::size_t{0});
        ASSERT_EQ(all, plan) << name(shard.rule) << ", " << shard.count << " workers";
    }
}

TEST(ShardItems, FollowTheirRule) {
    const std::vector<std::int64_t> sizes{10, 90, 20, 30, 50};
    EXPECT_THAT(shard_items(sizes, {1, 2, ShardRule::modulo, 0}), ElementsAre(1, 3));
    // As the original thumbnail tool shares out 5 images among 4: 2, 2, 1, 0.
    EXPECT_THAT(shard_items(sizes, {0, 4, ShardRule::contiguous, 0}), ElementsAre(0, 1));
    EXPECT_THAT(shard_items(sizes, {2, 4, ShardRule::contiguous, 0}), ElementsAre(4));
    EXPECT_THAT(shard_items(sizes, {3, 4, ShardRule::contiguous, 0}), IsEmpty());
    EXPECT_THAT(shard_items(sizes, {0, 2, ShardRule::size, 0}), ElementsAre(0, 1));
    EXPECT_THAT(shard_items(sizes, {1, 2, ShardRule::size, 0}), ElementsAre(2, 3, 4));
    EXPECT_THAT(shard_items(sizes, {7, 9, ShardRule::modulo, 0}), IsEmpty());
    for (const auto rule : rules) {
        EXPECT_THAT(shard_items(sizes, {5, std::int64_t{1} << 62, rule, 0}), IsEmpty()) << name(rule);
    }
    EXPECT_THAT(shard_items(sizes, {0, std::int64_t{1} << 62, ShardRule::size, 0}), ElementsAre(1));
}

// No worker has more than the largest item above another's bytes: that is what taking the largest first promises.
TEST(ShardItems, AreBalancedBySize) {
    std::mt19937 random(1);
    for (int round = 0; round < 100; ++round) {
        std::vector<std::int64_t> sizes(20 + random() % 500);
        for (auto& size : sizes) size = static_cast<std::int64_t>(random() % 1'000'000);
        const auto count = 1 + static_cast<std::int64_t>(random() % 20);
        std::vector<std::int64_t> bytes;
        for (std::int64_t index = 0; index < count; ++index) {
            std::int64_t sum = 0;
            for (const auto item : shard_items(sizes, {index, count, ShardRule::size, 0})) sum += sizes[item];
            bytes.push_back(sum);
        }
        const auto [least, most] = std::minmax_element(bytes.begin(), bytes.end());
        EXPECT_LE(*most - *least, *std::max_element(sizes.begin(), sizes.end()));
    }
}

TEST(ParseShard, TakesNumbers) {
    EXPECT_EQ(parse_shard("0/1", environment({})), (Shard{0, 1, ShardRule::modulo, 0}));
    EXPECT_EQ(parse_shard("49/50", environment({})), (Shard{49, 50, ShardRule::modulo, 0}));
    for (const auto* text :
         {"", "3", "3/", "/3", "-1/3", "1/0", "a/3", "1/3x", " 1/3", "auto/", "auto/0", "1/99999999999999999999"}) {
        EXPECT_THAT(refusal(text, environment({})), HasSubstr("names no shard")) << text;
    }
    EXPECT_THAT(refusal("3/3", environment({})), HasSubstr("numbered from 0"));
}

TEST(ParseShard, AsksCloudRun) {
    EXPECT_EQ(parse_shard("auto", environment({{"CLOUD_RUN_TASK_INDEX", "7"},
                                               {"CLOUD_RUN_TASK_COUNT", "50"},
                                               {"CLOUD_RUN_TASK_ATTEMPT", "2"}})),
              (Shard{7, 50, ShardRule::modulo, 2}));
    EXPECT_THAT(refusal("auto", environment({{"CLOUD_RUN_TASK_INDEX", "7"}})), HasSubstr("CLOUD_RUN_TASK_COUNT"));
    EXPECT_THAT(refusal("auto", environment({{"CLOUD_RUN_TASK_INDEX", "x"}, {"CLOUD_RUN_TASK_COUNT", "50"}})),
                HasSubstr("CLOUD_RUN_TASK_INDEX is 'x'"));
    EXPECT_THAT(refusal("auto", environment({{"CLOUD_RUN_TASK_INDEX", "50"}, {"CLOUD_RUN_TASK_COUNT", "50"}})),
                HasSubstr("CLOUD_RUN_TASK_INDEX"));
    EXPECT_THAT(refusal("auto", environment({{"CLOUD_RUN_TASK_INDEX", "0"}, {"CLOUD_RUN_TASK_COUNT", "0"}})),
                HasSubstr("CLOUD_RUN_TASK_INDEX"));
}

TEST(ParseShard, AsksAwsBatch) {
    EXPECT_EQ(parse_shard("auto", environment({{"AWS_BATCH_JOB_ARRAY_INDEX", "3"},
                                               {"AWS_BATCH_JOB_ARRAY_SIZE", "10"},
                                               {"AWS_BATCH_JOB_ATTEMPT", "1"}})),
              (Shard{3, 10, ShardRule::modulo, 0}));
    EXPECT_THAT(refusal("auto", environment({{"AWS_BATCH_JOB_ARRAY_INDEX", "3"}})),
                HasSubstr("AWS_BATCH_JOB_ARRAY_SIZE"));
}

TEST(ParseShard, AsksSlurm) {
    std::map<std::string, std::string> array{
        {"SLURM_ARRAY_TASK_ID", "5"}, {"SLURM_ARRAY_TASK_MIN", "1"}, {"SLURM_ARRAY_TASK_COUNT", "4"}};
    EXPECT_EQ(parse_shard("auto", environment({{"SLURM_ARRAY_TASK_ID", "4"},
                                               {"SLURM_ARRAY_TASK_MIN", "1"},
                                               {"SLURM_ARRAY_TASK_COUNT", "4"}})),
              (Shard{3, 4, ShardRule::modulo, 0}));
    EXPECT_THAT(refusal("auto", environment(array)), HasSubstr("SLURM_ARRAY_TASK_ID"));
    array["SLURM_ARRAY_TASK_STEP"] = "2";  // --array=1-7:2
    EXPECT_EQ(parse_shard("auto", environment(array)), (Shard{2, 4, ShardRule::modulo, 0}));
    array["SLURM_ARRAY_TASK_ID"] = "6";
    EXPECT_THAT(refusal("auto", environment(array)), HasSubstr("SLURM_ARRAY_TASK_ID"));
}

TEST(ParseShard, AsksKubernetesForTheIndexOnly) {
    const auto job = environment({{"JOB_COMPLETION_INDEX", "2"}});
    EXPECT_EQ(parse_shard("auto/5", job), (Shard{2, 5, ShardRule::modulo, 0}));
    EXPECT_THAT(refusal("auto", job), HasSubstr("auto/N"));
    EXPECT_THAT(refusal("auto/2", job), HasSubstr("JOB_COMPLETION_INDEX"));
}

TEST(ParseShard, AsksSageMaker) {
    const ScratchFolder folder;
    auto machine = environment({});
    machine.resource_config = folder / "resourceconfig.json";
    write_text(machine.resource_config, R"({"current_host": "algo-2", "hosts": ["algo-3", "algo-1", "algo-2"]})");
    EXPECT_EQ(parse_shard("auto", machine), (Shard{1, 3, ShardRule::modulo, 0}));
    for (const auto* text : {"", "[]", "{}", R"({"current_host": "algo-9", "hosts": ["algo-1"]})",
                             R"({"current_host": 1, "hosts": []})"}) {
        write_text(machine.resource_config, text);
        EXPECT_NE(refusal("auto", machine), "accepted") << text;
    }
}

TEST(ParseShard, SaysWhereItLooked) {
    const auto message = refusal("auto", environment({}));
    for (const auto* place : {"CLOUD_RUN_TASK_INDEX", "AWS_BATCH_JOB_ARRAY_INDEX", "SLURM_ARRAY_TASK_ID",
                              "JOB_COMPLETION_INDEX", "resourceconfig.json"}) {
        EXPECT_THAT(message, HasSubstr(place));
    }
}

}  // namespace
}  // namespace tilewright
