// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string>
#include <unordered_set>

namespace tilewright::inline v0_1 {

/// Gives every source a name of its own for its chips, also where the file system ignores case.
///
/// The source that asks first keeps its stem. One whose stem is taken gets "{stem}-{8 hex digits}", of the XXH3 (128
/// bits) of its relative path, and more digits where that is taken as well. So the same calls in the same order give
/// the same names, and names of later sources do not depend on how many came before.
class ChipNames {
public:
    /// @param source  relative to the input
    std::string assign(const std::filesystem::path& source);

    /// Whether assign() may have given a name to a source, whatever others were called before.
    static bool may_be_of(const std::filesystem::path& source, const std::string& name);

private:
    std::unordered_set<std::string> taken_;  ///< folded
};

/// The name without its ending, as text; what chooses the folder of a source.
std::string chip_stem(const std::filesystem::path& source);

}  // namespace tilewright::inline v0_1
