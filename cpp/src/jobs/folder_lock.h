// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>

namespace tilewright {

/// Keeps a folder to one run at a time. The system drops the lock with the process, however that ends.
class FolderLock {
public:
    static constexpr const char* filename = ".batch.lock";

    /// @throws Error already_exists at once if another run holds the folder; permission, io, resource
    explicit FolderLock(const std::filesystem::path& folder);
    ~FolderLock();
    FolderLock(const FolderLock&) = delete;
    FolderLock& operator=(const FolderLock&) = delete;

private:
    std::filesystem::path path_;
    int descriptor_ = -1;
};

}  // namespace tilewright
