// SPDX-License-Identifier: Apache-2.0
#include "tilewright/storage/file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <random>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "storage/object_store.h"
#include "storage/scratch_file.h"
#include "storage/system_error.h"
#include "tilewright/core/error.h"
#include "tilewright/storage/place.h"
#include "tilewright/storage/random_access_file.h"

namespace tilewright::inline v0_1 {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view temporary_suffix = ".part";
constexpr std::size_t longest_name = 255;

fs::path temporary_name(const fs::path& path) {
    std::string name(1, '.');
    name += path.filename().native();
    // The name must fit although it grows; what is cut off is made up for by a hash, so that names stay apart.
    if (name.size() + temporary_suffix.size() > longest_name) {
        const auto hash = "~" + std::to_string(std::hash<std::string>{}(name));
        name = name.substr(0, longest_name - temporary_suffix.size() - hash.size()) + hash;
    }
    return path.parent_path() / (name + std::string(temporary_suffix));
}

}  // namespace

FileIdentity file_identity(const fs::path& path) {
    if (is_url(path)) return RandomAccessFile::open(path)->identity();
    struct stat status {};
    if (::stat(path.c_str(), &status) != 0) {
        const int error_number = errno;
        struct stat link {};
        if (error_number == ENOENT && ::lstat(path.c_str(), &link) == 0 && S_ISLNK(link.st_mode)) {
            throw Error(ErrorCode::not_found, "a broken link: what it points to does not exist", path_text(path));
        }
        throw unreachable(error_number, path);
    }
    return {status.st_size, std::int64_t{status.st_mtim.tv_sec} * 1'000'000'000 + status.st_mtim.tv_nsec};
}

InputFile::InputFile(fs::path path) : path_(std::move(path)) {
    if (is_url(path_)) {
        file_ = RandomAccessFile::open(path_);
        return;
    }
    descriptor_ = ::open(path_.c_str(), O_RDONLY | O_CLOEXEC);
    if (descriptor_ < 0) throw system_error(errno, "open for reading", path_);
}

InputFile::InputFile(std::shared_ptr<RandomAccessFile> file) : path_(file->place()), file_(std::move(file)) {}

InputFile::~InputFile() {
    if (descriptor_ >= 0) ::close(descriptor_);
}

// Each request brings twice as much as the one before: few bytes too many of a short look, few requests of a long one.
std::size_t InputFile::read_ahead(std::span<std::byte> into) {
    constexpr std::size_t first_bytes = std::size_t{32} << 10;
    constexpr std::size_t most_bytes = std::size_t{4} << 20;
    std::size_t done = 0;
    while (done < into.size()) {
        if (ahead_used_ == ahead_.size()) {
            ahead_.resize(std::clamp(ahead_.size() * 2, first_bytes, most_bytes));
            ahead_used_ = 0;
            ahead_.resize(file_->read_at(offset_, ahead_));
            if (ahead_.empty()) break;
            offset_ += ahead_.size();
        }
        const auto count = std::min(into.size() - done, ahead_.size() - ahead_used_);
        std::memcpy(into.data() + done, ahead_.data() + ahead_used_, count);
        ahead_used_ += count;
        done += count;
    }
    return done;
}

std::size_t InputFile::read(std::span<std::byte> into) {
    if (file_ && is_url(path_)) return read_ahead(into);
    if (file_) {
        const auto count = file_->read_at(offset_, into);
        offset_ += count;
        return count;
    }
    std::size_t done = 0;
    while (done < into.size()) {
        const auto count = ::read(descriptor_, into.data() + done, into.size() - done);
        if (count == 0) break;
        if (count > 0) {
            done += static_cast<std::size_t>(count);
        } else if (errno != EINTR) {
            throw system_error(errno, "read", path_);
        }
    }
    return done;
}

void read_pieces(const fs::path& path, const std::function<void(std::span<const std::byte>)>& take) {
    InputFile file(path);
    std::vector<std::byte> buffer(std::size_t{1} << 18);
    while (const auto count = file.read(buffer)) take({buffer.data(), count});
}

std::string read_text(const fs::path& path, std::int64_t limit_bytes) {
    std::string text;
    read_pieces(path, [&](std::span<const std::byte> piece) {
        if (static_cast<std::int64_t>(text.size() + piece.size()) > limit_bytes) {
            throw Error(ErrorCode::resource, "larger than the " + std::to_string(limit_bytes) + " bytes allowed",
                        path_text(path));
        }
        text.append(reinterpret_cast<const char*>(piece.data()), piece.size());
    });
    return text;
}

AtomicFile::AtomicFile(fs::path path)
    : path_(std::move(path)), temporary_path_(is_url(path_) ? new_scratch_file() : temporary_name(path_)) {
    descriptor_ = ::open(temporary_path_.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    if (descriptor_ < 0) throw system_error(errno, "create", path_);
}

AtomicFile::AtomicFile(AtomicFile&& other) noexcept
    : path_(std::move(other.path_)),
      temporary_path_(std::move(other.temporary_path_)),
      descriptor_(std::exchange(other.descriptor_, -1)),
      pending_(std::exchange(other.pending_, false)) {}

AtomicFile::~AtomicFile() {
    if (descriptor_ >= 0) ::close(descriptor_);
    if (pending_) ::unlink(temporary_path_.c_str());
}

void AtomicFile::write(std::span<const std::byte> bytes) {
    while (!bytes.empty()) {
        const auto count = ::write(descriptor_, bytes.data(), bytes.size());
        if (count < 0) {
            if (errno == EINTR) continue;
            throw system_error(errno, "write", path_);
        }
        bytes = bytes.subspan(static_cast<std::size_t>(count));
    }
}

void AtomicFile::write_at(std::int64_t offset_bytes, std::span<const std::byte> bytes) {
    while (!bytes.empty()) {
        const auto count = ::pwrite(descriptor_, bytes.data(), bytes.size(), offset_bytes);
        if (count < 0) {
            if (errno == EINTR) continue;
            throw system_error(errno, "write", path_);
        }
        offset_bytes += count;
        bytes = bytes.subspan(static_cast<std::size_t>(count));
    }
}

void AtomicFile::close() {
    // Some file systems report a full disk only here.
    if (descriptor_ >= 0 && ::close(std::exchange(descriptor_, -1)) != 0) throw system_error(errno, "write", path_);
}

void AtomicFile::commit(const std::function<void(const fs::path&)>& before) {
    close();
    if (before) before(temporary_path_);
    if (is_url(path_)) {
        upload(temporary_path_, path_);
        ::unlink(temporary_path_.c_str());
        pending_ = false;
        return;
    }
    if (::rename(temporary_path_.c_str(), path_.c_str()) != 0) throw system_error(errno, "create", path_);
    pending_ = false;
}

void write_text(const fs::path& path, std::string_view text) {
    AtomicFile file(path);
    file.write(std::as_bytes(std::span(text.data(), text.size())));
    file.commit();
}

void write_text_once(const fs::path& path, std::string_view text) {
    if (is_url(path)) {
        if (file_exists(path)) return;
        return write_text(path, text);
    }
    // A name of this writer's own: others may be writing the same file.
    std::random_device random;
    const auto token = std::to_string(random()) + "-" + std::to_string(random());
    const auto own = path.parent_path() / (path.filename().native() + "~" + token);
    write_text(own, text);
    const bool linked = ::link(own.c_str(), path.c_str()) == 0;
    const int error_number = errno;
    if (!linked && error_number != EEXIST) {
        // Not every file system has links; there, what the last writer says holds.
        if (::rename(own.c_str(), path.c_str()) == 0) return;
        ::unlink(own.c_str());
        throw system_error(error_number, "create", path);
    }
    ::unlink(own.c_str());
}

bool is_temporary_name(std::string_view filename) noexcept {
    return filename.size() > temporary_suffix.size() + 1 && filename.starts_with('.') &&
           filename.ends_with(temporary_suffix);
}

void make_folder(const fs::path& path) {
    if (is_url(path)) return;  // Stores have keys only.
    // Another thread may remove an empty parent between its making and the next step: then once more.
    constexpr int attempts = 20;
    std::error_code error;
    for (int attempt = 0; attempt < attempts; ++attempt) {
        fs::create_directories(path, error);
        if (fs::is_directory(path)) return;
        if (error != std::errc::no_such_file_or_directory) break;
    }
    if (!error || error == std::errc::file_exists || error == std::errc::not_a_directory) {
        throw Error(ErrorCode::already_exists, "cannot make this folder: a file stands in its way", path_text(path));
    }
    throw system_error(error.value(), "make this folder", path);
}

}  // namespace tilewright::inline v0_1
