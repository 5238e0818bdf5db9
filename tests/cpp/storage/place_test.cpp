// SPDX-License-Identifier: Apache-2.0
#include "tilewright/storage/place.h"

#include <gtest/gtest.h>

#include <string>

#include "storage/vsi_name.h"
#include "tilewright/core/error.h"

namespace tilewright {
namespace {

namespace fs = std::filesystem;

TEST(Place, AddressesAreToldFromPaths) {
    for (const char* text : {"s3://bucket/key", "gs://bucket", "az://container/a b.tif", "https://host/a.tif",
                             "http://host/a.tif", "zip://{/tmp/a.zip}", "tar://{s3://b/a.tar.gz}/m"}) {
        EXPECT_TRUE(is_url(text)) << text;
    }
    for (const char* text : {"/tmp/s3://bucket", "s3:/bucket", "ftp://host/a", "a.zip", "S3://bucket", ""}) {
        EXPECT_FALSE(is_url(text)) << text;
    }
}

TEST(Place, JoinedAsPathsAre) {
    const fs::path root = "s3://bucket/in";
    EXPECT_EQ((root / "deep" / "a.tif").native(), "s3://bucket/in/deep/a.tif");
    EXPECT_EQ((root / "a.tif").parent_path(), root);
    EXPECT_EQ((root / "a.tif").filename(), "a.tif");
    EXPECT_EQ((fs::path("zip://{/tmp/a.zip}") / "m.tif").native(), "zip://{/tmp/a.zip}/m.tif");
}

TEST(Place, RemoteIsWhatLiesOnAnotherMachine) {
    EXPECT_TRUE(is_remote("s3://bucket/key"));
    EXPECT_TRUE(is_remote("zip://{tar://{gs://bucket/a.tar}/b.zip}/c.tif"));
    EXPECT_FALSE(is_remote("zip://{/tmp/a.zip}/c.tif"));
    EXPECT_FALSE(is_remote("/tmp/a.tif"));
    EXPECT_TRUE(is_in_archive("zip://{/tmp/a.zip}/c.tif"));
    EXPECT_FALSE(is_in_archive("s3://bucket/a.zip"));
}

TEST(Place, ArchivesAreFoldersByTheirNames) {
    EXPECT_EQ(inside_archive("/tmp/A.ZIP").native(), "zip://{/tmp/A.ZIP}");
    EXPECT_EQ(inside_archive("s3://b/a.tar.gz").native(), "tar://{s3://b/a.tar.gz}");
    EXPECT_TRUE(is_archive_name("x.TGZ"));
    EXPECT_FALSE(is_archive_name("x.gz"));
    EXPECT_THROW(inside_archive("/tmp/a.tif"), Error);
}

TEST(Place, TakenApartForGdal) {
    EXPECT_EQ(vsi_name("s3://bucket/a b.tif"), "/vsis3/bucket/a b.tif");
    EXPECT_EQ(vsi_name("https://host/a.tif?x=1"), "/vsicurl/https://host/a.tif?x=1");
    EXPECT_THROW(vsi_name(""), Error);
    EXPECT_EQ(vsi_name("/vsimem/x"), "/./vsimem/x") << "a folder of this machine, whatever GDAL takes it for";
    const auto parts = archive_parts("tar://{zip://{/tmp/{odd}.zip}/b.tar}/deep/c.tif");
    EXPECT_EQ(parts.vsi_prefix, "/vsitar/");
    EXPECT_EQ(parts.archive.native(), "zip://{/tmp/{odd}.zip}/b.tar");
    EXPECT_EQ(parts.member, "/deep/c.tif");
    for (const char* text : {"zip://a.zip", "zip://{a.zip", "zip://", "s3://b/k"}) {
        EXPECT_THROW(archive_parts(text), Error) << text;
    }
}

}  // namespace
}  // namespace tilewright
