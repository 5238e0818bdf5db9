// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>

#include "tilewright/storage/file.h"

#pragma GCC visibility push(default)
namespace tilewright::inline v0_1 {

/// Bytes first, first + 1, ... of a file.
struct ByteRange {
    std::uint64_t first = 0;
    std::uint64_t size_bytes = 0;
};

/// A file of any place whose bytes are read in any order. Any number of threads may share one.
///
/// What lies on another machine is asked for in ranges: small reads bring their surroundings, which are kept; large
/// ones bring just what was wanted. A request that fails in passing is repeated (see storage/retry.h). Ranges of
/// different versions of an object are never mixed: one that was replaced meanwhile is an error.
class RandomAccessFile {
public:
    /// @throws Error not_found, permission, io, invalid_argument for a folder
    static std::shared_ptr<RandomAccessFile> open(const std::filesystem::path& place);

    virtual ~RandomAccessFile() = default;

    virtual const std::filesystem::path& place() const noexcept = 0;
    virtual const FileIdentity& identity() const noexcept = 0;

    /// Fills `into` from byte `offset`; with less only at the end of the file. @returns how many bytes came
    /// @throws Error io, transient where it may pass
    virtual std::size_t read_at(std::uint64_t offset, std::span<std::byte> into) = 0;

    /// Tells which ranges will be read next, each once: those that lie together come in one request.
    virtual void prefetch(std::span<const ByteRange> ranges);
};

/// As long as it lives, the calling thread opens one place beyond this machine only once: opening it again gives the
/// same file, and so one version of it. For tasks that look at their source several times. A local file is just opened.
class OpenOnce {
public:
    explicit OpenOnce(std::filesystem::path place);
    ~OpenOnce();
    OpenOnce(const OpenOnce&) = delete;
    OpenOnce& operator=(const OpenOnce&) = delete;

private:
    friend class RandomAccessFile;

    const std::filesystem::path place_;
    std::shared_ptr<RandomAccessFile> file_;
    OpenOnce* const outer_;
};

}  // namespace tilewright::inline v0_1
#pragma GCC visibility pop
