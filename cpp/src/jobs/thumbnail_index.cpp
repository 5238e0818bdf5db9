// SPDX-License-Identifier: Apache-2.0
#include "jobs/thumbnail_index.h"

#include <algorithm>
#include <functional>
#include <map>
#include <nlohmann/json.hpp>
#include <string_view>
#include <utility>
#include <vector>

#include "jobs/shards.h"
#include "tilewright/core/error.h"
#include "tilewright/raster/file_hash.h"
#include "tilewright/storage/file.h"
#include "tilewright/storage/random_access_file.h"

namespace tilewright::inline v0_1 {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

std::string line_of(const Json& json) {
    return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

// What the bytes of a thumbnail depend on beside its source and its name.
Json options_json(const ThumbnailJob& job) {
    return {{"width", job.size.width_px}, {"height", job.size.height_px}, {"quality", job.quality}};
}

// A whole number of a line, -1 if it has none of that name.
std::int64_t number(const Json& json, const char* key) {
    const auto found = json.find(key);
    return found != json.end() && found->is_number_integer() ? found->get<std::int64_t>() : -1;
}

std::string text(const Json& json, const char* key) {
    const auto found = json.find(key);
    return found != json.end() && found->is_string() ? found->get<std::string>() : std::string();
}

// The index of the stamped folder and those of its workers, as far as they are there.
std::vector<fs::path> index_files(const fs::path& folder) {
    std::vector<fs::path> files{folder / ThumbnailIndex::filename};
    for (const auto& worker : worker_folders(folder)) files.push_back(worker / ThumbnailIndex::filename);
    std::erase_if(files, [](const auto& file) { return !file_exists(file); });
    return files;
}

// Hands over each line that is an entry: as text and read.
void read_lines(const fs::path& file, const std::function<void(std::string_view line, const Json& json)>& take) {
    const auto lines = read_text(file);
    for (std::string_view rest = lines; !rest.empty();) {
        const auto line = rest.substr(0, rest.find('\n'));
        rest.remove_prefix(std::min(line.size() + 1, rest.size()));
        const auto json = Json::parse(line, nullptr, false);
        if (json.is_object()) take(line, json);
    }
}

}  // namespace

ThumbnailIndex::ThumbnailIndex(const fs::path& folder, const fs::path& own_folder, const ThumbnailJob& job)
    : options_(line_of(options_json(job))), file_(own_folder / filename) {
    for (const auto& file : index_files(folder)) read(file);
}

void ThumbnailIndex::read(const fs::path& file) {
    read_lines(file, [&](std::string_view, const Json& json) {
        const auto options = json.find("box");
        entries_.emplace(text(json, "thumbnail"), Entry{text(json, "source"),
                                                        {number(json, "source_bytes"), number(json, "source_mtime_ns")},
                                                        options == json.end() ? std::string() : line_of(*options),
                                                        {number(json, "bytes"), text(json, "sha256")}});
    });
}

std::vector<ThumbnailProof> ThumbnailIndex::proofs(const PlannedThumbnail& image) const {
    std::vector<ThumbnailProof> proofs;
    const auto [first, last] = entries_.equal_range(path_text(image.thumbnail));
    for (auto at = first; at != last; ++at) {
        const auto& entry = at->second;
        const bool fits = entry.source == image.key && entry.identity == image.identity && entry.options == options_;
        const bool known = std::any_of(proofs.begin(), proofs.end(),
                                       [&](const auto& proof) { return proof.sha256 == entry.proof.sha256; });
        if (fits && !known) proofs.push_back(entry.proof);
    }
    return proofs;
}

void ThumbnailIndex::add(const std::string& record) {
    const std::lock_guard lock(mutex_);
    file_.append(record);
}

bool is_proven(const fs::path& thumbnail, const std::vector<ThumbnailProof>& proofs) {
    const OpenOnce once(thumbnail);
    try {
        return std::any_of(proofs.begin(), proofs.end(), [&](const auto& proof) {
            return file_identity(thumbnail).size_bytes == proof.size_bytes && file_sha256(thumbnail) == proof.sha256;
        });
    } catch (const Error&) {
        return false;  // Whatever is wrong with it is mended by making it anew.
    }
}

std::string thumbnail_record(const PlannedThumbnail& image, const WrittenThumbnail& written, const ThumbnailJob& job) {
    Json json;
    json["thumbnail"] = path_text(image.thumbnail);
    json["width"] = written.size.width_px;
    json["height"] = written.size.height_px;
    json["bytes"] = written.file.size_bytes;
    json["sha256"] = written.file.sha256;
    json["source"] = image.key;
    json["source_bytes"] = image.identity.size_bytes;
    json["source_mtime_ns"] = image.identity.mtime_ns;
    json["source_width"] = image.forecast->image.width_px;
    json["source_height"] = image.forecast->image.height_px;
    json["box"] = options_json(job);
    return line_of(json);
}

void merge_thumbnail_indexes(const fs::path& folder) {
    std::map<std::string, std::string> lines;
    for (const auto& file : index_files(folder)) {
        read_lines(file, [&](std::string_view line, const Json& json) { lines[text(json, "thumbnail")] = line; });
    }
    std::string merged;
    for (const auto& [name, line] : lines) merged += line + "\n";
    write_text(folder / ThumbnailIndex::filename, merged);
}

}  // namespace tilewright::inline v0_1
