// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string>
#include <unordered_set>

namespace tilewright::inline v0_1 {

/// Gives every source a folder of its own below the output, also where the file system ignores case.
///
/// x.tif gets <relative folder>/x. The source that asks first keeps the plain stem; one whose stem is taken gets its
/// full name (x.tiff), and if that is taken too, "x.tiff~2", "x.tiff~3", ... Names of files that a batch or a
/// tesselation writes are never given away. The same calls in the same order give the same folders.
class OutputFolders {
public:
    /// @param input_in_output  where the input lies in the output; neither it nor a folder around it is given away
    explicit OutputFolders(const std::filesystem::path& input_in_output = {});

    /// The folder of a source, relative to the output.
    ///
    /// @param source  relative to the input
    /// @param pages  where more than 1, the subfolders page_1 to page_<pages> are taken as well
    /// @throws Error invalid_argument if the source's relative folder leads, below the output, into the input or to a
    ///         file that the batch writes
    std::filesystem::path assign(const std::filesystem::path& source, int pages = 1);

    /// Whether assign() may have given a folder to a source, whatever others were called before; for a page of several
    /// also its subfolder.
    bool may_be_of(const std::filesystem::path& source, const std::filesystem::path& folder, int page) const;

private:
    bool is_free(const std::filesystem::path& folder, int pages) const;

    std::filesystem::path input_in_output_;
    std::unordered_set<std::string> taken_;  ///< folded
};

/// Whether a text is the number of a name that was taken before: "2", "3", ...
bool is_further_number(const std::string& text);

/// The subfolder of one page: "page_3".
std::string page_folder_name(int page);

/// UTF-8 text with the case taken out, for Latin, Greek and Cyrillic letters; other bytes stay as they are.
std::string folded_case(const std::string& text);

}  // namespace tilewright::inline v0_1
