// SPDX-License-Identifier: Apache-2.0
#include "storage/archive_member.h"

#include <cpl_error.h>
#include <cpl_vsi.h>

#include <algorithm>
#include <mutex>
#include <utility>

#include "storage/archive.h"
#include "storage/quiet_gdal.h"
#include "tilewright/core/error.h"

namespace tilewright::inline v0_1 {
namespace {

class ArchiveMember final : public RandomAccessFile {
public:
    explicit ArchiveMember(std::filesystem::path place) : place_(std::move(place)), member_(find_member(place_)) {
        const QuietGdal quiet;
        VSIStatBufL status{};
        if (VSIStatL(member_.vsi_name.c_str(), &status) != 0) {
            member_.archive->name.rethrow_error();
            throw Error(ErrorCode::not_found, "the archive has no such member, or it cannot be read",
                        path_text(place_));
        }
        if (VSI_ISDIR(status.st_mode)) {
            throw Error(ErrorCode::invalid_argument, "this is a folder of the archive, not a file", path_text(place_));
        }
        // An archive tells the time of its members to the second, and without a zone; its own says more.
        identity_ = {status.st_size, member_.archive->file->identity().mtime_ns};
        file_ = VSIFOpenL(member_.vsi_name.c_str(), "rb");
        if (file_ == nullptr) {
            member_.archive->name.rethrow_error();
            throw Error(ErrorCode::corrupt, "the member cannot be opened; the archive may be damaged",
                        path_text(place_));
        }
    }
    ~ArchiveMember() override {
        const QuietGdal quiet;
        VSIFCloseL(file_);
    }
    ArchiveMember(const ArchiveMember&) = delete;
    ArchiveMember& operator=(const ArchiveMember&) = delete;

    const std::filesystem::path& place() const noexcept override { return place_; }
    const FileIdentity& identity() const noexcept override { return identity_; }

    std::size_t read_at(std::uint64_t offset, std::span<std::byte> into) override {
        const auto size = static_cast<std::uint64_t>(identity_.size_bytes);
        if (offset >= size) return 0;
        into = into.first(static_cast<std::size_t>(std::min<std::uint64_t>(into.size(), size - offset)));
        const QuietGdal quiet;
        const std::lock_guard lock(mutex_);
        if (VSIFSeekL(file_, offset, SEEK_SET) == 0 && VSIFReadL(into.data(), 1, into.size(), file_) == into.size()) {
            return into.size();
        }
        member_.archive->name.rethrow_error();
        throw Error(ErrorCode::corrupt, "the member cannot be unpacked; the archive is damaged", path_text(place_));
    }

private:
    const std::filesystem::path place_;
    const MemberPlace member_;
    FileIdentity identity_;
    std::mutex mutex_;
    VSILFILE* file_ = nullptr;
};

}  // namespace

std::shared_ptr<RandomAccessFile> open_archive_member(const std::filesystem::path& place) {
    return std::make_shared<ArchiveMember>(place);
}

}  // namespace tilewright::inline v0_1
