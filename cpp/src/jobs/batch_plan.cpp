// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cstddef>
#include <string>
#include <unordered_set>
#include <utility>

#include "jobs/headers.h"
#include "jobs/job_options.h"
#include "jobs/output_folders.h"
#include "jobs/places.h"
#include "jobs/scan.h"
#include "tilewright/jobs/batch_job.h"

namespace tilewright {
namespace {

Listing list_sources(const BatchPlaces& places, const std::stop_token& stop) {
    if (places.file_name.empty()) return select_sources(list_tree(places.root, {places.output}, stop));
    Listing listing;
    const auto size_bytes = file_identity(places.root / places.file_name).size_bytes;
    listing.sources.push_back({places.file_name, size_bytes, {}, false});
    return listing;
}

// Sets what becomes of an image whose header was read.
void judge(PlannedImage& image, const BatchJob& job, bool by_name) {
    const auto& info = *image.info;
    const std::string where = path_text(image.source);
    if (!by_name && info.driver != "GTiff" && info.driver != "COG") {
        image.error =
            Error(ErrorCode::corrupt,
                  "is a " + info.driver + ", not a TIFF; give it its own ending, or cut it by its name", where);
        return;
    }
    if (std::min(info.size.width_px, info.size.height_px) < job.min_image_size) {
        image.skip_reason = "below_min_size";
        return;
    }
    try {
        image.slices = window_count(info.size, layout_of(job));
    } catch (const Error& error) {
        image.error = Error(error.code(), error.what(), where);
    }
}

// Texts that tell every image from every other: two names that are not UTF-8 may read the same.
class Keys {
public:
    std::string unique(const std::string& text) {
        std::string key = text;
        for (int number = 2; !taken_.insert(key).second; ++number) key = text + "~" + std::to_string(number);
        return key;
    }

private:
    std::unordered_set<std::string> taken_;
};

// All pages of one source.
void add_pages(BatchPlan& plan, const FoundSource& source, std::vector<Header>& headers, const BatchJob& job,
               bool by_name, OutputFolders& folders, Keys& keys) {
    const auto pages = static_cast<int>(headers.size());
    std::filesystem::path folder;
    std::optional<Error> no_folder;
    try {
        if (!source.is_folder) folder = folders.assign(source.relative_path, pages);
    } catch (const Error& error) {
        no_folder = error;
    }
    for (auto& header : headers) {
        PlannedImage image;
        image.source = source.relative_path;
        image.output_folder = pages > 1 ? folder / page_folder_name(header.page) : folder;
        image.page = header.page;
        image.key = keys.unique(path_text(source.relative_path) +
                                (header.page > 1 ? "#page=" + std::to_string(header.page) : ""));
        image.source_bytes = source.size_bytes;
        image.info = std::move(header.info);
        image.error = header.error ? std::move(header.error) : no_folder;
        if (!image.error) judge(image, job, by_name);
        plan.images.push_back(std::move(image));
    }
}

bool is_to_be_cut(const PlannedImage& image) noexcept {
    return !image.error && image.skip_reason.empty();
}

}  // namespace

std::int64_t BatchPlan::slices() const noexcept {
    std::int64_t sum = 0;
    for (const auto& image : images) sum += is_to_be_cut(image) ? image.slices : 0;
    return sum;
}

std::int64_t BatchPlan::raw_bytes() const noexcept {
    std::int64_t sum = 0;
    for (const auto& image : images) sum += is_to_be_cut(image) ? image.info->raw_bytes() : 0;
    return sum;
}

BatchPlan plan_batch(const BatchJob& job, const std::stop_token& stop) {
    check_options(job);
    const auto places = find_places(job);
    auto listing = list_sources(places, stop);
    auto headers = read_headers(places.root, listing.sources, job.open, job.pages, worker_count(job), stop);
    BatchPlan plan;
    plan.skipped_folders = std::move(listing.skipped_folders);
    OutputFolders folders(places.input_in_output);
    Keys keys;
    const bool by_name = !places.file_name.empty();
    for (std::size_t i = 0; i < headers.size(); ++i) {
        add_pages(plan, listing.sources[i], headers[i], job, by_name, folders, keys);
    }
    return plan;
}

}  // namespace tilewright
