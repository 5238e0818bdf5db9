// SPDX-License-Identifier: Apache-2.0
#include "tilewright/storage/file.h"

#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "scratch_folder.h"
#include "tilewright/core/error.h"

namespace tilewright {
namespace {

namespace fs = std::filesystem;

std::size_t entries(const fs::path& folder) {
    return static_cast<std::size_t>(std::distance(fs::directory_iterator(folder), fs::directory_iterator{}));
}

ErrorCode code_of(const std::function<void()>& call) {
    try {
        call();
    } catch (const Error& error) {
        return error.code();
    }
    ADD_FAILURE() << "no error";
    return ErrorCode::internal;
}

TEST(AtomicFile, IsWholeOrAbsent) {
    const ScratchFolder folder;
    {
        AtomicFile file(folder / "abandoned");
        file.write(std::as_bytes(std::span("half", 4)));
    }
    EXPECT_EQ(entries(folder.path()), 0U);
    write_text(folder / "kept", "whole");
    EXPECT_EQ(read_text(folder / "kept"), "whole");
    EXPECT_EQ(entries(folder.path()), 1U);
}

TEST(AtomicFile, ReplacesTheOldFileOnlyAtCommit) {
    const ScratchFolder folder;
    write_text(folder / "f", "old");
    AtomicFile file(folder / "f");
    file.write(std::as_bytes(std::span("new", 3)));
    EXPECT_EQ(read_text(folder / "f"), "old");
    file.commit();
    EXPECT_EQ(read_text(folder / "f"), "new");
}

TEST(AtomicFile, OverwritesItsBeginningAndGoesOnAtTheEnd) {
    const ScratchFolder folder;
    const auto bytes = [](std::string_view text) { return std::as_bytes(std::span(text.data(), text.size())); };
    AtomicFile file(folder / "f");
    file.write(bytes("????body"));
    file.write_at(0, bytes("head"));
    file.write(bytes("end"));
    file.commit();
    EXPECT_EQ(read_text(folder / "f"), "headbodyend");
}

TEST(AtomicFile, TakesTheLongestNamesAndTellsThemApart) {
    const ScratchFolder folder;
    const std::string stem(254, 'n');
    AtomicFile a(folder / (stem + "a"));
    AtomicFile b(folder / (stem + "b"));
    EXPECT_NE(a.temporary_path(), b.temporary_path());
    EXPECT_TRUE(is_temporary_name(a.temporary_path().filename().native()));
    a.commit();
    EXPECT_TRUE(fs::exists(folder / (stem + "a")));
}

TEST(AtomicFile, NamesTheFileThatCannotBeMade) {
    EXPECT_EQ(code_of([] { AtomicFile("/no/such/folder/file"); }), ErrorCode::not_found);
    const ScratchFolder folder;
    try {
        AtomicFile(folder / "missing" / "file");
    } catch (const Error& error) {
        EXPECT_EQ(error.where(), (folder / "missing" / "file").native());
    }
}

TEST(FileIdentity, ChangesWithContentAndNamesBrokenLinks) {
    const ScratchFolder folder;
    write_text(folder / "f", "one");
    const auto before = file_identity(folder / "f");
    EXPECT_EQ(before.size_bytes, 3);
    EXPECT_EQ(before, file_identity(folder / "f"));
    fs::create_symlink(folder / "nowhere", folder / "broken");
    try {
        file_identity(folder / "broken");
        FAIL() << "a broken link was accepted";
    } catch (const Error& error) {
        EXPECT_EQ(error.code(), ErrorCode::not_found);
        EXPECT_NE(std::string(error.what()).find("broken link"), std::string::npos);
    }
    fs::create_symlink(folder / "loop", folder / "loop");
    EXPECT_EQ(code_of([&] { file_identity(folder / "loop"); }), ErrorCode::invalid_argument);
}

TEST(FileIdentity, SaysOfWhatIsNotThereThatItDoesNotExist) {
    const ScratchFolder folder;
    write_text(folder / "f", "");
    const auto message_of = [](const fs::path& path) -> std::string {
        try {
            file_identity(path);
        } catch (const Error& error) {
            EXPECT_EQ(error.code(), ErrorCode::not_found);
            return error.what();
        }
        return "no error";
    };
    EXPECT_EQ(message_of(folder / "nosuch"), (folder / "nosuch").native() + ": does not exist");
    EXPECT_EQ(message_of(folder / "f" / "below"),
              (folder / "f" / "below").native() + ": cannot be reached: Not a directory");
}

TEST(ReadText, RefusesMoreThanItsLimit) {
    const ScratchFolder folder;
    write_text(folder / "f", "12345");
    EXPECT_EQ(read_text(folder / "f", 5), "12345");
    EXPECT_EQ(code_of([&] { read_text(folder / "f", 4); }), ErrorCode::resource);
}

TEST(ReadPieces, GivesEveryByteInOrder) {
    const ScratchFolder folder;
    std::string text(1'000'003, ' ');
    for (std::size_t i = 0; i < text.size(); ++i) text[i] = static_cast<char>(i * 31);
    write_text(folder / "f", text);
    std::string read;
    read_pieces(folder / "f", [&](std::span<const std::byte> piece) {
        read.append(reinterpret_cast<const char*>(piece.data()), piece.size());
    });
    EXPECT_EQ(read, text);
}

TEST(MakeFolder, SaysWhenAFileIsInTheWay) {
    const ScratchFolder folder;
    make_folder(folder / "a" / "b");
    make_folder(folder / "a" / "b");
    write_text(folder / "file", "");
    EXPECT_EQ(code_of([&] { make_folder(folder / "file"); }), ErrorCode::already_exists);
    EXPECT_EQ(code_of([&] { make_folder(folder / "file" / "below"); }), ErrorCode::already_exists);
}

TEST(PathText, KeepsUtf8AndShowsOtherBytes) {
    EXPECT_EQ(path_text("Übersicht Nord\n1.tif"), "Übersicht Nord\n1.tif");
    EXPECT_EQ(path_text("caf\xe9.tif"), "caf\\xe9.tif");
    EXPECT_EQ(path_text("\xed\xa0\x80"), "\\xed\\xa0\\x80");  // a surrogate is not UTF-8
}

TEST(WriteTextOnce, TheFirstDecides) {
    const ScratchFolder folder;
    write_text_once(folder / "plan", "first");
    write_text_once(folder / "plan", "second");
    EXPECT_EQ(read_text(folder / "plan"), "first");
    EXPECT_EQ(entries(folder.path()), 1U) << "nothing else stays";
}

TEST(WriteTextOnce, OfManyAtOnceAllReadOneWhole) {
    const ScratchFolder folder;
    std::vector<std::string> read(8);
    std::vector<std::thread> threads;
    for (std::size_t i = 0; i < read.size(); ++i) {
        threads.emplace_back([&, i] {
            write_text_once(folder / "plan", std::string(100'000, static_cast<char>('a' + i)));
            read[i] = read_text(folder / "plan");
        });
    }
    for (auto& thread : threads) thread.join();
    for (const auto& text : read) EXPECT_EQ(text, read[0]);
    EXPECT_EQ(read[0], std::string(100'000, read[0][0]));
}

}  // namespace
}  // namespace tilewright
