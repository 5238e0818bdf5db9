// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <fstream>
#include <vector>

#include "tilewright/batch/task.h"

namespace tilewright {

/// The outcomes of all runs, one JSON object a line (journal.jsonl), only ever appended to.
///
/// A line torn by a kill is ended by the next run and passed over by read_journal. One process at a time.
class Journal {
public:
    static constexpr const char* filename = "journal.jsonl";

    /// Opens for appending, makes the file if there is none. @throws Error permission, io, resource
    explicit Journal(const std::filesystem::path& path);
    ~Journal();
    Journal(const Journal&) = delete;
    Journal& operator=(const Journal&) = delete;

    /// Appends one line in one write. @throws Error io, resource
    void append(const Outcome& outcome);

private:
    std::filesystem::path path_;
    int descriptor_ = -1;
};

/// The outcomes a journal holds, oldest first; empty if there is no file.
std::vector<Outcome> read_journal(const std::filesystem::path& path);

}  // namespace tilewright
