// SPDX-License-Identifier: Apache-2.0
#include "jobs/output_folders.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "jobs/batch_files.h"
#include "jobs/batch_log.h"
#include "jobs/folder_lock.h"
#include "jobs/scan.h"
#include "jobs/shards.h"
#include "tilewright/batch/journal.h"
#include "tilewright/core/error.h"
#include "tilewright/storage/file.h"
#include "tilewright/tile/manifest.h"

namespace tilewright::inline v0_1 {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t max_name_bytes = 255;

// Files that stand at the root of the output, folded.
bool is_batch_file(const std::string& name) {
    constexpr std::array<std::string_view, 7> names{Journal::filename,   "batch_state.json", "batch_report.json",
                                                    "batch_report.html", BatchLog::filename, FolderLock::filename,
                                                    shards_folder_name};
    return std::find(names.begin(), names.end(), name) != names.end() || name.ends_with("_results.zip");
}

// Names that mean something in every folder, folded: as a folder of slices they could hide a file of the folder above.
bool is_reserved_anywhere(const std::string& name) {
    return name.empty() || name == "." || name == ".." || name == Manifest::filename ||
           name == batch_metadata_filename || is_slice_filename(name) || is_temporary_name(name);
}

// `name` with `ending` behind it, cut where a character begins so that the whole is a name the file system takes.
std::string with_ending(const std::string& name, const std::string& ending) {
    std::size_t length = std::min(name.size(), max_name_bytes - ending.size());
    if (length < name.size()) {
        while (length > 0 && (static_cast<unsigned char>(name[length]) & 0xC0U) == 0x80) --length;
    }
    return name.substr(0, length) + ending;
}

// The name without .tif or .tiff or, for a raster given by name, without its last ending.
std::string stem_of(const fs::path& source) {
    const std::string name = source.filename().native();
    // "..tif" and ".tif" have no usable stem; what comes out as "", "." or ".." is refused and the full name taken.
    if (has_tiff_ending(name)) return name.substr(0, name.rfind('.'));
    return source.stem().native();
}

// Whether one of the two is the other or lies in it; folded texts with "/" between the parts.
bool touch(const std::string& a, const std::string& b) {
    const auto& longer = a.size() >= b.size() ? a : b;
    const auto& shorter = a.size() >= b.size() ? b : a;
    return longer.starts_with(shorter) && (longer.size() == shorter.size() || longer[shorter.size()] == '/');
}

}  // namespace

std::string page_folder_name(int page) {
    return "page_" + std::to_string(page);
}

bool is_further_number(const std::string& text) {
    constexpr std::size_t most_digits = 9;
    const bool digits = std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
    return digits && !text.empty() && text.size() <= most_digits && text[0] != '0' && text != "1";
}

OutputFolders::OutputFolders(const fs::path& input_in_output)
    : input_in_output_(folded_case(input_in_output.generic_string())) {}

bool OutputFolders::is_free(const fs::path& folder, int pages) const {
    const std::string name = folded_case(folder.filename().native());
    if (is_reserved_anywhere(name) || (!folder.has_parent_path() && is_batch_file(name))) return false;
    const std::string key = folded_case(folder.generic_string());
    if (!input_in_output_.empty() && touch(key, input_in_output_.native())) return false;
    if (taken_.contains(key)) return false;
    for (int page = 1; pages > 1 && page <= pages; ++page) {
        if (taken_.contains(key + "/" + page_folder_name(page))) return false;
    }
    return true;
}

fs::path OutputFolders::assign(const fs::path& source, int pages) {
    const auto parent = source.parent_path();
    if (!parent.empty()) {
        if (is_batch_file(folded_case(parent.begin()->native()))) {
            throw Error(ErrorCode::invalid_argument,
                        "its folder has the name of a file that the batch writes; rename the folder",
                        path_text(source));
        }
        const std::string key = folded_case(parent.generic_string());
        const auto& input = input_in_output_.native();
        if (!input.empty() && key.starts_with(input) && touch(key, input)) {
            throw Error(ErrorCode::invalid_argument,
                        "its slices would be written into the input folder; choose another output folder",
                        path_text(source));
        }
    }
    const std::string full_name = source.filename().native();
    auto folder = parent / stem_of(source);
    if (!is_free(folder, pages)) folder = parent / full_name;
    for (int number = 2; !is_free(folder, pages); ++number) {
        folder = parent / with_ending(full_name, "~" + std::to_string(number));
    }
    const std::string key = folded_case(folder.generic_string());
    taken_.insert(key);
    for (int page = 1; pages > 1 && page <= pages; ++page) taken_.insert(key + "/" + page_folder_name(page));
    return folder;
}

bool OutputFolders::may_be_of(const fs::path& source, const fs::path& folder, int page) const {
    const auto is_of = [&](const fs::path& candidate) {
        if (candidate.parent_path() != source.parent_path() || !is_free(candidate, 1)) return false;
        if (candidate.has_parent_path() && is_batch_file(folded_case(candidate.begin()->native()))) return false;
        const std::string name = candidate.filename().native();
        const std::string full_name = source.filename().native();
        if (name == stem_of(source) || name == full_name) return true;
        const auto number = name.rfind('~');
        return number != std::string::npos && is_further_number(name.substr(number + 1)) &&
               name == with_ending(full_name, name.substr(number));
    };
    if (folder.filename() == page_folder_name(page) && is_of(folder.parent_path())) return true;
    return page == 1 && is_of(folder);
}

}  // namespace tilewright::inline v0_1
