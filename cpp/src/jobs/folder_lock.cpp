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

namespace tilewright {
namespace {

ErrorCode code_of(int system_error) {
    switch (system_error) {
        case EACCES:
        case EPERM:
        case EROFS: return ErrorCode::permission;
        case ENOSPC:
        case EDQUOT:
        case EMFILE:
        case ENFILE: return ErrorCode::resource;
        default: return ErrorCode::io;
    }
}

[[noreturn]] void throw_system_error(const std::string& what, const std::filesystem::path& path) {
    const int system_error = errno;
    throw Error(code_of(system_error), what + ": " + std::generic_category().message(system_error), path_text(path));
}

}  // namespace

FolderLock::FolderLock(const std::filesystem::path& folder) : path_(folder / filename) {
    for (;;) {
        descriptor_ = open(path_.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666);
        if (descriptor_ < 0) throw_system_error("cannot write to the output folder", folder);
        if (flock(descriptor_, LOCK_EX | LOCK_NB) != 0) {
            const bool held = errno == EWOULDBLOCK;
            if (!held) {
                const int system_error = errno;
                close(descriptor_);
                errno = system_error;
                throw_system_error("cannot lock the output folder", folder);
            }
            close(descriptor_);
            throw Error(ErrorCode::already_exists,
                        "another run is writing to this folder; wait for it or choose another", path_text(folder));
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
    unlink(path_.c_str());
    close(descriptor_);
}

}  // namespace tilewright
