// SPDX-License-Identifier: Apache-2.0
#include "tilewright/batch/journal.h"

#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <random>
#include <string>

#include "scratch_folder.h"
#include "tilewright/storage/file.h"

namespace tilewright {
namespace {

Outcome outcome(std::string key) {
    return {std::move(key), TaskStatus::failed, "", "file: torn", ErrorCode::corrupt, 2, 0.25, 300, 20, 4, "a/b"};
}

void expect_equal(const Outcome& a, const Outcome& b) {
    EXPECT_EQ(a.key, b.key);
    EXPECT_EQ(a.status, b.status);
    EXPECT_EQ(a.reason, b.reason);
    EXPECT_EQ(a.message, b.message);
    EXPECT_EQ(a.attempts, b.attempts);
    EXPECT_EQ(a.seconds, b.seconds);
    EXPECT_EQ(a.raw_bytes, b.raw_bytes);
    EXPECT_EQ(a.written_bytes, b.written_bytes);
    EXPECT_EQ(a.outputs, b.outputs);
    EXPECT_EQ(a.output_folder, b.output_folder);
    EXPECT_TRUE(a.status != TaskStatus::failed || a.code == b.code);
}

// A name as a file system may hold it, as text.
std::string random_key(std::mt19937& random) {
    std::string raw;
    for (auto length = random() % 40; length > 0; --length) raw += static_cast<char>(random() % 255 + 1);
    return path_text(raw);
}

TEST(Journal, GivesBackWhatWasAppended) {
    const ScratchFolder folder;
    std::mt19937 random(6);
    std::vector<Outcome> expected;
    for (int run = 0; run < 3; ++run) {
        Journal journal(folder / Journal::filename);
        for (int i = 0; i < 200; ++i) {
            Outcome next{random_key(random),
                         static_cast<TaskStatus>(random() % 4),
                         random_key(random),
                         random_key(random),
                         static_cast<ErrorCode>(random() % 10),
                         static_cast<int>(random() % 5),
                         static_cast<double>(random()) / 1e6,
                         static_cast<std::int64_t>(random()) << 20,
                         static_cast<std::int64_t>(random()),
                         static_cast<std::int64_t>(random() % 100),
                         random_key(random)};
            journal.append(next);
            expected.push_back(next);
        }
    }
    const auto read = read_journal(folder / Journal::filename);
    ASSERT_EQ(read.size(), expected.size());
    for (std::size_t i = 0; i < read.size(); ++i) expect_equal(read[i], expected[i]);
}

TEST(Journal, AKillAtAnyByteLosesAtMostTheLastLine) {
    const ScratchFolder folder;
    const auto path = folder / Journal::filename;
    {
        Journal journal(path);
        journal.append(outcome("first\nwith a newline"));
        journal.append(outcome("second"));
    }
    const auto whole = read_text(path);
    const auto first_line = whole.find('\n') + 1;
    for (std::size_t kept = 0; kept <= whole.size(); ++kept) {
        write_text(path, whole.substr(0, kept));
        Journal(path).append(outcome("after the kill"));
        const auto read = read_journal(path);
        // A line that lacks nothing but its end counts.
        const auto expected = 1U + (kept + 1 >= first_line ? 1U : 0U) + (kept + 1 >= whole.size() ? 1U : 0U);
        ASSERT_EQ(read.size(), expected) << kept << " bytes kept";
        EXPECT_EQ(read.back().key, "after the kill");
    }
}

TEST(Journal, OneLineAnOutcome) {
    const ScratchFolder folder;
    Journal(folder / "j").append(outcome("a\r\nb\"\\\x01"));
    const auto text = read_text(folder / "j");
    EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 1);
    EXPECT_EQ(nlohmann::json::parse(text).at("key"), "a\r\nb\"\\\x01");
}

TEST(Journal, ALineIsAsTheGoldenFileSays) {
    const ScratchFolder folder;
    Journal(folder / "j").append(outcome("a/x.tif"));
    auto line = nlohmann::ordered_json::parse(read_text(folder / "j"));
    line["at"] = 0.0;
    EXPECT_EQ(line.dump() + "\n", read_text(std::filesystem::path(TILEWRIGHT_GOLDEN_DIR) / "journal.jsonl"))
        << "tests/python validates that file against docs/reference/journal.schema.json";
}

TEST(Journal, BytesThatAreNotUtf8BecomeReadable) {
    const ScratchFolder folder;
    auto odd = outcome("k");
    odd.message = "cannot open \xff.tif";
    Journal(folder / "j").append(odd);
    EXPECT_EQ(read_journal(folder / "j").at(0).message, "cannot open \\xff.tif");
}

TEST(Journal, PassesOverLinesThatAreNoOutcomes) {
    const ScratchFolder folder;
    std::ofstream(folder / "j") << "\n[]\nnull\n{\"key\":1,\"status\":\"done\"}\n{\"key\":\"a\",\"status\":\"odd\"}\n"
                                   "{\"status\":\"done\"}\n{\"key\":\"a\",\"status\":\"done\",\"attempts\":\"x\"}\n"
                                   "\xff\xfe\n{\"key\":\"kept\",\"status\":\"done\"}\n{\"key\":\"to";
    const auto read = read_journal(folder / "j");
    ASSERT_EQ(read.size(), 1U);
    EXPECT_EQ(read[0].key, "kept");
}

TEST(Journal, TellsOfTheLastRunAlone) {
    const ScratchFolder folder;
    write_text(folder / "j", R"({"key":"a","status":"done","at":100.5})"
                             "\n"
                             R"({"key":"b","status":"done","at":101})"
                             "\n"
                             R"({"key":"c","status":"done"})"
                             "\n");
    EXPECT_EQ(read_journal(folder / "j").size(), 3U);
    const auto last = read_journal(folder / "j", 101);
    ASSERT_EQ(last.size(), 1U);
    EXPECT_EQ(last[0].key, "b");
}

TEST(Journal, NoFileNoOutcomes) {
    const ScratchFolder folder;
    EXPECT_TRUE(read_journal(folder / "missing").empty());
}

TEST(Journal, AFullDiskIsAnError) {
    if (!std::filesystem::exists("/dev/full")) GTEST_SKIP() << "this system has no /dev/full";
    Journal journal("/dev/full");
    for (int attempt = 0; attempt < 2; ++attempt) {
        try {
            journal.append(outcome("a"));
            FAIL() << "wrote to a full disk";
        } catch (const Error& error) {
            EXPECT_EQ(error.code(), ErrorCode::resource);
            EXPECT_EQ(error.where(), "/dev/full");
        }
    }
}

TEST(Journal, NoFolderIsAnError) {
    const ScratchFolder folder;
    try {
        Journal journal(folder / "missing/j");
        FAIL() << "opened";
    } catch (const Error& error) {
        EXPECT_EQ(error.code(), ErrorCode::not_found);
    }
}

}  // namespace
}  // namespace tilewright
