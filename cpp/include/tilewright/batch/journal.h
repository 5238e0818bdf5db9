// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <vector>

#include "tilewright/batch/task.h"
#include "tilewright/storage/append_file.h"

#pragma GCC visibility push(default)
namespace tilewright::inline v0_1 {

/// The outcomes of all runs, one JSON object a line (journal.jsonl), only ever appended to.
///
/// A line torn by a kill is ended by the next run and passed over by read_journal. One process and one thread at a
/// time.
class Journal {
public:
    static constexpr const char* filename = "journal.jsonl";

    /// Opens for appending, makes the file if there is none. @throws Error permission, not_found, io, resource
    explicit Journal(const std::filesystem::path& path);

    /// Appends one line in one write. Bytes that are not UTF-8 become `\xNN`. @throws Error io, resource
    void append(const Outcome& outcome);

    /// As AppendFile::flush.
    void flush() { file_.flush(); }

private:
    AppendFile file_;
};

/// The outcomes a journal holds, oldest first; empty if there is no file. Lines that are none are passed over.
/// @param since_s  only what was written then or later, in seconds since 1970-01-01 UTC
/// @throws Error permission, io
std::vector<Outcome> read_journal(const std::filesystem::path& path, double since_s = 0);

}  // namespace tilewright::inline v0_1
#pragma GCC visibility pop
