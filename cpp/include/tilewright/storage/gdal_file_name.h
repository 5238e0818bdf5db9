// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "tilewright/storage/random_access_file.h"

#pragma GCC visibility push(default)
namespace tilewright::inline v0_1 {

/// A name under which GDAL reads an open file through us, so that requests, retries and what was read already are one
/// and the same for it and for our own decoders. Valid as long as the object lives.
class GdalFileName {
public:
    /// @param filename  the last part of the name, by which GDAL may choose how to read; the file's own if empty
    explicit GdalFileName(std::shared_ptr<RandomAccessFile> file, const std::string& filename = {});
    ~GdalFileName();
    GdalFileName(const GdalFileName&) = delete;
    GdalFileName& operator=(const GdalFileName&) = delete;

    const std::string& name() const noexcept { return name_; }

    /// GDAL learns only that a read failed. @throws what the first such read threw
    void rethrow_error() const;

    struct Entry;

private:
    std::shared_ptr<Entry> entry_;
    std::string name_;
};

/// What GDAL calls a file of the local file system.
std::string gdal_name_of_path(const std::filesystem::path& path);

}  // namespace tilewright::inline v0_1
#pragma GCC visibility pop
