// SPDX-License-Identifier: Apache-2.0
#include "jobs/places.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <string>
#include <string_view>
#include <system_error>

#include "tilewright/core/error.h"
#include "tilewright/storage/file.h"

namespace tilewright {
namespace {

namespace fs = std::filesystem;

bool is_url(std::string_view text) {
    const auto end = text.find("://");
    return end != std::string_view::npos && end > 0 &&
           std::all_of(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(end),
                       [](unsigned char c) { return std::isalnum(c) != 0 || c == '+' || c == '.' || c == '-'; });
}

bool is_archive_name(std::string name) {
    std::transform(name.begin(), name.end(), name.begin(), [](unsigned char c) { return std::tolower(c); });
    constexpr std::array<std::string_view, 4> endings{".zip", ".tar", ".tar.gz", ".tgz"};
    return std::any_of(endings.begin(), endings.end(), [&](std::string_view ending) { return name.ends_with(ending); });
}

fs::path without_links(const fs::path& path) {
    std::error_code error;
    auto result = fs::weakly_canonical(fs::absolute(path), error);
    if (error) throw Error(ErrorCode::io, "cannot resolve the path: " + error.message(), path_text(path));
    // "out/" and "out" are one folder.
    return result.has_filename() ? result : result.parent_path();
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
    if (is_url(path.native())) return path;
    return fs::absolute(path).lexically_normal();
}

BatchPlaces find_places(const BatchJob& job) {
    if (job.input_dir.empty()) throw Error(ErrorCode::invalid_argument, "no input folder is given", "input_dir");
    if (job.output_dir.empty()) throw Error(ErrorCode::invalid_argument, "no output folder is given", "output_dir");
    for (const auto& path : {job.input_dir, job.output_dir}) {
        if (is_url(path.native())) {
            throw Error(ErrorCode::unsupported, "URLs are not read or written here; copy the data to a folder first",
                        path_text(path));
        }
    }
    BatchPlaces places;
    places.output = without_links(job.output_dir);
    std::error_code ignored;
    fs::path input;
    if (fs::is_directory(job.input_dir, ignored)) {
        input = places.root = without_links(job.input_dir);
    } else {
        file_identity(job.input_dir);
        if (is_archive_name(job.input_dir.filename().native())) {
            throw Error(ErrorCode::unsupported, "archives are not read in place; unpack it and give the folder",
                        path_text(job.input_dir));
        }
        // A link keeps its own name: that is what the caller called the image.
        const auto absolute = fs::absolute(job.input_dir).lexically_normal();
        places.root = without_links(absolute.parent_path());
        places.file_name = absolute.filename();
        input = places.root / places.file_name;
    }
    if (input == places.output) {
        throw Error(ErrorCode::invalid_argument, "input and output are the same; choose another output folder",
                    path_text(job.output_dir));
    }
    places.input_in_output = inside(places.output, input);
    return places;
}

}  // namespace tilewright
