// SPDX-License-Identifier: Apache-2.0
#include "data/forked_run.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <stdexcept>

namespace tilewright {
namespace {

[[noreturn]] void run_in_child(const std::function<std::string()>& body, int limit_s, int descriptor) {
    // The kernel ends a body that hangs, even one that holds a lock for ever. What it computes is counted, so that a
    // busy machine makes no hang of a slow decoder; what it waits for has longer.
    signal(SIGPROF, SIG_DFL);
    const itimerval limit{{}, {limit_s, 0}};
    setitimer(ITIMER_PROF, &limit, nullptr);
    signal(SIGALRM, SIG_DFL);
    alarm(static_cast<unsigned>(limit_s) * 12);
    // GDAL and libtiff may write warnings; what counts is said through the pipe.
    const int nowhere = open("/dev/null", O_WRONLY);
    dup2(nowhere, STDOUT_FILENO);
    const std::string said = body();
    for (std::size_t written = 0; written < said.size();) {
        const auto count = write(descriptor, said.data() + written, said.size() - written);
        if (count < 0 && errno != EINTR) _exit(4);
        if (count > 0) written += static_cast<std::size_t>(count);
    }
    _exit(0);
}

std::string read_all(int descriptor) {
    std::string text;
    std::array<char, 4096> piece;
    for (;;) {
        const auto count = read(descriptor, piece.data(), piece.size());
        if (count > 0) text.append(piece.data(), static_cast<std::size_t>(count));
        if (count == 0 || (count < 0 && errno != EINTR)) return text;
    }
}

}  // namespace

ForkedRun run_forked(const std::function<std::string()>& body, int limit_s) {
    std::array<int, 2> ends{};
    if (pipe(ends.data()) != 0) throw std::runtime_error("no pipe");
    const auto start = std::chrono::steady_clock::now();
    const pid_t child = fork();
    if (child < 0) throw std::runtime_error("cannot fork");
    if (child == 0) {
        close(ends[0]);
        run_in_child(body, limit_s, ends[1]);
    }
    close(ends[1]);
    ForkedRun run;
    run.said = read_all(ends[0]);
    close(ends[0]);
    int status = 0;
    rusage usage{};
    while (wait4(child, &status, 0, &usage) < 0 && errno == EINTR) {
    }
    run.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    run.peak_bytes = std::int64_t{1024} * usage.ru_maxrss;
    if (WIFSIGNALED(status)) {
        const int number = WTERMSIG(status);
        run.death = number == SIGPROF   ? "still computing after " + std::to_string(limit_s) + " s"
                    : number == SIGALRM ? "still waiting after " + std::to_string(12 * limit_s) + " s"
                                        : "signal " + std::to_string(number);
    } else if (WEXITSTATUS(status) != 0) {
        run.death = "exit status " + std::to_string(WEXITSTATUS(status));
    }
    return run;
}

}  // namespace tilewright
