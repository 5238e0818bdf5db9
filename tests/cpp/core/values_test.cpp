// SPDX-License-Identifier: Apache-2.0
// Errors, log levels, sizes and windows: the small values that every room passes on.
#include <gtest/gtest.h>

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <limits>
#include <set>
#include <string>

#include "core/container_memory.h"
#include "scratch_folder.h"
#include "tilewright/core/error.h"
#include "tilewright/core/log.h"
#include "tilewright/core/memory.h"
#include "tilewright/core/run_context.h"
#include "tilewright/core/window.h"

namespace tilewright {
namespace {

TEST(Error, SaysWhereFirst) {
    const Error error(ErrorCode::io, "disk gone", "/data/a.tif", true);
    EXPECT_STREQ(error.what(), "/data/a.tif: disk gone");
    EXPECT_EQ(error.where(), "/data/a.tif");
    EXPECT_EQ(error.code(), ErrorCode::io);
    EXPECT_TRUE(error.transient());
    EXPECT_STREQ(Error(ErrorCode::internal, "odd").what(), "odd");
    EXPECT_FALSE(Error(ErrorCode::internal, "odd").transient());
}

TEST(Error, EachCodeHasItsName) {
    std::set<std::string_view> names;
    for (int code = 0; code <= static_cast<int>(ErrorCode::internal); ++code) {
        names.insert(name(static_cast<ErrorCode>(code)));
    }
    EXPECT_EQ(names, (std::set<std::string_view>{"invalid_argument", "not_found", "already_exists", "permission", "io",
                                                 "corrupt", "unsupported", "resource", "cancelled", "internal"}));
}

TEST(LogLevel, IsReadInAnyCase) {
    for (const auto level : {LogLevel::debug, LogLevel::info, LogLevel::warning, LogLevel::error}) {
        EXPECT_EQ(parse_log_level(name(level)), level);
    }
    EXPECT_EQ(parse_log_level("warning"), LogLevel::warning);
    EXPECT_THROW(parse_log_level("LOUD"), Error);
    EXPECT_THROW(parse_log_level(""), Error);
}

TEST(Size, IsReadAsPeopleWriteIt) {
    EXPECT_EQ(parse_size_bytes("512"), 512);
    EXPECT_EQ(parse_size_bytes("64KiB"), 65536);
    EXPECT_EQ(parse_size_bytes("64 kb"), 64000);
    EXPECT_EQ(parse_size_bytes("1.5 GiB"), 3LL << 29);
    EXPECT_EQ(parse_size_bytes("1G"), 1LL << 30);
    EXPECT_EQ(parse_size_bytes("2GB"), 2'000'000'000);
    EXPECT_EQ(parse_size_bytes("3T"), 3LL << 40);
    EXPECT_EQ(parse_size_bytes("0"), 0);
    for (const char* text : {"", "GiB", "-1", "1.2.3", "5 parsecs", "nan", "inf", "1e30", "9000000T", "1 2 3 x"}) {
        try {
            parse_size_bytes(text);
            ADD_FAILURE() << "read " << text;
        } catch (const Error& error) {
            EXPECT_EQ(error.code(), ErrorCode::invalid_argument);
            EXPECT_NE(std::string(error.what()).find(text), std::string::npos);
        }
    }
}

TEST(Size, IsWrittenAsPeopleReadIt) {
    EXPECT_EQ(format_size_bytes(0), "0 B");
    EXPECT_EQ(format_size_bytes(1023), "1023 B");
    EXPECT_EQ(format_size_bytes(1536), "1.5 KiB");
    EXPECT_EQ(format_size_bytes(3LL << 29), "1.5 GiB");
    EXPECT_EQ(format_size_bytes(5LL << 40), "5.0 TiB");
    for (const std::int64_t bytes : {7LL, 2048LL, 5LL << 20, 9LL << 30, 3LL << 40}) {
        EXPECT_EQ(parse_size_bytes(format_size_bytes(bytes)), bytes);
    }
}

TEST(Memory, TheBudgetIsAQuarterButEnoughToWork) {
    EXPECT_GT(available_memory_bytes(), 0);
    EXPECT_GE(default_memory_budget_bytes(), 256LL << 20);
    EXPECT_LE(default_memory_budget_bytes(), std::max<std::int64_t>(256LL << 20, available_memory_bytes() / 4));
}

// A control group's limit counts wherever on the way up it stands, in both versions of the kernel's files.
TEST(Memory, ContainerLimitsAreHonoured) {
    const ScratchFolder folder;
    const auto groups = (folder / "cgroup").string();
    const auto write = [&](const std::filesystem::path& path, const std::string& text) {
        std::filesystem::create_directories((folder / path).parent_path());
        std::ofstream(folder / path) << text;
    };
    const auto memory = [&] { return container_memory(1000, groups, folder.path().string()); };
    EXPECT_EQ(memory(), 1000) << "no such file";

    write("cgroup", "0::/user/job\n");
    EXPECT_EQ(memory(), 1000) << "no limit anywhere";
    write("user/job/memory.max", "max\n");
    EXPECT_EQ(memory(), 1000);
    write("user/memory.max", "700\n");
    EXPECT_EQ(memory(), 700) << "of the group around it";
    write("user/job/memory.max", "300\n");
    EXPECT_EQ(memory(), 300) << "the least";
    write("memory.max", "200\n");
    EXPECT_EQ(memory(), 200) << "the container's, at the root";
    write("memory.max", "5000\n");
    EXPECT_EQ(memory(), 300);
    write("cgroup", "0::/\n");
    EXPECT_EQ(memory(), 1000);

    write("cgroup", "12:cpu,cpuacct:/elsewhere\n5:memory:/docker/abc\n");
    write("memory/docker/abc/memory.limit_in_bytes", "400\n");
    EXPECT_EQ(memory(), 400);
    write("memory/memory.limit_in_bytes", "9223372036854771712\n");
    EXPECT_EQ(memory(), 400) << "what version 1 says where there is no limit";
}

TEST(RunContext, StopsWhereItIsAsked) {
    std::stop_source stop;
    std::int64_t told = 0;
    RunContext context;
    context.throw_if_stopped();
    context.advance(5);  // Nobody listens.
    context.stop = stop.get_token();
    context.on_bytes = [&](std::int64_t bytes) { told += bytes; };
    context.advance(7);
    EXPECT_EQ(told, 7);
    context.throw_if_stopped();
    stop.request_stop();
    try {
        context.throw_if_stopped();
        FAIL() << "went on";
    } catch (const Error& error) {
        EXPECT_EQ(error.code(), ErrorCode::cancelled);
    }
}

TEST(Window, IsHalfOpen) {
    const Window window{2, 3, 10, 20};
    EXPECT_EQ(window.x_end(), 12);
    EXPECT_EQ(window.y_end(), 23);
    EXPECT_EQ(window.area(), 200);
}

}  // namespace
}  // namespace tilewright
