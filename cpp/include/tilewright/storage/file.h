// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#pragma GCC visibility push(default)
namespace tilewright::inline v0_1 {

class RandomAccessFile;

/// What lies at a place.
enum class PlaceKind { none, file, folder, other };

/// Links are followed. In a store a folder is what has objects below it.
/// @throws Error permission, io where that cannot be told
PlaceKind place_kind(const std::filesystem::path& path);

/// Whether there is a file of that name, links followed. In a store one request. @throws Error permission, io
bool file_exists(const std::filesystem::path& path);

/// What tells one version of a file from another without reading it.
struct FileIdentity {
    std::int64_t size_bytes = 0;
    std::int64_t mtime_ns = 0;  ///< nanoseconds since 1970-01-01 UTC
    friend bool operator==(const FileIdentity&, const FileIdentity&) = default;
};

/// @throws Error not_found, permission or io; a broken link and a link loop say what they are
FileIdentity file_identity(const std::filesystem::path& path);

/// The whole file. @throws Error not_found, permission, io, or resource above `limit_bytes`
std::string read_text(const std::filesystem::path& path, std::int64_t limit_bytes = std::int64_t{1} << 30);

/// A file that is read from its beginning to its end. One thread at a time.
class InputFile {
public:
    /// @throws Error not_found, permission, io
    explicit InputFile(std::filesystem::path path);
    /// Reads a file that is open already.
    explicit InputFile(std::shared_ptr<RandomAccessFile> file);
    ~InputFile();
    InputFile(const InputFile&) = delete;
    InputFile& operator=(const InputFile&) = delete;

    /// Fills `into`; with less only at the end of the file. @returns how many bytes came @throws Error io
    std::size_t read(std::span<std::byte> into);

private:
    std::size_t read_ahead(std::span<std::byte> into);

    std::filesystem::path path_;
    int descriptor_ = -1;                     // of a file of this machine that is opened here, else
    std::shared_ptr<RandomAccessFile> file_;  // read up to
    std::uint64_t offset_ = 0;
    std::vector<std::byte> ahead_;  // and, where each request costs time, what the last one brought
    std::size_t ahead_used_ = 0;
};

/// Hands the bytes of a file to `take`, in order, in pieces of up to 256 KiB. @throws Error as read_text, and what
/// `take` throws
void read_pieces(const std::filesystem::path& path, const std::function<void(std::span<const std::byte>)>& take);

/// A file that is whole or absent: written under a temporary name beside `path`, renamed by commit(); an object is
/// written to a file of this machine's temporary folder first, and uploaded by commit().
///
/// Without commit() the destructor removes what was written. One thread at a time.
/// Errors of the system become Error with the path: permission, not_found, already_exists, resource for a full disk or
/// quota, io for the rest.
class AtomicFile {
public:
    explicit AtomicFile(std::filesystem::path path);
    ~AtomicFile();
    AtomicFile(AtomicFile&& other) noexcept;
    AtomicFile& operator=(AtomicFile&&) = delete;

    void write(std::span<const std::byte> bytes);
    /// Overwrites what write() wrote before, `offset_bytes` from the beginning; write() goes on at the end.
    void write_at(std::int64_t offset_bytes, std::span<const std::byte> bytes);
    /// Where the bytes lie until commit(), for libraries that write by name: "<folder>/.<name>.part".
    const std::filesystem::path& temporary_path() const noexcept { return temporary_path_; }
    /// Closes without renaming, so that another library may reopen temporary_path(); write() is over then.
    void close();
    /// Closes, and gives the file its name; replaces what had it. An error of close is an error here.
    /// @param before  called with temporary_path() when all bytes are in it, for what must be known before the name is
    ///                given: the bytes of an object are far away afterwards
    void commit(const std::function<void(const std::filesystem::path&)>& before = {});

private:
    std::filesystem::path path_;
    std::filesystem::path temporary_path_;
    int descriptor_ = -1;
    bool pending_ = true;
};

/// Writes a small file atomically. @throws Error as AtomicFile
void write_text(const std::filesystem::path& path, std::string_view text);

/// Writes a small file atomically unless there is one already: of several processes at once, on one machine or several
/// that share the folder, the first to end decides; in a store, which knows no such thing, the first to be seen.
/// @throws Error as AtomicFile
void write_text_once(const std::filesystem::path& path, std::string_view text);

/// Whether a name is one that AtomicFile leaves behind when a process is killed.
bool is_temporary_name(std::string_view filename) noexcept;

/// Makes a folder and its parents. @throws Error permission, io, or already_exists if a file has the name
void make_folder(const std::filesystem::path& path);

/// A path as UTF-8 text for JSON and messages; bytes that are not UTF-8 become `\xNN`.
std::string path_text(const std::filesystem::path& path);

}  // namespace tilewright::inline v0_1
#pragma GCC visibility pop
