// SPDX-License-Identifier: Apache-2.0
#include "tilewright/storage/tree.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <string>
#include <utility>

#include "storage/system_error.h"
#include "storage/url_tree.h"
#include "tilewright/storage/place.h"

namespace tilewright::inline v0_1 {
namespace {

namespace fs = std::filesystem;

// What makes two names the same folder.
struct FolderId {
    dev_t device = 0;
    ino_t inode = 0;
    friend bool operator==(const FolderId&, const FolderId&) = default;
};

FolderId id_of(const struct stat& status) {
    return {status.st_dev, status.st_ino};
}

FileIdentity identity_of(const struct stat& status) {
    return {status.st_size, std::int64_t{status.st_mtim.tv_sec} * 1'000'000'000 + status.st_mtim.tv_nsec};
}

// An open folder whose entries are read one by one.
class FolderStream {
public:
    explicit FolderStream(const fs::path& path) : path_(path) {
        const int descriptor = ::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (descriptor < 0) throw system_error(errno, "list this folder", path);
        stream_ = ::fdopendir(descriptor);
        if (!stream_) {
            const int error_number = errno;
            ::close(descriptor);
            throw system_error(error_number, "list this folder", path);
        }
    }
    ~FolderStream() { ::closedir(stream_); }
    FolderStream(const FolderStream&) = delete;
    FolderStream& operator=(const FolderStream&) = delete;

    int descriptor() const { return ::dirfd(stream_); }

    FolderId id() const {
        struct stat status {};
        if (::fstat(descriptor(), &status) != 0) throw system_error(errno, "look at this folder", path_);
        return id_of(status);
    }

    // Null at the end. Valid until the next call.
    const dirent* next() {
        errno = 0;
        const auto* entry = ::readdir(stream_);
        if (!entry && errno != 0) throw system_error(errno, "list this folder", path_);
        return entry;
    }

private:
    const fs::path& path_;
    DIR* stream_ = nullptr;
};

class TreeWalk {
public:
    TreeWalk(fs::path root, const std::vector<fs::path>& excluded, std::stop_token stop)
        : root_(std::move(root)), stop_(std::move(stop)) {
        for (const auto& path : excluded) {
            struct stat status {};
            if (::stat(path.c_str(), &status) == 0) excluded_.push_back(id_of(status));
        }
    }

    std::vector<TreeFolder> run() {
        waiting_.push_back({{}, no_parent});
        while (!waiting_.empty()) {
            const auto folder = std::move(waiting_.back());
            waiting_.pop_back();
            visit(folder);
        }
        std::sort(folders_.begin(), folders_.end(), [](const TreeFolder& a, const TreeFolder& b) {
            return a.relative_path.native() < b.relative_path.native();
        });
        return std::move(folders_);
    }

private:
    static constexpr std::size_t no_parent = static_cast<std::size_t>(-1);

    struct Waiting {
        fs::path relative_path;
        std::size_t parent;  // in entered_
    };
    struct Entered {
        FolderId id;
        std::size_t parent;
    };

    bool is_on_the_way(FolderId id, std::size_t folder) const {
        for (; folder != no_parent; folder = entered_[folder].parent) {
            if (entered_[folder].id == id) return true;
        }
        return false;
    }

    void visit(const Waiting& folder) {
        const bool is_root = folder.parent == no_parent;
        const auto path = is_root ? root_ : root_ / folder.relative_path;
        TreeFolder found{folder.relative_path, {}, {}};
        const auto waiting_before = waiting_.size();
        try {
            FolderStream stream(path);
            const auto id = stream.id();
            if (!is_root && std::find(excluded_.begin(), excluded_.end(), id) != excluded_.end()) return;
            entered_.push_back({id, folder.parent});
            list(stream, folder.relative_path, entered_.size() - 1, found.files);
        } catch (const Error& error) {
            if (is_root || error.code() == ErrorCode::cancelled) throw;
            found.files.clear();
            found.error = error;
            waiting_.resize(waiting_before);
        }
        std::sort(found.files.begin(), found.files.end(), [](const TreeFile& a, const TreeFile& b) {
            return a.relative_path.native() < b.relative_path.native();
        });
        folders_.push_back(std::move(found));
    }

    void list(FolderStream& stream, const fs::path& folder, std::size_t index, std::vector<TreeFile>& files) {
        while (const auto* entry = stream.next()) {
            if (stop_.stop_requested()) throw Error(ErrorCode::cancelled, "stopped on request", path_text(root_));
            const std::string_view entry_name = entry->d_name;
            if (entry_name == "." || entry_name == "..") continue;
            auto relative_path = folder / entry_name;
            if (entry->d_type == DT_DIR) {  // Looked at when it is entered.
                waiting_.push_back({std::move(relative_path), index});
                continue;
            }
            struct stat status {};
            TreeFile file{std::move(relative_path), {}, {}};
            if (::fstatat(stream.descriptor(), entry->d_name, &status, 0) != 0) {
                file.error = why_unreachable(errno, stream.descriptor(), entry->d_name, root_ / file.relative_path);
            } else if (S_ISDIR(status.st_mode)) {
                if (!is_on_the_way(id_of(status), index)) {
                    waiting_.push_back({std::move(file.relative_path), index});
                    continue;
                }
                file.error = Error(ErrorCode::invalid_argument,
                                   "a link loop: it leads back to a folder above it and is not followed",
                                   path_text(root_ / file.relative_path));
            } else if (!S_ISREG(status.st_mode)) {
                file.error = Error(ErrorCode::unsupported, "a pipe, socket or device, not a file",
                                   path_text(root_ / file.relative_path));
            } else {
                file.identity = identity_of(status);
            }
            files.push_back(std::move(file));
        }
    }

    static Error why_unreachable(int error_number, int folder, const char* entry_name, const fs::path& path) {
        struct stat link {};
        const bool is_link = ::fstatat(folder, entry_name, &link, AT_SYMLINK_NOFOLLOW) == 0 && S_ISLNK(link.st_mode);
        if (is_link && error_number == ENOENT) {
            return {ErrorCode::not_found, "a broken link: what it points to does not exist", path_text(path)};
        }
        if (is_link && error_number == ELOOP) {
            return {ErrorCode::invalid_argument, "a link loop: it leads back to itself", path_text(path)};
        }
        return unreachable(error_number, path);
    }

    fs::path root_;
    std::stop_token stop_;
    std::vector<FolderId> excluded_;
    std::vector<Waiting> waiting_;
    std::vector<Entered> entered_;
    std::vector<TreeFolder> folders_;
};

}  // namespace

std::vector<TreeFolder> list_tree(const fs::path& root, const std::vector<fs::path>& excluded, std::stop_token stop) {
    if (is_url(root)) return list_url_tree(root, excluded, stop);
    struct stat status {};
    if (::stat(root.c_str(), &status) == 0 && !S_ISDIR(status.st_mode)) {
        throw Error(ErrorCode::invalid_argument, "not a folder", path_text(root));
    }
    return TreeWalk(root, excluded, std::move(stop)).run();
}

}  // namespace tilewright::inline v0_1
