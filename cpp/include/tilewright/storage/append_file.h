// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

namespace tilewright {

/// A text file that is only ever appended to, a line at a time.
///
/// A line is one write, so that a kill leaves whole lines and at most one torn at the end; opening the file again ends
/// that one. One process at a time, one thread at a time.
class AppendFile {
public:
    /// Opens for appending, makes the file if there is none. @throws Error permission, not_found, io, resource
    explicit AppendFile(std::filesystem::path path);
    ~AppendFile();
    AppendFile(const AppendFile&) = delete;
    AppendFile& operator=(const AppendFile&) = delete;

    /// Appends `line`, which must hold no newline, and ends it. @throws Error io, or resource for a full disk
    void append(std::string line);

private:
    std::filesystem::path path_;
    int descriptor_ = -1;
    bool torn_ = false;  // the last line has no end
};

}  // namespace tilewright
