// SPDX-License-Identifier: Apache-2.0
#include "jobs/batch_log.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "batch_fixture.h"

namespace tilewright {
namespace {

TEST(BatchLog, AppendsLinesInTheOriginalsForm) {
    const ScratchFolder folder;
    BatchLog(folder.path(), LogLevel::info, {}).write(LogLevel::info, "first");
    BatchLog(folder.path(), LogLevel::info, {}).write(LogLevel::error, "second");
    std::istringstream lines(file_bytes(folder / BatchLog::filename));
    std::string line;
    ASSERT_TRUE(std::getline(lines, line));
    EXPECT_THAT(line,
                testing::MatchesRegex("[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2},[0-9]{3} - INFO - first"));
    ASSERT_TRUE(std::getline(lines, line));
    EXPECT_THAT(
        line, testing::MatchesRegex("[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2},[0-9]{3} - ERROR - second"));
}

TEST(BatchLog, HonoursTheLevelInFileAndSink) {
    const ScratchFolder folder;
    std::vector<std::string> heard;
    BatchLog log(folder.path(), LogLevel::warning,
                 [&](LogLevel, const std::string& text, const std::string&) { heard.push_back(text); });
    log.write(LogLevel::info, "quiet");
    log.write(LogLevel::warning, "loud");
    EXPECT_EQ(heard, std::vector<std::string>{"loud"});
    EXPECT_EQ(file_bytes(folder / BatchLog::filename).find("quiet"), std::string::npos);
}

TEST(BatchLog, NoFileNameMakesALineOfItsOwn) {
    EXPECT_EQ(on_one_line("a\nb\tc\x01\x7F d ä"), "a\\nb\\tc\\x01\\x7f d ä");
}

TEST(BatchLog, RefusesAFolderThatIsNone) {
    const ScratchFolder folder;
    EXPECT_EQ(error_code_of([&] { BatchLog(folder / "absent", LogLevel::info, {}); }), ErrorCode::not_found);
}

}  // namespace
}  // namespace tilewright
