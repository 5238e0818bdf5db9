// SPDX-License-Identifier: Apache-2.0
#include "jobs/output_folders.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "tilewright/core/error.h"
#include "tilewright/tile/manifest.h"

namespace tilewright {
namespace {

std::vector<std::string> assigned(const std::filesystem::path& input_in_output,
                                  const std::vector<std::string>& sources) {
    OutputFolders folders(input_in_output);
    std::vector<std::string> result;
    result.reserve(sources.size());
    for (const auto& source : sources) result.push_back(folders.assign(source).native());
    return result;
}

using Names = std::vector<std::string>;

TEST(OutputFolders, NoTwoSourcesShareOneHoweverNamed) {
    // Few letters, so that stems, endings, cases and numbers clash in every way.
    const std::vector<std::string> parts{"x", "X", ".", "~2", "tif", ".tif", ".TIFF", "/", "page_1", "Ä", "ä", "\xFF"};
    std::mt19937 random(7);
    for (int round = 0; round < 300; ++round) {
        std::set<std::string> sources;
        for (int i = 0; i < 40; ++i) {
            std::string name;
            for (unsigned length = 1 + random() % 4; length > 0; --length) name += parts[random() % parts.size()];
            if (name.find("//") == std::string::npos && name.front() != '/') sources.insert(name + "x.tif");
        }
        OutputFolders folders;
        std::set<std::string> taken;
        for (const auto& source : sources) {
            const int pages = random() % 4 == 0 ? 3 : 1;
            const auto folder = folders.assign(source, pages);
            EXPECT_EQ(folder.parent_path(), std::filesystem::path(source).parent_path());
            EXPECT_TRUE(taken.insert(folded_case(folder.generic_string())).second) << source << " -> " << folder;
            EXPECT_TRUE(OutputFolders().may_be_of(source, folder, 1)) << source << " -> " << folder;
            EXPECT_TRUE(pages == 1 || OutputFolders().may_be_of(source, folder / page_folder_name(3), 3));
            EXPECT_FALSE(OutputFolders().may_be_of(source, folder / "other", 1));
            EXPECT_FALSE(OutputFolders().may_be_of("other/" + source, folder, 1));
            for (int page = 1; pages > 1 && page <= pages; ++page) {
                EXPECT_TRUE(taken.insert(folded_case((folder / page_folder_name(page)).generic_string())).second);
            }
        }
    }
}

TEST(OutputFolders, StemIfFreeElseFullNameElseNumber) {
    EXPECT_EQ(assigned({}, {"a/X.TIF", "a/x.tif", "a/x.tiff", "b/x.tif"}),
              (Names{"a/X", "a/x.tif", "a/x.tiff", "b/x"}));
    EXPECT_EQ(assigned({}, {"X.TIF", "X.tif", "x.TIF", "x.tif"}), (Names{"X", "X.tif", "x.TIF~2", "x.tif~3"}));
    EXPECT_EQ(assigned({}, {"x.tif", "x.tiff", "x.tiff.tif"}), (Names{"x", "x.tiff", "x.tiff.tif"}));
}

TEST(OutputFolders, LettersBeyondAsciiClashByCaseToo) {
    EXPECT_EQ(assigned({}, {"Ä.tif", "ä.tif"}), (Names{"Ä", "ä.tif"}));
    EXPECT_EQ(assigned({}, {"ŽЖΣ.tif", "žжσ.tif"}), (Names{"ŽЖΣ", "žжσ.tif"}));
    EXPECT_EQ(assigned({}, {"画.tif", "図.tif"}), (Names{"画", "図"}));
}

TEST(OutputFolders, StemThatIsNoNameLeavesTheFolder) {
    EXPECT_EQ(assigned({}, {".tif", "..tif", "...tif", "a/...tif"}), (Names{".tif", "..tif", "...tif", "a/...tif"}));
}

TEST(OutputFolders, FilesOfABatchKeepTheirNames) {
    EXPECT_EQ(assigned({}, {"journal.jsonl.tif", "Batch_State.json.tif", "batch_report.html.TIF"}),
              (Names{"journal.jsonl.tif", "Batch_State.json.tif", "batch_report.html.TIF"}));
    EXPECT_EQ(assigned({}, {"a/journal.jsonl.tif"}), Names{"a/journal.jsonl"});
    EXPECT_EQ(assigned({}, {"a/metadata.json.tif", "a/batch_metadata.json.tif", "a/slice_0_0_0_8_8.png.tif"}),
              (Names{"a/metadata.json.tif", "a/batch_metadata.json.tif", "a/slice_0_0_0_8_8.png.tif"}));
    OutputFolders folders;
    EXPECT_THROW(folders.assign("journal.jsonl/x.tif"), Error);
}

TEST(OutputFolders, LongNamesStayNames) {
    const std::string longest(251, 'n');
    EXPECT_EQ(assigned({}, {longest + ".TIF", longest + ".tif"}), (Names{longest, longest + ".tif"}));
    const auto third = assigned({}, {longest + ".TIF", longest + ".Tif", longest + ".tif"}).back();
    EXPECT_EQ(third.size(), 255U);
    EXPECT_TRUE(third.ends_with("~2"));
}

TEST(OutputFolders, CutNamesEndWhereACharacterEnds) {
    std::string wide;
    for (int i = 0; i < 85; ++i) wide += "画";
    const auto second = assigned({}, {wide, wide}).back();
    EXPECT_EQ(second, wide.substr(0, 252) + "~2");
}

TEST(OutputFolders, InputInsideTheOutputIsNotTouched) {
    EXPECT_EQ(assigned("raw/2020", {"raw.tif", "2020.tif"}), (Names{"raw.tif", "2020"}));
    EXPECT_EQ(assigned("raw", {"Raw.tif", "rawer.tif", "rawer/raw.tif"}), (Names{"Raw.tif", "rawer", "rawer/raw"}));
    EXPECT_EQ(assigned("scene", {"scene"}), Names{"scene~2"});
    OutputFolders folders("raw");
    EXPECT_THROW(folders.assign("raw/x.tif"), Error);
    EXPECT_THROW(folders.assign("RAW/deep/x.tif"), Error);
}

TEST(OutputFolders, PagesAreFoldersInTheImagesOwn) {
    OutputFolders folders;
    EXPECT_EQ(folders.assign("x.tif", 3), "x");
    EXPECT_EQ(folders.assign("x/page_1.tif"), "x/page_1.tif");
    EXPECT_EQ(folders.assign("x/page_4.tif"), "x/page_4");
    OutputFolders reversed;
    EXPECT_EQ(reversed.assign("x/page_1.tif"), "x/page_1");
    EXPECT_EQ(reversed.assign("x.tif", 3), "x.tif");
}

}  // namespace
}  // namespace tilewright
