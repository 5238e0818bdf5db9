// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "tilewright/storage/gdal_file_name.h"
#include "tilewright/storage/random_access_file.h"

namespace tilewright::inline v0_1 {

/// An archive that stands open, so that its list of members is read once.
struct OpenArchive {
    /// @param filename  in lower case, as GDAL wants it to see what kind of archive it is
    OpenArchive(std::shared_ptr<RandomAccessFile> opened, const std::string& filename)
        : file(opened), name(std::move(opened), filename) {}

    std::shared_ptr<RandomAccessFile> file;
    GdalFileName name;
};

/// Where a member lies.
struct MemberPlace {
    std::shared_ptr<OpenArchive> archive;
    std::string vsi_name;  ///< valid while the archive stands open
};

/// @param place  zip://{archive}/member or the like @throws as RandomAccessFile::open
MemberPlace find_member(const std::filesystem::path& place);

}  // namespace tilewright::inline v0_1
