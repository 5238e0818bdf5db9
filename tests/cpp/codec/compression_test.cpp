// SPDX-License-Identifier: Apache-2.0
#include "tilewright/codec/compression.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tilewright/core/error.h"

namespace tilewright {
namespace {

TEST(Compression, NamesAreReadBack) {
    for (const auto compression : {Compression::fast, Compression::balanced, Compression::small}) {
        EXPECT_EQ(parse_compression(name(compression)), compression);
    }
}

TEST(Compression, UnknownNamesAreRefusedWithTheChoices) {
    for (const auto* text : {"", "Fast", "best", "fast "}) {
        try {
            parse_compression(text);
            FAIL() << "took \"" << text << '"';
        } catch (const Error& error) {
            EXPECT_EQ(error.code(), ErrorCode::invalid_argument);
            EXPECT_THAT(error.what(), testing::HasSubstr("fast, balanced or small"));
        }
    }
}

}  // namespace
}  // namespace tilewright
