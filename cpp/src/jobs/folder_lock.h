// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>

namespace tilewright::inline v0_1 {

/// Keeps a folder to one run at a time. The system drops the lock with the process, however that ends.
/// In a store nothing can be locked: there two runs on one output do work twice, and the objects of the later one stay.
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

}  // namespace tilewright::inline v0_1
