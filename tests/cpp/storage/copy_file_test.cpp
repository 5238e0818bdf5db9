// SPDX-License-Identifier: Apache-2.0
#include "tilewright/storage/copy_file.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <functional>
#include <stop_token>
#include <string>

#include "scratch_folder.h"
#include "tilewright/core/error.h"
#include "tilewright/storage/file.h"

namespace tilewright {
namespace {

namespace fs = std::filesystem;

Error error_of(const std::function<void()>& call) {
    try {
        call();
    } catch (const Error& error) {
        return error;
    }
    ADD_FAILURE() << "no error";
    return {ErrorCode::internal, "no error"};
}

const std::stop_token never;

std::string numbers(std::size_t bytes) {
    std::string text;
    for (std::size_t i = 0; text.size() < bytes; ++i) text += std::to_string(i) + ' ';
    text.resize(bytes);
    return text;
}

TEST(CopyFile, CopiesFilesOfAnySize) {
    const ScratchFolder folder;
    constexpr std::size_t piece = std::size_t{4} << 20;
    for (const std::size_t bytes : {std::size_t{0}, std::size_t{1}, piece - 1, piece, piece + 1, 2 * piece + 7}) {
        const auto content = numbers(bytes);
        write_text(folder / "from", content);
        EXPECT_EQ(copy_file(folder / "from", folder / "to", never), static_cast<std::int64_t>(bytes));
        EXPECT_TRUE(read_text(folder / "to") == content) << bytes << " bytes";
    }
}

TEST(CopyFile, MakesFoldersAndReplacesWhatIsThere) {
    const ScratchFolder folder;
    write_text(folder / "from", "new");
    copy_file(folder / "from", folder / "a/b/to", never);
    write_text(folder / "a/b/to", "old and longer");
    copy_file(folder / "from", folder / "a/b/to", never);
    EXPECT_EQ(read_text(folder / "a/b/to"), "new");
    copy_file(folder / "from", folder / "from", never);
    EXPECT_EQ(read_text(folder / "from"), "new");
}

TEST(CopyFile, NamesWhatCannotBeRead) {
    const ScratchFolder folder;
    const auto missing = error_of([&] { copy_file(folder / "missing", folder / "to", never); });
    EXPECT_EQ(missing.code(), ErrorCode::not_found);
    EXPECT_EQ(missing.where(), (folder / "missing").string());
    EXPECT_TRUE(fs::is_empty(folder.path()));
}

TEST(CopyFile, LeavesNothingWhenStopped) {
    const ScratchFolder folder;
    write_text(folder / "from", "content");
    write_text(folder / "to", "what was there");
    std::stop_source stop;
    stop.request_stop();
    const auto stopped = error_of([&] { copy_file(folder / "from", folder / "to", stop.get_token()); });
    EXPECT_EQ(stopped.code(), ErrorCode::cancelled);
    EXPECT_EQ(read_text(folder / "to"), "what was there");
    EXPECT_EQ(std::distance(fs::directory_iterator(folder.path()), fs::directory_iterator{}), 2);
}

}  // namespace
}  // namespace tilewright
