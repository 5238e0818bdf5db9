// SPDX-License-Identifier: Apache-2.0
#include "jobs/folder_lock.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <filesystem>
#include <thread>
#include <vector>

#include "batch_fixture.h"

namespace tilewright {
namespace {

TEST(FolderLock, HoldsOthersOffUntilItEnds) {
    const ScratchFolder folder;
    {
        const FolderLock lock(folder.path());
        EXPECT_EQ(error_code_of([&] { FolderLock(folder.path()); }), ErrorCode::already_exists);
    }
    EXPECT_TRUE(std::filesystem::is_empty(folder.path()));
    const FolderLock again(folder.path());
}

TEST(FolderLock, IsNeverHeldTwice) {
    const ScratchFolder folder;
    std::atomic<int> holders{0};
    std::atomic<int> worst{0};
    std::vector<std::thread> threads;
    threads.reserve(4);
    for (int i = 0; i < 4; ++i) {
        threads.emplace_back([&] {
            for (int round = 0; round < 500; ++round) {
                try {
                    const FolderLock lock(folder.path());
                    const int now = ++holders;
                    if (now > worst) worst = now;
                    --holders;
                } catch (const Error&) {
                    std::this_thread::yield();
                }
            }
        });
    }
    for (auto& thread : threads) thread.join();
    EXPECT_EQ(worst, 1);
}

TEST(FolderLock, DiesWithItsProcess) {
    const ScratchFolder folder;
    int ready[2];
    ASSERT_EQ(pipe(ready), 0);
    const pid_t child = fork();
    if (child == 0) {
        const FolderLock lock(folder.path());
        if (write(ready[1], "x", 1) != 1) _exit(1);
        pause();
    }
    char sign = 0;
    ASSERT_EQ(read(ready[0], &sign, 1), 1);
    EXPECT_EQ(error_code_of([&] { FolderLock(folder.path()); }), ErrorCode::already_exists);
    kill(child, SIGKILL);
    waitpid(child, nullptr, 0);
    const FolderLock lock(folder.path());
    close(ready[0]);
    close(ready[1]);
}

TEST(FolderLock, RefusesWhatIsNoFolder) {
    const ScratchFolder folder;
    EXPECT_EQ(error_code_of([&] { FolderLock(folder / "absent"); }), ErrorCode::not_found);
}

}  // namespace
}  // namespace tilewright
