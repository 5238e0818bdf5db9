// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>

#include "tilewright/jobs/thumbnail_job.h"
#include "tilewright/storage/append_file.h"

namespace tilewright {

/// What reports call what a run of thumbnails writes.
inline constexpr const char* thumbnail_outputs = "thumbnails";

/// thumbnails.jsonl: what each thumbnail was made of, and how. A line a thumbnail, only ever appended to; any line
/// whose source, options and file fit proves it. Safe from any thread.
class ThumbnailIndex {
public:
    static constexpr const char* filename = "thumbnails.jsonl";

    /// Reads what is there, also what the workers of shared runs wrote; lines torn by a kill are passed over.
    /// @param folder  the stamped folder
    /// @param own_folder  where to write to: the same, or that of this worker
    /// @throws Error permission, io, resource
    ThumbnailIndex(const std::filesystem::path& folder, const std::filesystem::path& own_folder,
                   const ThumbnailJob& job);

    /// The size in bytes of a thumbnail that was made of this very source with these options, if its file is still what
    /// was written.
    std::optional<std::int64_t> holds(const PlannedThumbnail& image) const;

    /// @throws Error io, resource
    void add(const PlannedThumbnail& image, const WrittenThumbnail& written);

private:
    struct Entry {
        std::string source;
        FileIdentity identity;
        std::string options;
        std::int64_t size_bytes = 0;
        std::string sha256;
    };

    void read(const std::filesystem::path& file);
    bool is_proof(const Entry& entry, const PlannedThumbnail& image) const;

    const std::filesystem::path folder_;
    const std::string options_;                            // of this job, as text
    std::unordered_multimap<std::string, Entry> entries_;  // by the thumbnail's path; of earlier runs
    std::mutex mutex_;
    AppendFile file_;
};

/// Brings together what the workers of a run wrote: the stamped folder's thumbnails.jsonl gets the last line of each
/// thumbnail, sorted by name. @throws Error as read_text and AtomicFile
void merge_thumbnail_indexes(const std::filesystem::path& folder);

}  // namespace tilewright
