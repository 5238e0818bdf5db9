// SPDX-License-Identifier: Apache-2.0
#include "tilewright/storage/random_access_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "storage/archive_member.h"
#include "storage/object_file.h"
#include "storage/system_error.h"
#include "tilewright/core/error.h"
#include "tilewright/storage/place.h"

namespace tilewright::inline v0_1 {
namespace {

class LocalFile final : public RandomAccessFile {
public:
    explicit LocalFile(std::filesystem::path path)
        : path_(std::move(path)), descriptor_(::open(path_.c_str(), O_RDONLY | O_CLOEXEC)) {
        if (descriptor_ < 0) throw system_error(errno, "open for reading", path_);
        try {
            identity_ = file_identity(path_);
        } catch (...) {
            ::close(descriptor_);
            throw;
        }
    }
    ~LocalFile() override { ::close(descriptor_); }
    LocalFile(const LocalFile&) = delete;
    LocalFile& operator=(const LocalFile&) = delete;

    const std::filesystem::path& place() const noexcept override { return path_; }
    const FileIdentity& identity() const noexcept override { return identity_; }

    std::size_t read_at(std::uint64_t offset, std::span<std::byte> into) override {
        std::size_t done = 0;
        while (done < into.size()) {
            const auto count =
                ::pread(descriptor_, into.data() + done, into.size() - done, static_cast<off_t>(offset + done));
            if (count == 0) break;
            if (count > 0) {
                done += static_cast<std::size_t>(count);
            } else if (errno != EINTR) {
                throw system_error(errno, "read", path_);
            }
        }
        return done;
    }

private:
    const std::filesystem::path path_;
    int descriptor_;
    FileIdentity identity_;
};

thread_local OpenOnce* innermost = nullptr;

}  // namespace

std::shared_ptr<RandomAccessFile> RandomAccessFile::open(const std::filesystem::path& place) {
    if (!is_url(place)) return std::make_shared<LocalFile>(place);
    const auto open_now = [&] { return is_in_archive(place) ? open_archive_member(place) : open_object(place); };
    for (auto* once = innermost; once != nullptr; once = once->outer_) {
        if (once->place_ != place) continue;
        if (!once->file_) once->file_ = open_now();
        return once->file_;
    }
    return open_now();
}

OpenOnce::OpenOnce(std::filesystem::path place) : place_(std::move(place)), outer_(innermost) {
    for (auto* outer = outer_; outer != nullptr && !file_; outer = outer->outer_) {
        if (outer->place_ == place_) file_ = outer->file_;
    }
    innermost = this;
}

OpenOnce::~OpenOnce() {
    innermost = outer_;
}

void RandomAccessFile::prefetch(std::span<const ByteRange>) {}

}  // namespace tilewright::inline v0_1
