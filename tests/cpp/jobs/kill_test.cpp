// SPDX-License-Identifier: Apache-2.0
// Kills runs at random moments; whatever was cut off, one more run must leave what an undisturbed run writes.
#include <gtest/gtest.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <filesystem>
#include <random>
#include <string>
#include <thread>

#include "batch_fixture.h"
#include "tilewright/batch/journal.h"
#include "tilewright/batch/report.h"

namespace tilewright {
namespace {

namespace fs = std::filesystem;
using Milliseconds = std::chrono::duration<double, std::milli>;

class Kill : public BatchTest {
protected:
    void SetUp() override {
        for (unsigned i = 0; i < 12; ++i) {
            add_tiff("area" + std::to_string(i % 3) + "/image" + std::to_string(i) + ".tif", i,
                     200 + static_cast<int>(i), 150);
        }
    }

    static pid_t start(const fs::path& input, const fs::path& output, int pieces, bool resume) {
        std::string program = BATCH_PROGRAM;
        std::string arguments[] = {input.native(), output.native(), std::to_string(pieces), resume ? "resume" : "redo"};
        char* const argv[] = {program.data(),      arguments[0].data(), arguments[1].data(),
                              arguments[2].data(), arguments[3].data(), nullptr};
        pid_t child = -1;
        EXPECT_EQ(posix_spawn(&child, program.c_str(), nullptr, nullptr, argv, environ), 0);
        return child;
    }

    static int end(pid_t child) {
        int status = 0;
        EXPECT_EQ(waitpid(child, &status, 0), child);
        return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    }

    int run(const fs::path& to, int pieces, bool resume = true) const {
        return end(start(input(), to, pieces, resume));
    }

    void run_and_kill(const fs::path& to, int pieces, Milliseconds after, bool resume = true) const {
        const auto child = start(input(), to, pieces, resume);
        std::this_thread::sleep_for(after);
        kill(child, SIGKILL);
        end(child);
    }

    // How long one undisturbed run takes here, which also makes what all others are held to.
    Milliseconds reference_run(const fs::path& to) const {
        const auto begun = std::chrono::steady_clock::now();
        EXPECT_EQ(run(to, 8), 0);
        return std::chrono::steady_clock::now() - begun;
    }

    void expect_complete(const fs::path& to) const {
        for (unsigned i = 0; i < 12; ++i) {
            const auto folder = to / ("area" + std::to_string(i % 3)) / ("image" + std::to_string(i));
            EXPECT_TRUE(fs::exists(folder / "batch_metadata.json")) << folder;
        }
        EXPECT_EQ(read_processed(to).size(), 12U);
        EXPECT_GE(read_journal(to / Journal::filename).size(), 12U);
    }
};

TEST_F(Kill, AtAnyMomentLosesNothing) {
    const auto whole = reference_run(scratch_ / "whole");
    const auto expected = proven_tree(scratch_ / "whole");
    std::mt19937 random(99);
    std::uniform_real_distribution<double> moment(0, 1.1);
    for (int round = 0; round < 12; ++round) {
        const auto to = scratch_ / ("round" + std::to_string(round));
        for (int kills = 1 + round % 4; kills > 0; --kills) run_and_kill(to, 8, whole * moment(random));
        ASSERT_EQ(run(to, 8), 0);
        EXPECT_EQ(proven_tree(to), expected) << "round " << round;
        expect_complete(to);
        fs::remove_all(to);
    }
}

TEST_F(Kill, LeavesNothingOfOtherOptions) {
    const auto whole = reference_run(scratch_ / "whole");
    const auto expected = proven_tree(scratch_ / "whole");
    std::mt19937 random(5);
    std::uniform_real_distribution<double> moment(0, 1.1);
    for (int round = 0; round < 8; ++round) {
        const auto to = scratch_ / ("round" + std::to_string(round));
        run_and_kill(to, 5, whole * moment(random));
        run_and_kill(to, 8, whole * moment(random), round % 2 == 0);
        ASSERT_EQ(run(to, 8), 0);
        EXPECT_EQ(proven_tree(to), expected) << "round " << round;
        expect_complete(to);
        fs::remove_all(to);
    }
}

}  // namespace
}  // namespace tilewright
