// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <string>

#pragma GCC visibility push(default)
namespace tilewright::inline v0_1 {

/// A text file that is only ever appended to, a line at a time.
///
/// A line is one write, so that a kill leaves whole lines and at most one torn at the end; opening the file again ends
/// that one. One process at a time, one thread at a time.
/// Stores cannot append: there the lines are kept in a temporary file of this machine, and the whole is uploaded every
/// ten seconds and by flush(); a kill costs the lines since.
class AppendFile {
public:
    /// Opens for appending, makes the file if there is none. @throws Error permission, not_found, io, resource
    explicit AppendFile(std::filesystem::path path);
    ~AppendFile();
    AppendFile(const AppendFile&) = delete;
    AppendFile& operator=(const AppendFile&) = delete;

    /// Appends `line`, which must hold no newline, and ends it. @throws Error io, or resource for a full disk
    void append(std::string line);

    /// Brings what was appended to its place, where that is a store. @throws Error as of AtomicFile
    void flush();

private:
    std::filesystem::path path_;
    std::filesystem::path local_path_;  // where the lines are written: `path_`, or a temporary file
    std::chrono::steady_clock::time_point flushed_at_ = std::chrono::steady_clock::now();
    std::chrono::steady_clock::duration upload_interval_ = std::chrono::seconds(10);
    bool unflushed_ = false;
    int descriptor_ = -1;
    bool torn_ = false;  // the last line has no end
};

}  // namespace tilewright::inline v0_1
#pragma GCC visibility pop
