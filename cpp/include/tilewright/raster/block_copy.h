// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <memory>

#include "tilewright/core/window.h"
#include "tilewright/raster/raster_info.h"
#include "tilewright/raster/raster_writer.h"

#pragma GCC visibility push(default)
namespace tilewright::inline v0_1 {

/// Cuts windows out of a TIFF by copying its compressed strips or tiles as they lie: lossless by construction, and as
/// fast as the disk.
///
/// Safe from any thread: copies that overlap get handles of their own.
class BlockCopier {
public:
    /// @throws Error as open_raster; unsupported if the file is no TIFF
    explicit BlockCopier(const std::filesystem::path& source, int page = 1);
    ~BlockCopier();

    /// Whether the window's edges meet block edges (or the image's edge), so that copy() can make it.
    bool can_copy(const Window& window) const noexcept;

    /// Writes the window as a TIFF with the source's own blocks, codec and tables, georeferenced as `info` says.
    /// @param info  of the window (see cropped)
    /// @returns the file's size, in bytes
    /// @throws Error invalid_argument unless can_copy(window); io, permission, resource
    std::int64_t copy(const Window& window, const RasterInfo& info, const std::filesystem::path& path);

private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace tilewright::inline v0_1
#pragma GCC visibility pop
