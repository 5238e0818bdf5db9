// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <string>

namespace tilewright {

/// How a body ended that ran in a process of its own.
struct ForkedRun {
    std::string said;             ///< what the body returned; empty if it never did
    std::string death;            ///< "signal 11", "still computing after 10 s", "exit status 3"; empty if it returned
    double seconds = 0;           ///< wall time
    std::int64_t peak_bytes = 0;  ///< largest resident set
};

/// Runs `body` in a fork of this process, so that a crash, a hang or a leak of one file is that file's alone.
///
/// Call it from a process with one thread. The body's exceptions must not leave it.
/// @param limit_s  the process is killed after so much computing, or twelve times as long by the clock
ForkedRun run_forked(const std::function<std::string()>& body, int limit_s);

}  // namespace tilewright
