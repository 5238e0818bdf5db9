// SPDX-License-Identifier: Apache-2.0
#include "jobs/thumbnail_sources.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <ctime>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

#include "jobs/plan_file.h"
#include "jobs/share.h"
#include "jobs/thumbnail_options.h"
#include "tilewright/raster/recognized.h"
#include "tilewright/storage/file.h"
#include "tilewright/storage/place.h"
#include "tilewright/storage/tree.h"

namespace tilewright::inline v0_1 {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view stamp_pattern = "00000000T0000Z";

std::int64_t now_s() {
    return std::chrono::duration_cast<std::chrono::seconds>(std::chrono::system_clock::now().time_since_epoch())
        .count();
}

// Folders of earlier runs, which lie directly in the output. What a store has of them comes with the listing.
std::vector<fs::path> stamped_folders(const fs::path& output) {
    std::vector<fs::path> folders;
    if (is_url(output)) return folders;
    std::error_code error;
    for (auto it = fs::directory_iterator(output, error); !error && it != fs::directory_iterator();
         it.increment(error)) {
        if (is_stamp(it->path().filename().native())) folders.push_back(it->path());
    }
    std::sort(folders.begin(), folders.end());
    return folders;
}

// Whether a folder is or lies in a stamped folder of the output. Another worker may make one while files are listed.
bool is_result(const fs::path& folder, const fs::path& output) {
    const auto inside = folder.lexically_relative(output);
    return !inside.empty() && is_stamp(inside.begin()->native());
}

ThumbnailSources list_folder(const ThumbnailJob& job, const BatchPlaces& places, const std::stop_token& stop) {
    ThumbnailSources found;
    auto& listing = found.listing;
    const auto output = places.output.parent_path();
    const auto own = stamped_folders(output);
    for (const auto& folder : own) {
        const auto inside = folder.lexically_relative(places.root);
        // The folder of this very run is there or not, as the workers that share it come first or last.
        if (inside.empty() || *inside.begin() == ".." || folder.filename() == job.stamp) continue;
        listing.skipped_folders.emplace_back(path_text(inside), "thumbnails of a run");
    }
    for (auto& folder : list_tree(places.root, own, stop)) {
        const auto place = places.root / folder.relative_path;
        if (is_result(place, output)) {
            const bool is_stamped_folder = is_url(place) && place.parent_path() == output;
            if (is_stamped_folder && place.filename() != job.stamp) {
                listing.skipped_folders.emplace_back(path_text(folder.relative_path), "thumbnails of a run");
            }
            continue;
        }
        if (folder.error) listing.sources.push_back({folder.relative_path, 0, std::move(folder.error), true});
        for (auto& file : folder.files) {
            found.newest_ns = std::max(found.newest_ns, file.identity.mtime_ns);
            listing.sources.push_back({file.relative_path, file.identity.size_bytes, std::move(file.error), false});
        }
    }
    std::sort(listing.sources.begin(), listing.sources.end(),
              [](const auto& a, const auto& b) { return a.relative_path.native() < b.relative_path.native(); });
    return found;
}

ThumbnailSources list_now(const ThumbnailJob& job, const std::stop_token& stop) {
    const auto places = thumbnail_places(job);
    if (places.file_name.empty()) return list_folder(job, places, stop);
    ThumbnailSources found;
    const auto identity = file_identity(places.root / places.file_name);
    found.listing.sources.push_back({places.file_name, identity.size_bytes, {}, false});
    found.newest_ns = identity.mtime_ns;
    return found;
}

}  // namespace

bool is_stamp(std::string_view name) noexcept {
    return name.size() == stamp_pattern.size() &&
           std::equal(name.begin(), name.end(), stamp_pattern.begin(),
                      [](char c, char expected) { return expected == '0' ? c >= '0' && c <= '9' : c == expected; });
}

std::string stamp_at(std::int64_t time_s) {
    const std::time_t time = time_s;
    std::tm utc{};
    gmtime_r(&time, &utc);
    std::array<char, 32> text{};
    std::strftime(text.data(), text.size(), "%Y%m%dT%H%MZ", &utc);
    return text.data();
}

ThumbnailSources list_thumbnail_sources(const ThumbnailJob& job, const std::stop_token& stop) {
    if (!job.plan_file) return list_now(job, stop);
    const auto list = [&] {
        auto listing = list_now(job, stop).listing;
        listing.stamp = job.stamp.empty() ? stamp_at(now_s()) : job.stamp;
        return listing;
    };
    ThumbnailSources found;
    found.listing = frozen_listing(*job.plan_file, job.input_dir, list, PlanOf::images);
    if (!is_stamp(found.listing.stamp)) {
        throw Error(ErrorCode::corrupt, "has no stamp; make it anew", path_text(*job.plan_file));
    }
    return found;
}

std::vector<bool> share_of(const std::vector<FoundSource>& sources, const Shard& shard) {
    std::vector<bool> mine(sources.size());
    for (const bool named : {true, false}) {
        std::vector<std::size_t> items;
        std::vector<std::int64_t> sizes_bytes;
        for (std::size_t i = 0; i < sources.size(); ++i) {
            if (is_named_as_raster(sources[i].relative_path) != named) continue;
            items.push_back(i);
            sizes_bytes.push_back(sources[i].size_bytes);
        }
        for (const auto item : shard_items(sizes_bytes, shard)) mine[items[item]] = true;
    }
    return mine;
}

ThumbnailJob stamped(const ThumbnailJob& job, const std::stop_token& stop) {
    check_options(job);
    auto result = job;
    if (!job.stamp.empty()) return result;
    if (job.plan_file) {
        result.stamp = list_thumbnail_sources(job, stop).listing.stamp;
    } else if (job.shard.count > 1) {
        constexpr std::int64_t ns_per_s = 1'000'000'000;
        result.stamp = stamp_at(list_thumbnail_sources(job, stop).newest_ns / ns_per_s);
    } else {
        result.stamp = stamp_at(now_s());
    }
    return result;
}

}  // namespace tilewright::inline v0_1
