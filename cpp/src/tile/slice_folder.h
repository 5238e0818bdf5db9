// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>

namespace tilewright::inline v0_1 {

/// Makes a folder ready for new slices: the old manifest goes first, so that a kill in between leaves no proof of files
/// that are gone, then slices, their side files and what a killed run left. Nothing else in the folder is touched.
/// @throws Error permission, io
void clear_slice_folder(const std::filesystem::path& folder);

/// The folder or the ancestor of it that make_folder would make first; empty if the folder is there.
std::filesystem::path first_missing_folder(const std::filesystem::path& folder);

/// Undoes what a failed call left: as clear_slice_folder, and then the folders from `first_made` (of
/// first_missing_folder) down go too if nothing else is in them. Never throws, since an error is already under way.
void abandon_slice_folder(const std::filesystem::path& folder, const std::filesystem::path& first_made) noexcept;

}  // namespace tilewright::inline v0_1
