// SPDX-License-Identifier: Apache-2.0
#include "jobs/places.h"

#include <algorithm>
#include <string>
#include <system_error>

#include "tilewright/core/error.h"
#include "tilewright/storage/file.h"
#include "tilewright/storage/place.h"

namespace tilewright::inline v0_1 {
namespace {

namespace fs = std::filesystem;

// "out/" and "out" are one folder.
fs::path without_slash(const fs::path& place) {
    return place.has_filename() ? place : place.parent_path();
}

fs::path without_links(const fs::path& path) {
    if (is_url(path)) return without_slash(path);
    std::error_code error;
    auto result = fs::weakly_canonical(fs::absolute(path), error);
    if (error) throw Error(ErrorCode::io, "cannot resolve the path: " + error.message(), path_text(path));
    return without_slash(result);
}

// `path` relative to `folder` if it lies in it, else empty.
fs::path inside(const fs::path& folder, const fs::path& path) {
    const auto [at_folder, at_path] = std::mismatch(folder.begin(), folder.end(), path.begin(), path.end());
    if (at_folder != folder.end()) return {};
    fs::path rest;
    for (auto part = at_path; part != path.end(); ++part) rest /= *part;
    return rest;
}

}  // namespace

fs::path absolute_place(const fs::path& path) {
    return is_url(path) ? without_slash(path) : fs::absolute(path).lexically_normal();
}

BatchPlaces find_places(const BatchJob& job) {
    if (job.input_dir.empty()) throw Error(ErrorCode::invalid_argument, "no input folder is given", "input_dir");
    if (job.output_dir.empty()) throw Error(ErrorCode::invalid_argument, "no output folder is given", "output_dir");
    if (is_in_archive(job.output_dir) || job.output_dir.native().starts_with("http")) {
        throw Error(ErrorCode::unsupported,
                    "archives and web servers are only read; give a folder, s3://, gs:// or az://",
                    path_text(job.output_dir));
    }
    BatchPlaces places;
    places.output = without_links(job.output_dir);
    fs::path input;
    if (place_kind(job.input_dir) == PlaceKind::folder) {
        input = places.root = without_links(job.input_dir);
    } else {
        file_identity(job.input_dir);  // says what is missing
        if (is_archive_name(job.input_dir.filename().native())) {
            input = without_links(job.input_dir);
            places.root = inside_archive(input);
        } else if (is_url(job.input_dir)) {
            input = job.input_dir;
            places.root = input.parent_path();
            places.file_name = input.filename();
        } else {
            // A link keeps its own name: that is what the caller called the image.
            const auto absolute = fs::absolute(job.input_dir).lexically_normal();
            places.root = without_links(absolute.parent_path());
            places.file_name = absolute.filename();
            input = places.root / places.file_name;
        }
    }
    if (input == places.output) {
        throw Error(ErrorCode::invalid_argument, "input and output are the same; choose another output folder",
                    path_text(job.output_dir));
    }
    places.input_in_output = inside(places.output, input);
    return places;
}

int io_thread_count(int io_threads, int workers, const BatchPlaces& places) {
    constexpr int tasks_a_worker = 8;  // One computes for some 10 ms between two answers of a store, each 30 to 100 ms.
    if (io_threads > 0) return std::max(io_threads, workers);
    const bool waits = is_remote(places.root) || is_remote(places.output);
    return waits ? workers * tasks_a_worker : workers;
}

}  // namespace tilewright::inline v0_1
