// SPDX-License-Identifier: Apache-2.0
#include "tilewright/chip/chip_set.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <limits>
#include <map>
#include <set>
#include <string>

#include "scratch_folder.h"
#include "tilewright/core/error.h"

namespace tilewright {
namespace {

ChipSet sample_set() {
    ChipSet set;
    set.source = "north/cap \"1\".tif";
    set.source_identity = {1234567, 1'700'000'000'123'456'789};
    set.name = "cap \"1\"";
    set.prefix = "A";
    set.folder = "07";
    set.image = {4000, 3000};
    set.bands = 3;
    set.type = PixelType::uint16;
    set.options_digest = "00112233445566778899aabbccddeeff";
    ChipRecord chip;
    chip.number = 1;
    chip.window = {10, 20, 1024, 1024};
    chip.filename = "A_cap \"1\"_01.png";
    chip.pixel_hash = "abc";
    chip.file_size_bytes = 99;
    chip.sha256 = "def";
    chip.valid_fraction = 1.0 / 3;
    chip.footprint = {{-110.7, 32.2}, {-110.6, 32.2}, {-110.6, 32.1}, {-110.7, 32.1}};
    set.chips.push_back(chip);
    ChipRecord skipped;
    skipped.number = 2;
    skipped.skip_reason = "no_room";
    set.chips.push_back(skipped);
    return set;
}

// The folders that the original tool gave these sources.
TEST(ChipFolder, IsTheOneOfTheOriginalTool) {
    const std::map<std::string, std::pair<std::string, std::string>> vectors{{"cap-29792", {"09", "09"}},
                                                                             {"cap-29845", {"06", "16"}},
                                                                             {"cap-30123", {"09", "19"}},
                                                                             {"tumamoc-west-01", {"08", "08"}}};
    for (const auto& [stem, folders] : vectors) {
        EXPECT_EQ(chip_folder(stem, 10), folders.first) << stem;
        EXPECT_EQ(chip_folder(stem, 20), folders.second) << stem;
        EXPECT_EQ(chip_folder(stem, 1), "01");
    }
}

TEST(ChipFolder, AllAreUsedAboutAlike) {
    std::map<std::string, int> counts;
    for (int i = 0; i < 10'000; ++i) ++counts[chip_folder("cap-" + std::to_string(i), 10)];
    ASSERT_EQ(counts.size(), 10U);
    EXPECT_EQ(counts.begin()->first, "01");
    EXPECT_EQ(counts.rbegin()->first, "10");
    for (const auto& [folder, count] : counts) EXPECT_NEAR(count, 1000, 150) << folder;
}

TEST(ChipFilename, HasAtLeastTwoDigits) {
    EXPECT_EQ(chip_filename("A", "cap-29792", 1, RasterFormat::png), "A_cap-29792_01.png");
    EXPECT_EQ(chip_filename("B", "x", 123, RasterFormat::tiff), "B_x_123.tif");
}

TEST(ChipOptions, DigestTellsEveryOptionThatMatters) {
    const ChipOptions plain;
    std::set<std::string> digests{plain.digest()};
    const auto add = [&](auto change) {
        ChipOptions options;
        change(options);
        EXPECT_TRUE(digests.insert(options.digest()).second);
    };
    add([](ChipOptions& o) { o.layout.count = 5; });
    add([](ChipOptions& o) { o.layout.size_px = 512; });
    add([](ChipOptions& o) { o.layout.margin_px = 0; });
    add([](ChipOptions& o) { o.layout.seed = 1; });
    add([](ChipOptions& o) { o.prefix = "B"; });
    add([](ChipOptions& o) { o.folders = 20; });
    add([](ChipOptions& o) { o.format = ChipFormat::tiff; });
    add([](ChipOptions& o) { o.compression = Compression::small; });
    add([](ChipOptions& o) { o.max_nodata = 0.5; });
    ChipOptions limits;
    limits.open.max_raw_bytes = 1;
    EXPECT_EQ(limits.digest(), plain.digest());
}

TEST(ChipOptions, RefuseWhatCanNeverWork) {
    const auto is_refused = [](auto change) {
        ChipOptions options;
        change(options);
        try {
            check_chip_options(options);
        } catch (const Error& error) {
            return error.code() == ErrorCode::invalid_argument;
        }
        return false;
    };
    EXPECT_TRUE(is_refused([](ChipOptions& o) { o.layout.count = 0; }));
    EXPECT_TRUE(is_refused([](ChipOptions& o) { o.prefix = "a_b"; }));
    EXPECT_TRUE(is_refused([](ChipOptions& o) { o.folders = 0; }));
    EXPECT_TRUE(is_refused([](ChipOptions& o) { o.folders = 10'000; }));
    EXPECT_TRUE(is_refused([](ChipOptions& o) { o.max_nodata = -0.1; }));
    EXPECT_TRUE(is_refused([](ChipOptions& o) { o.max_nodata = 1.1; }));
    EXPECT_TRUE(is_refused([](ChipOptions& o) { o.max_nodata = std::numeric_limits<double>::quiet_NaN(); }));
    EXPECT_NO_THROW(check_chip_options({}));
}

TEST(ChipSet, ComesBackAsItWasWritten) {
    const ScratchFolder folder;
    const auto set = sample_set();
    write_text(folder / "record.json", chip_set_text(set));
    const auto read = read_chip_set(folder / "record.json");
    EXPECT_EQ(chip_set_text(read), chip_set_text(set));
    EXPECT_EQ(read.chips.at(0).valid_fraction, set.chips.at(0).valid_fraction);
    EXPECT_EQ(read.source_identity, set.source_identity);
    EXPECT_EQ(read.written(), 1);
}

TEST(ChipSet, AForgedOneIsRefused) {
    const ScratchFolder folder;
    const auto path = folder / "record.json";
    const auto text = chip_set_text(sample_set());
    const auto refuses = [&](const std::string& from, const std::string& to) {
        auto forged = text;
        const auto at = forged.find(from);
        if (at == std::string::npos) return testing::AssertionFailure() << "no " << from;
        forged.replace(at, from.size(), to);
        write_text(path, forged);
        try {
            read_chip_set(path);
        } catch (const Error& error) {
            return error.code() == ErrorCode::corrupt && error.where() == path
                       ? testing::AssertionSuccess()
                       : testing::AssertionFailure() << error.what();
        }
        return testing::AssertionFailure() << "accepted " << to;
    };
    EXPECT_TRUE(refuses("\"filename\": \"A_cap", "\"filename\": \"../A_cap"));
    EXPECT_TRUE(refuses("\"folder\": \"07\"", "\"folder\": \"..\""));
    EXPECT_TRUE(refuses("\"name\": \"cap \\\"1\\\"\"", "\"name\": \"../cap\""));
    EXPECT_TRUE(refuses("\"x\": 10", "\"x\": 3000"));
    EXPECT_TRUE(refuses("\"x\": 10", "\"x\": -1"));
    EXPECT_TRUE(refuses("\"x\": 10", "\"x\": \"10\""));
    EXPECT_TRUE(refuses("\"number\": 2", "\"number\": 3"));
    EXPECT_TRUE(refuses("\"skipped\": \"no_room\"", "\"skipped\": \"\""));
    EXPECT_TRUE(refuses("\"chips\"", "\"chip\""));
    EXPECT_TRUE(refuses("{", "["));
    write_text(path, "");
    EXPECT_THROW(read_chip_set(path), Error);
}

TEST(ChipSet, AllOfAFolderAreRead) {
    const ScratchFolder folder;
    EXPECT_TRUE(read_chip_sets(folder.path()).empty());
    make_folder(folder / "records");
    for (const char* prefix : {"B", "A"}) {
        auto set = sample_set();
        set.prefix = prefix;
        set.chips.erase(set.chips.begin());
        set.chips[0].number = 1;
        write_text(chip_set_path(folder.path(), prefix, set.name), chip_set_text(set));
    }
    const auto sets = read_chip_sets(folder.path());
    ASSERT_EQ(sets.size(), 2U);
    EXPECT_EQ(sets[0].prefix, "A");
}

}  // namespace
}  // namespace tilewright
