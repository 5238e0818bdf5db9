// SPDX-License-Identifier: Apache-2.0
#include "jobs/share.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>

#include "jobs/plan_file.h"
#include "tilewright/storage/file.h"

namespace tilewright::inline v0_1 {
namespace {

Listing list_now(const BatchPlaces& places, const std::stop_token& stop) {
    if (places.file_name.empty()) return select_sources(list_tree(places.root, {places.output}, stop));
    Listing listing;
    const auto size_bytes = file_identity(places.root / places.file_name).size_bytes;
    listing.sources.push_back({places.file_name, size_bytes, {}, false});
    return listing;
}

std::vector<std::int64_t> sizes_of(const std::vector<FoundSource>& sources) {
    std::vector<std::int64_t> sizes_bytes;
    sizes_bytes.reserve(sources.size());
    for (const auto& source : sources) sizes_bytes.push_back(source.size_bytes);
    return sizes_bytes;
}

}  // namespace

std::vector<bool> share_of(const std::vector<std::int64_t>& sizes_bytes, const Shard& shard) {
    std::vector<bool> share(sizes_bytes.size());
    for (const auto item : shard_items(sizes_bytes, shard)) share[item] = true;
    return share;
}

void keep_share(std::vector<std::pair<std::string, std::string>>& folders, const Shard& shard) {
    const auto share = share_of(std::vector<std::int64_t>(folders.size()), shard);
    std::size_t i = 0;
    std::erase_if(folders, [&](const auto&) { return !share[i++]; });
}

SharedListing list_share(const BatchJob& job, const BatchPlaces& places, const std::stop_token& stop) {
    const auto list = [&] { return list_now(places, stop); };
    SharedListing shared;
    shared.listing = job.plan_file ? frozen_listing(*job.plan_file, job.input_dir, list) : list();
    shared.mine = share_of(sizes_of(shared.listing.sources), job.shard);
    keep_share(shared.listing.skipped_folders, job.shard);
    return shared;
}

std::optional<Error> not_a_tiff(const RasterInfo& info, const std::filesystem::path& source, bool by_name) {
    if (by_name || info.driver == "GTiff" || info.driver == "COG") return std::nullopt;
    return Error(ErrorCode::corrupt,
                 "is a " + info.driver + ", not a TIFF; give it its own ending, or cut it by its name",
                 path_text(source));
}

}  // namespace tilewright::inline v0_1
