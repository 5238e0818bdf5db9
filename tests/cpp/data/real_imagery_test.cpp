// SPDX-License-Identifier: Apache-2.0
// Real files made by others: valid ones come back bit for bit, malformed ones end in an error that says why.
// They are not part of the project: TILEWRIGHT_DATA names a folder with good/ and bad/, or ../shared/data is one.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "data/forked_run.h"
#include "scratch_folder.h"
#include "tilewright/core/error.h"
#include "tilewright/core/thread_pool.h"
#include "tilewright/raster/raster_reader.h"
#include "tilewright/storage/file.h"
#include "tilewright/tile/compare.h"
#include "tilewright/tile/reconstruct.h"
#include "tilewright/tile/tesselate.h"
#include "tilewright/tile/verify.h"

namespace tilewright {
namespace {

namespace fs = std::filesystem;

#ifdef __SANITIZE_ADDRESS__
constexpr int limit_s = 120;  // checked and not optimised, code takes ten times as long
#else
constexpr int limit_s = 10;
#endif
constexpr int whole_limit_s = 600;  // three tesselations and their proofs; only a hang takes so long
constexpr std::int64_t limit_bytes = std::int64_t{1} << 30;

/// What is valid and yet refused: part of the file's name, and words of the refusal. docs/guide/lossless.md lists them.
struct Refusal {
    std::string_view file;
    std::string_view words;
};
constexpr std::array refusals{
    Refusal{"gdal--vophead.jpg", "Premature end of JPEG file"},
};

fs::path data_folder() {
    const char* named = std::getenv("TILEWRIGHT_DATA");
    return named != nullptr ? fs::path(named) : fs::path(TILEWRIGHT_SOURCE_DIR) / "../shared/data";
}

std::vector<fs::path> files_below(const fs::path& folder) {
    std::vector<fs::path> files;
    if (!fs::is_directory(folder)) return files;
    for (const auto& entry : fs::recursive_directory_iterator(folder))
        if (entry.is_regular_file()) files.push_back(entry.path());
    std::sort(files.begin(), files.end());
    return files;
}

/// Runs a body that says "" if all is well; also an Error's code and message, so that nothing leaves it.
std::string outcome_of(const std::function<std::string()>& body) {
    try {
        return body();
    } catch (const Error& error) {
        return std::string(name(error.code())) + ": " + error.what() + " [" + error.where() + "]";
    } catch (const std::exception& error) {
        return std::string("not an Error: ") + error.what();
    }
}

bool starts_with(std::string_view text, std::string_view start) {
    return text.substr(0, start.size()) == start;
}

/// A folder of files, taken in a test of its own so that ctest can run several beside each other.
class RealImagery : public testing::TestWithParam<const char*> {
protected:
    void SetUp() override {
        files_ = files_below(data_folder() / GetParam());
        if (files_.empty()) GTEST_SKIP() << "no real imagery in " << data_folder() / GetParam();
    }
    std::vector<fs::path> files_;
};

class BadImagery : public RealImagery {};
class GoodImagery : public RealImagery {};

TEST_P(BadImagery, EndsInSlicesOrInAnErrorThatNamesTheFile) {
    for (const fs::path& file : files_) {
        SCOPED_TRACE(path_text(file));
        const ScratchFolder scratch;
        const fs::path folder = scratch / "slices";
        const ForkedRun run = run_forked(
            [&] {
                return outcome_of([&] { return read_raster_info(file), tesselate(file, folder, {}), std::string(); });
            },
            limit_s);
        EXPECT_EQ(run.death, "");
        EXPECT_LT(run.peak_bytes, limit_bytes);
        EXPECT_FALSE(starts_with(run.said, "not an Error") || starts_with(run.said, "internal")) << run.said;
        if (run.said.empty() && run.death.empty()) {
            EXPECT_TRUE(fs::exists(folder / Manifest::filename));
        } else if (run.death.empty()) {
            EXPECT_NE(run.said.find(file.filename().native()), std::string::npos) << run.said;
            EXPECT_EQ(files_below(folder), std::vector<fs::path>()) << "half-written files stayed: " << run.said;
        }
    }
}

std::vector<Layout> layouts_for(Size size) {
    const auto at_most = [](std::int64_t wish, std::int64_t most) { return std::clamp<std::int64_t>(wish, 1, most); };
    return {PiecesLayout{at_most(8, size.width_px * size.height_px)},
            TilesLayout{at_most(300, size.width_px) + 1, at_most(200, size.height_px) + 1, 1, EdgePolicy::pad},
            StripsLayout{at_most(3, size.width_px), StripDirection::vertical}};
}

/// "" if the image comes back whole and proven, else what is wrong.
std::string round_trip(const fs::path& file, const Layout& layout, const fs::path& folder) {
    ThreadPool threads(available_processors());
    RunContext context;
    context.executor = &threads;
    TesselateOptions options;
    options.layout = layout;
    const Manifest manifest = tesselate(file, folder / "slices", options, context);
    const VerifyResult proof = verify(folder / "slices", SourceCheck::never, context);
    if (!proof.ok()) return "verify: " + (proof.problems.empty() ? "unproven slices" : proof.problems.front().message);
    reconstruct(manifest, folder / "rebuilt.tif", Compression::fast, context);
    const Comparison comparison = compare(file, folder / "rebuilt.tif", context);
    if (comparison.identical()) return {};
    return "compare: " + std::to_string(comparison.different_samples) + " samples differ; " +
           (comparison.differences.empty() ? "" : comparison.differences.front());
}

TEST_P(GoodImagery, ComesBackBitForBit) {
    for (const fs::path& file : files_) {
        SCOPED_TRACE(path_text(file));
        const ForkedRun run = run_forked(
            [&] {
                return outcome_of([&]() -> std::string {
                    for (const Layout& layout : layouts_for(read_raster_info(file).size)) {
                        const ScratchFolder scratch;
                        std::string wrong = round_trip(file, layout, scratch.path());
                        if (!wrong.empty()) return wrong;
                    }
                    return {};
                });
            },
            whole_limit_s);
        EXPECT_EQ(run.death, "");
        EXPECT_LT(run.peak_bytes, limit_bytes);
        const auto refusal = std::find_if(refusals.begin(), refusals.end(), [&](const Refusal& known) {
            return file.filename().native().find(known.file) != std::string::npos;
        });
        if (refusal == refusals.end()) {
            EXPECT_EQ(run.said, "");
        } else {
            EXPECT_TRUE(starts_with(run.said, "unsupported: ") || starts_with(run.said, "corrupt: ")) << run.said;
            EXPECT_NE(run.said.find(refusal->words), std::string::npos) << run.said;
        }
    }
}

std::string folder_name(const testing::TestParamInfo<const char*>& parameter) {
    std::string text = parameter.param;
    std::replace_if(
        text.begin(), text.end(), [](char c) { return c == '/' || c == '-'; }, '_');
    return text;
}

INSTANTIATE_TEST_SUITE_P(RealImagery, BadImagery,
                         testing::Values("bad/decode-bombs", "bad/fuzz-jpeg", "bad/fuzz-png", "bad/fuzz-tiff",
                                         "bad/malformed-jp2", "bad/malformed-jpeg", "bad/malformed-png",
                                         "bad/malformed-tiff", "bad/unsupported-codec"),
                         folder_name);
INSTANTIATE_TEST_SUITE_P(RealImagery, GoodImagery,
                         testing::Values("good/aerial", "good/cog", "good/jp2", "good/jpeg", "good/odd-names",
                                         "good/png", "good/tiff-real", "good/tiff-variants"),
                         folder_name);

}  // namespace
}  // namespace tilewright
