// SPDX-License-Identifier: Apache-2.0
#include <cstddef>
#include <new>
#include <nlohmann/json.hpp>
#include <string>
#include <unordered_set>
#include <utility>

#include "jobs/any_job.h"
#include "jobs/output_folders.h"
#include "jobs/places.h"
#include "jobs/share.h"
#include "jobs/thumbnail_options.h"
#include "jobs/thumbnail_sources.h"
#include "jobs/unique_keys.h"
#include "tilewright/core/thread_pool.h"
#include "tilewright/jobs/thumbnail_job.h"
#include "tilewright/raster/recognized.h"
#include "tilewright/storage/file.h"
#include "tilewright/storage/random_access_file.h"

namespace tilewright::inline v0_1 {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

// A file that was found, and what was learnt of it.
struct Found {
    fs::path path;
    FileIdentity identity;
    bool is_image = false;
    std::optional<ThumbnailForecast> forecast;
    std::optional<Error> error;
};

std::vector<Found> found_files(const std::vector<FoundSource>& sources) {
    std::vector<Found> files;
    files.reserve(sources.size());
    for (const auto& source : sources) {
        Found file;
        file.path = source.relative_path;
        // What cannot be listed may hold images.
        file.is_image = source.is_folder || is_named_as_raster(source.relative_path);
        file.error = source.error;
        files.push_back(std::move(file));
    }
    return files;
}

void look_at(Found& file, const fs::path& root, bool by_name, const ThumbnailOptions& options) {
    // A link that leads nowhere, a pipe: an image only by its name, if at all.
    if (file.error) return;
    const auto path = root / file.path;
    const OpenOnce once(path);
    try {
        file.identity = file_identity(path);
        file.is_image = file.is_image || by_name || begins_as_raster(path);
        if (file.is_image) file.forecast = forecast_thumbnail(path, options);
    } catch (const Error& error) {
        file.is_image = true;
        file.error = error;
    } catch (const std::bad_alloc&) {
        file.is_image = true;
        file.error = Error(ErrorCode::resource, "out of memory while the header was read", path_text(path));
    } catch (const std::exception& error) {
        file.is_image = true;
        file.error = Error(ErrorCode::internal, error.what(), path_text(path));
    }
}

void look_at_all(std::vector<Found>& files, const std::vector<bool>& mine, const BatchPlaces& places,
                 const ThumbnailJob& job, const std::stop_token& stop) {
    constexpr std::size_t max_pending_jobs = 1024;
    const auto options = thumbnail_options(job);
    const int workers = worker_count(job);
    ThreadPool pool(io_thread_count(job.io_threads, workers, places), workers, stop);
    JobGroup group(pool, max_pending_jobs);
    for (std::size_t i = 0; i < files.size() && !stop.stop_requested(); ++i) {
        if (!mine[i]) continue;
        group.run(1, [&, i] {
            if (!stop.stop_requested()) look_at(files[i], places.root, !places.file_name.empty(), options);
        });
    }
    group.wait();
    if (stop.stop_requested()) throw Error(ErrorCode::cancelled, "stopped while headers were read");
}

// Names that are not taken yet, in order, "~2" and so on before the extension where they are. Case makes no difference,
// so that thumbnails can be copied to any file system.
class Names {
public:
    bool take(const fs::path& path) { return taken_.insert(folded_case(path.native())).second; }
    fs::path unique(const fs::path& path) {
        fs::path name = path;
        for (int number = 2; !take(name); ++number) {
            name =
                path.parent_path() / (path.stem().native() + "~" + std::to_string(number) + path.extension().native());
        }
        return name;
    }

private:
    std::unordered_set<std::string> taken_;
};

// One a file. Files that turn out to be no images have names as well: a name must not depend on what the files of
// another worker hold.
std::vector<fs::path> thumbnail_names(const std::vector<Found>& files) {
    Names names;
    // Who keeps its own name goes first, so that a file's name never depends on others that get theirs changed.
    std::vector<fs::path> result(files.size());
    std::vector<std::pair<std::size_t, fs::path>> later;
    for (std::size_t i = 0; i < files.size(); ++i) {
        auto name = files[i].path.parent_path() / thumbnail_name(files[i].path.filename().native());
        if (name == files[i].path && names.take(name)) {
            result[i] = std::move(name);
        } else {
            later.emplace_back(i, std::move(name));
        }
    }
    for (const auto& [i, name] : later) result[i] = names.unique(name);
    return result;
}

void plan_images(ThumbnailPlan& plan, std::vector<Found>& files, const std::vector<bool>& mine) {
    const auto names = thumbnail_names(files);
    UniqueKeys keys;
    for (std::size_t i = 0; i < files.size(); ++i) {
        auto& file = files[i];
        PlannedThumbnail image;
        image.key = keys.unique(path_text(file.path));
        if (!mine[i]) continue;
        if (!file.is_image) {
            ++plan.other_files;
            continue;
        }
        image.source = std::move(file.path);
        image.thumbnail = names[i];
        image.identity = file.identity;
        image.forecast = std::move(file.forecast);
        image.error = std::move(file.error);
        plan.images.push_back(std::move(image));
    }
}

}  // namespace

void check_options(const ThumbnailJob& job) {
    check_fields_of_any(job);
    thumbnail_size({1, 1}, job.size);
    if (job.quality < 1 || job.quality > 100) {
        throw Error(ErrorCode::invalid_argument, "must be from 1 to 100, but is " + std::to_string(job.quality),
                    "quality");
    }
    if (!job.stamp.empty() && !is_stamp(job.stamp)) {
        throw Error(ErrorCode::invalid_argument, "must be a minute as 20251203T1530Z, but is '" + job.stamp + "'",
                    "stamp");
    }
}

ThumbnailOptions thumbnail_options(const ThumbnailJob& job) {
    return {job.size, job.quality, job.open};
}

int worker_count(const ThumbnailJob& job) {
    return job.max_workers > 0 ? job.max_workers : available_processors();
}

BatchPlaces thumbnail_places(const ThumbnailJob& job) {
    BatchJob places;
    places.input_dir = job.input_dir;
    if (!job.output_dir.empty()) places.output_dir = job.output_dir / (job.stamp.empty() ? stamp_at(0) : job.stamp);
    return find_places(places);
}

ThumbnailPlan plan_thumbnails(const ThumbnailJob& given, const std::stop_token& stop) {
    const OpenOnce once(given.input_dir);
    const auto job = stamped(given, stop);
    const auto places = thumbnail_places(job);
    auto listing = list_thumbnail_sources(job, stop).listing;
    ThumbnailPlan plan;
    plan.stamp = job.stamp;
    plan.skipped_folders = std::move(listing.skipped_folders);
    keep_share(plan.skipped_folders, job.shard);
    const auto mine = share_of(listing.sources, job.shard);
    auto files = found_files(listing.sources);
    look_at_all(files, mine, places, job, stop);
    plan_images(plan, files, mine);
    return plan;
}

std::string plan_text(const ThumbnailPlan& plan) {
    Json images = Json::array();
    std::int64_t failed = 0;
    for (const auto& image : plan.images) {
        Json json;
        json["source"] = path_text(image.source);
        json["source_bytes"] = image.identity.size_bytes;
        json["thumbnail"] = path_text(image.thumbnail);
        if (image.forecast) {
            json["source_width"] = image.forecast->image.width_px;
            json["source_height"] = image.forecast->image.height_px;
            json["width"] = image.forecast->thumbnail.width_px;
            json["height"] = image.forecast->thumbnail.height_px;
        }
        json["action"] = image.error ? "fail" : "make";
        if (image.error) json["error"] = {{"code", name(image.error->code())}, {"message", image.error->what()}};
        failed += image.error ? 1 : 0;
        images.push_back(std::move(json));
    }
    Json folders = Json::array();
    for (const auto& [folder, reason] : plan.skipped_folders) {
        folders.push_back({{"folder", folder}, {"reason", reason}});
    }
    const auto found = static_cast<std::int64_t>(plan.images.size());
    const Json json = {{"stamp", plan.stamp},
                       {"images", std::move(images)},
                       {"skipped_folders", std::move(folders)},
                       {"totals",
                        {{"found", found},
                         {"to_make", found - failed},
                         {"to_fail", failed},
                         {"other_files", plan.other_files},
                         {"folders_skipped", plan.skipped_folders.size()}}}};
    return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace tilewright::inline v0_1
