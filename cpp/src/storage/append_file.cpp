// SPDX-License-Identifier: Apache-2.0
#include "tilewright/storage/append_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstddef>
#include <string_view>
#include <utility>

#include "storage/object_store.h"
#include "storage/scratch_file.h"
#include "storage/system_error.h"
#include "tilewright/core/error.h"
#include "tilewright/storage/file.h"
#include "tilewright/storage/place.h"

namespace tilewright::inline v0_1 {

namespace {

constexpr std::chrono::steady_clock::duration least_upload_interval = std::chrono::seconds(10);
// A file that has grown long is itself long under way: at most a twentieth of the time goes into it.
constexpr int interval_to_cost = 20;

// The file in which lines for a place are collected, with those that are there already.
std::filesystem::path local_path_for(const std::filesystem::path& path) {
    if (!is_url(path)) return path;
    auto scratch = new_scratch_file();
    try {
        write_text(scratch, read_text(path));
    } catch (const Error& error) {
        if (error.code() == ErrorCode::not_found) return scratch;
        ::unlink(scratch.c_str());
        throw;
    }
    return scratch;
}

}  // namespace

AppendFile::AppendFile(std::filesystem::path path)
    : path_(std::move(path)),
      local_path_(local_path_for(path_)),
      descriptor_(::open(local_path_.c_str(), O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC, 0666)) {
    if (descriptor_ < 0) throw system_error(errno, "open for appending", path_);
    struct stat status {};
    char last = '\n';
    if (::fstat(descriptor_, &status) != 0 ||
        (status.st_size > 0 && ::pread(descriptor_, &last, 1, status.st_size - 1) < 0)) {
        const int error_number = errno;
        ::close(descriptor_);
        throw system_error(error_number, "open for appending", path_);
    }
    torn_ = last != '\n';
}

AppendFile::~AppendFile() {
    ::close(descriptor_);
    if (!is_url(path_)) return;
    try {
        flush();
    } catch (const Error&) {  // Whoever must know calls flush() before.
    }
    ::unlink(local_path_.c_str());
}

void AppendFile::flush() {
    if (!is_url(path_) || !unflushed_) return;
    const auto begun = flushed_at_ = std::chrono::steady_clock::now();
    upload(local_path_, path_);
    unflushed_ = false;
    flushed_at_ = std::chrono::steady_clock::now();
    upload_interval_ = std::max(least_upload_interval, interval_to_cost * (flushed_at_ - begun));
}

void AppendFile::append(std::string line) {
    line += '\n';
    if (torn_) line.insert(0, 1, '\n');
    std::string_view rest = line;
    while (!rest.empty()) {
        const auto count = ::write(descriptor_, rest.data(), rest.size());
        if (count < 0) {
            if (errno == EINTR) continue;
            throw system_error(errno, "append to", path_);
        }
        rest.remove_prefix(static_cast<std::size_t>(count));
        torn_ = !rest.empty();
    }
    unflushed_ = true;
    if (std::chrono::steady_clock::now() - flushed_at_ > upload_interval_) flush();
}

}  // namespace tilewright::inline v0_1
