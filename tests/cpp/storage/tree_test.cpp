// SPDX-License-Identifier: Apache-2.0
#include "tilewright/storage/tree.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <map>
#include <random>
#include <set>
#include <stdexcept>
#include <string>

#include "scratch_folder.h"
#include "tilewright/core/error.h"

namespace tilewright {
namespace {

namespace fs = std::filesystem;

// What the lister must agree with: every folder with its files, by their paths' bytes.
using Listing = std::map<std::string, std::vector<std::string>>;

Listing listing(const std::vector<TreeFolder>& tree) {
    Listing all;
    for (const auto& folder : tree) {
        auto& files = all[folder.relative_path.native()];
        for (const auto& file : folder.files) files.push_back(file.relative_path.native());
    }
    return all;
}

const TreeFile& file_named(const std::vector<TreeFolder>& tree, const std::string& relative_path) {
    for (const auto& folder : tree) {
        for (const auto& file : folder.files) {
            if (file.relative_path == relative_path) return file;
        }
    }
    throw std::runtime_error("not listed: " + relative_path);
}

ErrorCode code_of(const fs::path& root) {
    try {
        list_tree(root);
    } catch (const Error& error) {
        EXPECT_EQ(error.where(), path_text(root));
        return error.code();
    }
    ADD_FAILURE() << "listed " << root;
    return ErrorCode::internal;
}

TEST(Tree, ListsEveryFileOfARandomTree) {
    std::mt19937 random(4);
    for (int round = 0; round < 6; ++round) {
        const ScratchFolder root;
        Listing expected{{"", {}}};
        std::vector<std::string> folders{""};
        for (int i = 0; i < 60; ++i) {
            const auto folder = folders[random() % folders.size()];
            const auto prefix = folder.empty() ? "" : folder + "/";
            // '-' sorts before '/' and 'a' after it: order by bytes, not by parts.
            const auto name = prefix + std::string(1, "-a.B"[random() % 4]) + std::to_string(i);
            if (random() % 3 == 0) {
                fs::create_directory(root / name);
                folders.push_back(name);
                expected[name];
            } else {
                write_text(root / name, std::string(random() % 50, 'x'));
                expected[folder].push_back(name);
            }
        }
        for (auto& [folder, files] : expected) std::sort(files.begin(), files.end());

        const auto tree = list_tree(root.path());
        ASSERT_EQ(listing(tree), expected);
        ASSERT_TRUE(std::is_sorted(tree.begin(), tree.end(), [](const auto& a, const auto& b) {
            return a.relative_path.native() < b.relative_path.native();
        }));
        for (const auto& folder : tree) {
            ASSERT_FALSE(folder.error);
            for (const auto& file : folder.files) {
                ASSERT_FALSE(file.error);
                ASSERT_EQ(file.identity, file_identity(root / file.relative_path.native()));
            }
        }
    }
}

TEST(Tree, AnEmptyFolderIsListed) {
    const ScratchFolder root;
    const auto tree = list_tree(root.path());
    ASSERT_EQ(tree.size(), 1U);
    EXPECT_TRUE(tree[0].relative_path.empty());
    EXPECT_TRUE(tree[0].files.empty());
}

TEST(Tree, KeepsNamesByteForByte) {
    const ScratchFolder root;
    const std::vector<std::string> names{"a b",  "new\nline",           "\xff\xfe not UTF-8",
                                         "grün", std::string(255, 'n'), "\\x41"};
    for (const auto& name : names) write_text(root / name, "x");
    std::set<std::string> found;
    const auto tree = list_tree(root.path());
    for (const auto& file : tree.at(0).files) found.insert(file.relative_path.native());
    EXPECT_EQ(found, std::set<std::string>(names.begin(), names.end()));
}

TEST(Tree, FollowsLinksToFilesAndFolders) {
    const ScratchFolder elsewhere;
    fs::create_directory(elsewhere / "folder");
    write_text(elsewhere / "folder/inner", "inner");
    write_text(elsewhere / "file", "four");
    const ScratchFolder root;
    fs::create_symlink(elsewhere / "file", root / "file");
    fs::create_directory_symlink(elsewhere / "folder", root / "folder");
    fs::create_directory_symlink(elsewhere / "folder", root / "twice");
    const auto tree = list_tree(root.path());
    EXPECT_EQ(listing(tree), (Listing{{"", {"file"}}, {"folder", {"folder/inner"}}, {"twice", {"twice/inner"}}}));
    EXPECT_EQ(file_named(tree, "file").identity.size_bytes, 4);
    EXPECT_EQ(list_tree(root / "folder").size(), 1U) << "the root may be a link";
}

TEST(Tree, LinkLoopsAndBrokenLinksAreNamedNotFollowed) {
    const ScratchFolder root;
    fs::create_directories(root / "a/b");
    write_text(root / "a/b/image.tif", "x");
    fs::create_directory_symlink(root / "a", root / "a/b/up");
    fs::create_directory_symlink(".", root / "here");
    fs::create_symlink("itself.tif", root / "itself.tif");
    fs::create_symlink("nowhere", root / "broken.tif");
    const auto tree = list_tree(root.path());
    EXPECT_EQ(listing(tree),
              (Listing{{"", {"broken.tif", "here", "itself.tif"}}, {"a", {}}, {"a/b", {"a/b/image.tif", "a/b/up"}}}));
    for (const auto& [path, code, words] :
         {std::tuple{"broken.tif", ErrorCode::not_found, "a broken link"},
          {"itself.tif", ErrorCode::invalid_argument, "a link loop"},
          {"here", ErrorCode::invalid_argument, "leads back to a folder above it"},
          {"a/b/up", ErrorCode::invalid_argument, "leads back to a folder above it"}}) {
        const auto& file = file_named(tree, path);
        ASSERT_TRUE(file.error) << path;
        EXPECT_EQ(file.error->code(), code) << path;
        EXPECT_EQ(file.error->where(), path_text(root / path));
        EXPECT_NE(std::string(file.error->what()).find(words), std::string::npos) << file.error->what();
        EXPECT_EQ(file.identity, FileIdentity{});
    }
    EXPECT_FALSE(file_named(tree, "a/b/image.tif").error);
}

TEST(Tree, FoldersThatLinkToOneAnotherComeToAnEnd) {
    const ScratchFolder root;
    fs::create_directory(root / "a");
    fs::create_directory(root / "b");
    fs::create_directory_symlink(root / "b", root / "a/to_b");
    fs::create_directory_symlink(root / "a", root / "b/to_a");
    write_text(root / "a/x", "x");
    const auto found = listing(list_tree(root.path()));
    EXPECT_EQ(found, (Listing{{"", {}},
                              {"a", {"a/x"}},
                              {"a/to_b", {"a/to_b/to_a"}},
                              {"b", {}},
                              {"b/to_a", {"b/to_a/to_b", "b/to_a/x"}}}));
}

TEST(Tree, APipeIsNoFileAndIsNotOpened) {
    const ScratchFolder root;
    ASSERT_EQ(::mkfifo((root / "pipe.tif").c_str(), 0600), 0);
    const auto tree = list_tree(root.path());
    ASSERT_TRUE(file_named(tree, "pipe.tif").error);
    EXPECT_EQ(file_named(tree, "pipe.tif").error->code(), ErrorCode::unsupported);
}

TEST(Tree, ExcludedFoldersAreNotEnteredByAnyName) {
    const ScratchFolder root;
    fs::create_directories(root / "out/deep");
    fs::create_directory(root / "in");
    write_text(root / "out/deep/slice.tif", "x");
    write_text(root / "in/image.tif", "x");
    fs::create_directory_symlink(root / "out", root / "alias");
    const Listing expected{{"", {}}, {"in", {"in/image.tif"}}};
    EXPECT_EQ(listing(list_tree(root.path(), {root / "out"})), expected);
    EXPECT_EQ(listing(list_tree(root.path(), {root / "in/../alias/", root / "not there"})), expected);
    EXPECT_EQ(listing(list_tree(root / "in", {root / "in"})).at(""), std::vector<std::string>{"image.tif"})
        << "who asks for a folder gets it";
}

// Root may enter every folder, so the test lays the privilege down for a moment.
class AsNobody {
public:
    AsNobody() : user_(::geteuid()) { EXPECT_TRUE(user_ != 0 || ::seteuid(65534) == 0); }
    ~AsNobody() { EXPECT_TRUE(user_ != 0 || ::seteuid(0) == 0); }
    AsNobody(const AsNobody&) = delete;
    AsNobody& operator=(const AsNobody&) = delete;

private:
    uid_t user_;
};

// A place for scratch folders that anybody can reach: the usual one may lie in root's own folder.
fs::path reachable_by_nobody() {
    for (const fs::path& place : {fs::temp_directory_path(), fs::path("/tmp"), fs::path("/var/tmp")}) {
        const AsNobody nobody;
        if (::faccessat(AT_FDCWD, place.c_str(), X_OK, AT_EACCESS) == 0) return place;
    }
    throw std::runtime_error("nobody can reach any folder for scratch files; set TMPDIR to one");
}

TEST(Tree, AFolderThatCannotBeListedIsNamedAndTheRestGoesOn) {
    const ScratchFolder root(reachable_by_nobody());
    fs::permissions(root.path(), fs::perms::all);
    fs::create_directories(root / "closed/below");
    fs::create_directory(root / "open");
    write_text(root / "open/image.tif", "x");
    fs::permissions(root / "closed", fs::perms::none);
    {
        const AsNobody nobody;
        const auto tree = list_tree(root.path());
        EXPECT_EQ(listing(tree), (Listing{{"", {}}, {"closed", {}}, {"open", {"open/image.tif"}}}));
        ASSERT_TRUE(tree[1].error);
        EXPECT_EQ(tree[1].error->code(), ErrorCode::permission);
        EXPECT_EQ(tree[1].error->where(), path_text(root / "closed"));
        EXPECT_EQ(code_of(root / "closed"), ErrorCode::permission);
    }
    fs::permissions(root / "closed", fs::perms::owner_all);
}

TEST(Tree, RefusesARootThatIsNoFolder) {
    const ScratchFolder root;
    write_text(root / "file", "x");
    EXPECT_EQ(code_of(root / "file"), ErrorCode::invalid_argument);
    EXPECT_EQ(code_of(root / "missing"), ErrorCode::not_found);
    EXPECT_EQ(code_of(root / "file/below"), ErrorCode::not_found);
}

TEST(Tree, StopsOnRequest) {
    const ScratchFolder root;
    write_text(root / "file", "x");
    std::stop_source stop;
    stop.request_stop();
    try {
        list_tree(root.path(), {}, stop.get_token());
        FAIL() << "went on";
    } catch (const Error& error) {
        EXPECT_EQ(error.code(), ErrorCode::cancelled);
    }
}

}  // namespace
}  // namespace tilewright
