// SPDX-License-Identifier: Apache-2.0
#include "jobs/scan.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

namespace tilewright {
namespace {

TreeFile file(const std::string& path) {
    return {path, {100, 1}, {}};
}

TreeFile broken_link(const std::string& path) {
    return {path, {}, Error(ErrorCode::not_found, "a broken link", path)};
}

std::vector<std::string> paths(const Listing& listing) {
    std::vector<std::string> result;
    for (const auto& source : listing.sources) result.push_back(source.relative_path.native());
    return result;
}

using Folders = std::vector<std::pair<std::string, std::string>>;

TEST(Scan, TakesTiffsInAnyCaseAndNothingElse) {
    const auto listing = select_sources({{"",
                                          {file("A.TIF"), file("b.tif"), file("c.TiFf"), file("d.png"),
                                           file("e.tif.aux.xml"), file("f.tfw"), file("tif"), file("ätna.TIFF")},
                                          {}}});
    EXPECT_EQ(paths(listing), (std::vector<std::string>{"A.TIF", "b.tif", "c.TiFf", "ätna.TIFF"}));
    EXPECT_TRUE(listing.skipped_folders.empty());
}

TEST(Scan, FolderOfJpegsIsSkippedAndCounted) {
    const auto listing = select_sources({{"", {}, {}}, {"jpegs", {file("jpegs/a.JPG"), file("jpegs/b.jpeg")}, {}}});
    EXPECT_TRUE(listing.sources.empty());
    EXPECT_EQ(listing.skipped_folders, (Folders{{"jpegs", "JPEGs but no TIFF"}}));
}

TEST(Scan, EachFolderIsJudgedAlone) {
    const auto listing = select_sources({{"", {file("readme.txt"), file("cover.jpg")}, {}},
                                         {"a", {file("a/notes.txt")}, {}},
                                         {"a/b", {file("a/b/x.tif"), file("a/b/x.jpg")}, {}}});
    EXPECT_EQ(paths(listing), std::vector<std::string>{"a/b/x.tif"});
    EXPECT_EQ(listing.skipped_folders, (Folders{{".", "JPEGs but no TIFF"}}));
}

TEST(Scan, FoldersWithoutPicturesAreNotCounted) {
    EXPECT_TRUE(select_sources({{"", {file("a.txt"), file("b.png")}, {}}}).skipped_folders.empty());
}

TEST(Scan, WhatCannotBeLookedAtIsNeverLost) {
    const auto listing = select_sources({{"", {broken_link("archive"), broken_link("x.tif")}, {}},
                                         {"secret", {}, Error(ErrorCode::permission, "cannot list", "secret")}});
    ASSERT_EQ(paths(listing), (std::vector<std::string>{"secret", "x.tif"}));
    EXPECT_TRUE(listing.sources[0].is_folder);
    EXPECT_EQ(listing.sources[0].error->code(), ErrorCode::permission);
    EXPECT_EQ(listing.sources[1].error->code(), ErrorCode::not_found);
    ASSERT_EQ(listing.skipped_folders.size(), 1U);
    EXPECT_EQ(listing.skipped_folders[0].first, "archive");
}

TEST(Scan, SourcesAreSortedByPathWhateverTheFolders) {
    const auto listing =
        select_sources({{"", {file("b.tif")}, {}}, {"a", {file("a/z.tif")}, {}}, {"a-b", {file("a-b/c.tif")}, {}}});
    EXPECT_EQ(paths(listing), (std::vector<std::string>{"a-b/c.tif", "a/z.tif", "b.tif"}));
}

}  // namespace
}  // namespace tilewright
