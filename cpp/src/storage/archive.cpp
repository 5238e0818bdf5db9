// SPDX-License-Identifier: Apache-2.0
#include "storage/archive.h"

#include <algorithm>
#include <cctype>
#include <list>
#include <mutex>
#include <utility>

#include "storage/vsi_name.h"
#include "tilewright/storage/file.h"
#include "tilewright/storage/place.h"

namespace tilewright::inline v0_1 {
namespace {

// Keeps the archives that were asked for last.
class OpenArchives {
public:
    std::shared_ptr<OpenArchive> open(const std::filesystem::path& place) {
        std::unique_lock lock(mutex_);
        for (auto archive = archives_.begin(); archive != archives_.end(); ++archive) {
            if (archive->place != place) continue;
            // One on this machine may have been replaced since; asking costs nothing.
            if (!is_url(place) && file_identity(place) != archive->open->file->identity()) {
                archives_.erase(archive);
                break;
            }
            archives_.splice(archives_.begin(), archives_, archive);
            return archives_.front().open;
        }
        auto filename = place.filename().native();
        std::transform(filename.begin(), filename.end(), filename.begin(),
                       [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
        // An archive may lie in another, which is opened here as well.
        lock.unlock();
        auto open = std::make_shared<OpenArchive>(RandomAccessFile::open(place), filename);
        lock.lock();
        archives_.push_front({place, std::move(open)});
        if (archives_.size() > most_open) archives_.pop_back();
        return archives_.front().open;
    }

private:
    static constexpr std::size_t most_open = 8;

    struct Archive {
        std::filesystem::path place;
        std::shared_ptr<OpenArchive> open;
    };

    std::mutex mutex_;
    std::list<Archive> archives_;
};

}  // namespace

MemberPlace find_member(const std::filesystem::path& place) {
    static OpenArchives archives;
    const auto parts = archive_parts(place);
    auto archive = archives.open(parts.archive);
    auto name = parts.vsi_prefix + "{" + archive->name.name() + "}" + parts.member;
    return {std::move(archive), std::move(name)};
}

}  // namespace tilewright::inline v0_1
