// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cstddef>
#include <string>
#include <utility>

#include "jobs/headers.h"
#include "jobs/job_options.h"
#include "jobs/output_folders.h"
#include "jobs/places.h"
#include "jobs/share.h"
#include "jobs/unique_keys.h"
#include "tilewright/jobs/batch_job.h"
#include "tilewright/storage/random_access_file.h"

namespace tilewright::inline v0_1 {
namespace {

// Sets what becomes of an image whose header was read.
void judge(PlannedImage& image, const BatchJob& job, bool by_name) {
    const auto& info = *image.info;
    image.error = not_a_tiff(info, image.source, by_name);
    if (image.error) return;
    if (std::min(info.size.width_px, info.size.height_px) < job.min_image_size) {
        image.skip_reason = "below_min_size";
        return;
    }
    try {
        image.slices = window_count(info.size, layout_of(job));
    } catch (const Error& error) {
        image.error = Error(error.code(), error.what(), path_text(image.source));
    }
}

// All pages of one source, with what tells them from each other.
std::vector<PlannedImage> pages_of(const FoundSource& source, std::vector<Header>& headers, OutputFolders& folders,
                                   UniqueKeys& keys) {
    std::vector<PlannedImage> images;
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
        images.push_back(std::move(image));
    }
    return images;
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
    const OpenOnce once(job.input_dir);
    check_options(job);
    const auto places = find_places(job);
    auto [listing, share] = list_share(job, places, stop);
    // The folders of a worker's images depend on what the others' are called and, where all pages are cut, on how many
    // pages they have; on nothing else of their headers.
    const auto all = std::vector<bool>(listing.sources.size(), true);
    auto headers = read_headers(places.root, listing.sources, job.pages == Pages::all ? all : share, job.open,
                                job.pages, io_thread_count(job.io_threads, worker_count(job), places), stop);
    BatchPlan plan;
    plan.skipped_folders = std::move(listing.skipped_folders);
    OutputFolders folders(places.input_in_output);
    UniqueKeys keys;
    const bool by_name = !places.file_name.empty();
    for (std::size_t i = 0; i < headers.size(); ++i) {
        auto images = pages_of(listing.sources[i], headers[i], folders, keys);
        if (!share[i]) continue;
        for (auto& image : images) {
            if (!image.error) judge(image, job, by_name);
            plan.images.push_back(std::move(image));
        }
    }
    return plan;
}

}  // namespace tilewright::inline v0_1
