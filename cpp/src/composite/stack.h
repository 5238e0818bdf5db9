// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "composite/strip.h"
#include "tilewright/composite/composite.h"
#include "tilewright/storage/file.h"

namespace tilewright::inline v0_1 {

/// An error's message without the name that it begins with, for errors and reports that name the dataset themselves.
inline std::string reason_of(const Error& error) {
    const std::string message = error.what();
    const auto name = error.where() + ": ";
    return !error.where().empty() && message.starts_with(name) ? message.substr(name.size()) : message;
}

/// One dataset of a stack.
struct StackedDataset {
    std::filesystem::path path;
    std::filesystem::path mask_path;       ///< empty if it has no mask of its own
    std::unique_ptr<RasterReader> reader;  ///< null: opened anew for each read, or unreadable
    std::unique_ptr<RasterReader> mask;
    std::optional<Error> error;    ///< why it was left out
    std::optional<double> nodata;  ///< its own
    FileIdentity identity;
};

struct DatasetStack::State {
    std::vector<std::filesystem::path> paths;
    StackOptions options;
    RasterInfo info;    ///< of the first that can be read, without alpha
    RasterInfo stored;  ///< the same with all its bands
    int alpha_band = -1;
    std::vector<StackedDataset> datasets;
    std::vector<SkippedDataset> skipped;

    bool has_masks() const noexcept;
    /// Reads a window of one dataset: pixels without alpha, packed, and where it has any kind of mask 0 in `mask` for
    /// what it hides, else 255.
    void read(std::size_t number, const Window& window, std::byte* pixels, std::uint8_t* mask) const;
    void read(const StackedDataset& dataset, const Window& window, std::byte* pixels, std::uint8_t* mask) const;
    std::unique_ptr<RasterReader> open(const StackedDataset& dataset) const;
    std::vector<DroppedValues> dropped(const CompositeOptions& options) const;
};

}  // namespace tilewright::inline v0_1
