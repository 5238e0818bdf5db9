// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "tilewright/composite/composite_options.h"
#include "tilewright/core/error.h"
#include "tilewright/core/run_context.h"
#include "tilewright/core/window.h"
#include "tilewright/image/image.h"
#include "tilewright/raster/cog.h"
#include "tilewright/raster/raster_reader.h"

#pragma GCC visibility push(default)
namespace tilewright::inline v0_1 {

/// How datasets are opened and brought together.
struct StackOptions {
    /// One a dataset, of the same extent, or none at all: what hides its samples, such as a scene classification. Its
    /// size goes into the dataset's a whole number of times.
    std::vector<std::filesystem::path> masks;
    /// Values of those masks that hide a sample.
    std::vector<int> hidden_classes;
    /// Warp what differs in size, CRS or geotransform onto the first; else it is an error.
    bool align = false;
    std::string resampling = "nearest";  ///< when warping: "nearest", "bilinear", "cubic", "average"
    int skip_bad = 0;                    ///< datasets that may be unreadable
    OpenOptions open;
};

/// A dataset that was left out because it could not be read.
struct SkippedDataset {
    std::size_t number = 0;  ///< in the list of datasets, from 0
    std::string path;
    std::string reason;
};

/// Datasets over the same pixels, opened and found to fit together. Safe from any thread.
class DatasetStack {
public:
    /// @param datasets  1 to 32,767 of uint8, uint16, int16 or float32, 1 to 64 bands beside alpha
    /// @throws Error invalid_argument naming the one that differs from the others; for no dataset at all; unsupported
    ///         for other types; of open_raster for a dataset that cannot be read
    DatasetStack(std::vector<std::filesystem::path> datasets, const StackOptions& options,
                 const RunContext& context = {});
    ~DatasetStack();
    DatasetStack(const DatasetStack&) = delete;
    DatasetStack& operator=(const DatasetStack&) = delete;

    /// Of the first dataset, without an alpha band.
    const RasterInfo& info() const noexcept;
    const std::vector<std::filesystem::path>& datasets() const noexcept;
    /// Those that could not be opened.
    const std::vector<SkippedDataset>& skipped() const noexcept;

    struct State;
    const State& state() const noexcept { return *state_; }

private:
    std::unique_ptr<State> state_;
};

/// One window of the datasets, made into one image.
struct Composite {
    Image image;
    Image mask;      ///< uint8: 255 where a sample was left, 0 where none
    Image counts;    ///< uint16: how many samples counted
    Image datasets;  ///< uint16: number of the dataset the sample is of, 65535 for none; empty if the rule chooses none
    RasterInfo info;  ///< of the image: the window's place, its nodata
    std::vector<SkippedDataset> skipped;
};

/// Composes a window. Blocks of the datasets are read and decoded once where memory allows, a part of the window at a
/// time, all of the context's threads at work; the window of every dataset is never in memory at once.
///
/// @param memory_bytes  to be kept to, 0: default_memory_budget_bytes(); exceeded only if one row of pixels needs it
/// @throws Error invalid_argument if the window is empty or not inside; of reading, with the dataset's name; cancelled
Composite composite_window(const DatasetStack& stack, const Window& window, const CompositeOptions& options = {},
                           std::int64_t memory_bytes = 0, const RunContext& context = {});

/// Memory that composite_window() works with beside its result, in bytes.
std::int64_t compositing_bytes(const DatasetStack& stack, const Window& window, const CompositeOptions& options,
                               std::int64_t memory_bytes);

/// What is written beside the composite, and how.
struct CompositeFiles {
    bool counts = false;    ///< `{stem}_count.tif`
    bool datasets = false;  ///< `{stem}_dataset.tif`
    CogOptions cog;         ///< of the image; the others are never JPEG
};

/// What a file answers: the datasets as they are, window, rule and all else that decides about the samples, as a
/// SHA-256. It stands in the metadata of what write_composite() writes.
std::string composite_request(const DatasetStack& stack, const Window& window, const CompositeOptions& options,
                              const CompositeFiles& files);

/// The metadata item that holds a composite_request().
inline constexpr const char* request_key = "TILEWRIGHT_REQUEST";

/// What the metadata of a composite's files say: rule, number of datasets, window, the request that they answer, and
/// the datasets that were left out.
Metadata composite_metadata(const CompositeOptions& options, std::size_t datasets, const Window& window,
                            const std::vector<SkippedDataset>& skipped, const std::string& request);

/// The datasets that were left out of a file, as its metadata say. @throws Error corrupt if they say nothing that
/// composite_metadata() writes
std::vector<SkippedDataset> skipped_datasets_in(const RasterInfo& info);

/// Whether a file says in its metadata that it answers a request. One that is missing, damaged or no raster does not.
/// @throws Error permission, io
bool answers(const std::filesystem::path& file, const std::string& request);

/// The image, and the files that are written beside it, the image last.
std::vector<std::filesystem::path> files_of(const std::filesystem::path& image, const CompositeFiles& files);

struct WrittenComposite {
    bool skipped = false;  ///< it was there already
    std::filesystem::path path;
    std::int64_t size_bytes = 0;   ///< of all files
    std::int64_t void_pixels = 0;  ///< of which no sample was left
    std::vector<SkippedDataset> skipped_datasets;
};

/// Composes a window and writes it as a COG, whole or absent, what lies beside it first. Does nothing if the files are
/// there and answer this very request.
/// @throws Error of composite_window and CogWriter
WrittenComposite write_composite(const std::filesystem::path& target, const DatasetStack& stack, const Window& window,
                                 const CompositeOptions& options = {}, const CompositeFiles& files = {},
                                 std::int64_t memory_bytes = 0, const RunContext& context = {});

}  // namespace tilewright::inline v0_1
#pragma GCC visibility pop
