// SPDX-License-Identifier: Apache-2.0
#include "tilewright/storage/random_access_file.h"

#include <cpl_error.h>
#include <cpl_vsi.h>
#include <gtest/gtest.h>

#include <array>
#include <string>
#include <vector>

#include "scratch_folder.h"
#include "tilewright/core/error.h"
#include "tilewright/storage/gdal_file_name.h"
#include "tilewright/storage/tree.h"

namespace tilewright {
namespace {

std::string text_at(RandomAccessFile& file, std::uint64_t offset, std::size_t bytes) {
    std::string text(bytes, '\0');
    text.resize(file.read_at(offset, std::as_writable_bytes(std::span(text))));
    return text;
}

// A zip of two members, made through GDAL.
std::filesystem::path make_zip(const ScratchFolder& folder) {
    auto path = folder / "two.zip";
    const auto root = "/vsizip/" + path.string();
    VSILFILE* archive = VSIFOpenL(root.c_str(), "wb");
    for (const char* name : {"a.txt", "deep/b.txt"}) {
        VSILFILE* member = VSIFOpenL((root + "/" + name).c_str(), "wb");
        const std::string content = std::string(1000, name[0]) + name;
        VSIFWriteL(content.data(), 1, content.size(), member);
        VSIFCloseL(member);
    }
    VSIFCloseL(archive);
    return path;
}

TEST(RandomAccessFile, ReadsALocalFile) {
    const ScratchFolder folder;
    write_text(folder / "digits", "0123456789");
    const auto file = RandomAccessFile::open(folder / "digits");
    EXPECT_EQ(text_at(*file, 2, 3), "234");
    EXPECT_EQ(text_at(*file, 8, 5), "89") << "with less only at the end";
    EXPECT_EQ(text_at(*file, 100, 5), "");
    EXPECT_EQ(file->identity(), file_identity(folder / "digits"));
}

TEST(RandomAccessFile, ReadsAMemberOfAnArchive) {
    const ScratchFolder folder;
    const auto zip = "zip://{" + make_zip(folder).string() + "}";
    const auto member = RandomAccessFile::open(zip + "/deep/b.txt");
    EXPECT_EQ(member->identity().size_bytes, 1010);
    EXPECT_EQ(text_at(*member, 1000, 99), "deep/b.txt");
    EXPECT_EQ(text_at(*member, 0, 2), "dd") << "backwards too";
    EXPECT_EQ(place_kind(zip), PlaceKind::folder);
    EXPECT_EQ(place_kind(zip + "/deep"), PlaceKind::folder);
    EXPECT_EQ(place_kind(zip + "/a.txt"), PlaceKind::file);
    EXPECT_EQ(place_kind(zip + "/c.txt"), PlaceKind::none);
    const auto tree = list_tree(zip);
    ASSERT_EQ(tree.size(), 2U);
    EXPECT_EQ(tree[1].files.at(0).relative_path, "deep/b.txt");
    EXPECT_EQ(tree[1].files.at(0).identity, member->identity()) << "a list says what a look says";
}

TEST(RandomAccessFile, GdalReadsThroughIt) {
    const ScratchFolder folder;
    write_text(folder / "digits", "0123456789");
    std::string name;
    {
        const GdalFileName file(RandomAccessFile::open(folder / "digits"));
        name = file.name();
        VSIStatBufL status{};
        ASSERT_EQ(VSIStatL(name.c_str(), &status), 0);
        EXPECT_EQ(status.st_size, 10);
        VSILFILE* opened = VSIFOpenL(name.c_str(), "rb");
        ASSERT_NE(opened, nullptr);
        std::array<char, 4> bytes{};
        EXPECT_EQ(VSIFSeekL(opened, 3, SEEK_SET), 0);
        EXPECT_EQ(VSIFReadL(bytes.data(), 1, bytes.size(), opened), 4U);
        EXPECT_EQ(std::string(bytes.data(), bytes.size()), "3456");
        EXPECT_EQ(VSIFSeekL(opened, 0, SEEK_END), 0);
        EXPECT_EQ(VSIFTellL(opened), 10U);
        VSIFCloseL(opened);
        EXPECT_EQ(VSIFOpenL(name.c_str(), "wb"), nullptr) << "only to be read";
        file.rethrow_error();
    }
    CPLPushErrorHandler(CPLQuietErrorHandler);
    VSIStatBufL status{};
    EXPECT_NE(VSIStatL(name.c_str(), &status), 0) << "the name ends with the object";
    CPLPopErrorHandler();
}

// A file whose bytes cannot be had.
class Broken final : public RandomAccessFile {
public:
    const std::filesystem::path& place() const noexcept override { return place_; }
    const FileIdentity& identity() const noexcept override { return identity_; }
    std::size_t read_at(std::uint64_t, std::span<std::byte>) override {
        throw Error(ErrorCode::permission, "no", "s3://b/k");
    }

private:
    const std::filesystem::path place_ = "s3://b/k";
    const FileIdentity identity_{10, 0};
};

TEST(RandomAccessFile, WhatGdalMetIsNotLost) {
    const GdalFileName file(std::make_shared<Broken>());
    VSILFILE* opened = VSIFOpenL(file.name().c_str(), "rb");
    ASSERT_NE(opened, nullptr);
    char byte = 0;
    EXPECT_EQ(VSIFReadL(&byte, 1, 1, opened), 0U);
    VSIFCloseL(opened);
    try {
        file.rethrow_error();
        FAIL();
    } catch (const Error& error) {
        EXPECT_EQ(error.code(), ErrorCode::permission);
    }
}

}  // namespace
}  // namespace tilewright
