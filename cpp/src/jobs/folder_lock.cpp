// SPDX-License-Identifier: Apache-2.0
#include "jobs/folder_lock.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <string>
#include <system_error>

#include "tilewright/core/error.h"
#include "tilewright/storage/file.h"
#include "tilewright/storage/place.h"

namespace tilewright::inline v0_1 {
namespace {

Error lock_error(int error_number, const std::string& action, const std::filesystem::path& folder) {
    ErrorCode code = ErrorCode::io;
    if (error_number == EACCES || error_number == EPERM || error_number == EROFS) code = ErrorCode::permission;
    if (error_number == ENOENT || error_number == ENOTDIR) code = ErrorCode::not_found;
    if (error_number == ENOSPC || error_number == EDQUOT || error_number == EMFILE) code = ErrorCode::resource;
    return {code, "cannot " + action + ": " + std::generic_category().message(error_number), path_text(folder)};
}

}  // namespace

FolderLock::FolderLock(const std::filesystem::path& folder) : path_(folder / filename) {
    if (is_url(folder)) return;  // Stores have no locks that go with the process that holds them.
    for (;;) {
        descriptor_ = open(path_.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666);
        if (descriptor_ < 0) throw lock_error(errno, "write to the output folder", folder);
        if (flock(descriptor_, LOCK_EX | LOCK_NB) != 0) {
            const int error_number = errno;
            close(descriptor_);
            if (error_number != EWOULDBLOCK) throw lock_error(error_number, "lock the output folder", folder);
            throw Error(ErrorCode::already_exists,
                        "another run is writing to this folder; wait for it or choose another folder",
                        path_text(folder));
        }
        // The run before may have removed the file between our open and our lock: then we hold a name no one sees.
        struct stat opened {};
        struct stat named {};
        if (fstat(descriptor_, &opened) == 0 && stat(path_.c_str(), &named) == 0 && opened.st_ino == named.st_ino)
            return;
        close(descriptor_);
    }
}

FolderLock::~FolderLock() {
    if (descriptor_ < 0) return;
    unlink(path_.c_str());
    close(descriptor_);
}

}  // namespace tilewright::inline v0_1
