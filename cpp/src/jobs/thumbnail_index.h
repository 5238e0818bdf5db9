// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <mutex>
#include <string>
#include <unordered_map>
#include <vector>

#include "tilewright/jobs/thumbnail_job.h"
#include "tilewright/storage/append_file.h"

namespace tilewright::inline v0_1 {

/// What reports call what a run of thumbnails writes.
inline constexpr const char* thumbnail_outputs = "thumbnails";

/// What the file of a thumbnail must be to prove it.
struct ThumbnailProof {
    std::int64_t size_bytes = 0;
    std::string sha256;
};

/// Whether a file is what one of the proofs says. @throws Error of file_sha256
bool is_proven(const std::filesystem::path& thumbnail, const std::vector<ThumbnailProof>& proofs);

/// The line of thumbnails.jsonl that tells what a thumbnail was made of, and how.
std::string thumbnail_record(const PlannedThumbnail& image, const WrittenThumbnail& written, const ThumbnailJob& job);

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

    /// What earlier runs made of this very source with these options, wherever it is now.
    std::vector<ThumbnailProof> proofs(const PlannedThumbnail& image) const;

    /// Appends a thumbnail_record(). @throws Error io, resource
    void add(const std::string& record);

private:
    struct Entry {
        std::string source;
        FileIdentity identity;
        std::string options;
        ThumbnailProof proof;
    };

    void read(const std::filesystem::path& file);

    const std::string options_;                            // of this job, as text
    std::unordered_multimap<std::string, Entry> entries_;  // by the thumbnail's path; of earlier runs
    std::mutex mutex_;
    AppendFile file_;
};

/// Brings together what the workers of a run wrote: the stamped folder's thumbnails.jsonl gets the last line of each
/// thumbnail, sorted by name. @throws Error as read_text and AtomicFile
void merge_thumbnail_indexes(const std::filesystem::path& folder);

}  // namespace tilewright::inline v0_1
