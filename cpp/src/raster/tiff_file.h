// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <span>
#include <vector>

#include "raster/tiff_fields.h"
#include "tilewright/storage/file.h"

namespace tilewright::inline v0_1 {

/// One directory of a TIFF that is written and the number of its blocks.
struct TiffDirectoryPlan {
    TiffFields fields;  ///< all but where the blocks lie
    std::size_t blocks = 0;
    bool tiled = true;
};

/// Writes a TIFF from compressed blocks: the head first, with room for the blocks' places, then the blocks as they
/// come. A reader over a network finds all directories in its first request, and the same blocks in the same order give
/// the same bytes.
///
/// One thread at a time. The file is whole or absent.
class TiffFile {
public:
    /// @throws Error as AtomicFile
    TiffFile(std::filesystem::path path, std::vector<TiffDirectoryPlan> directories, TiffVariant variant);

    /// Writes a block; an empty one stays a hole, which reads as zeros.
    void write_block(std::size_t directory, std::size_t block, std::span<const std::byte> bytes);

    /// Fills in the head and gives the file its name. @param before  as of AtomicFile::commit
    /// @returns the file's size, in bytes
    std::int64_t finish(const std::function<void(const std::filesystem::path&)>& before = {});

private:
    struct Places {
        std::vector<std::uint64_t> offsets;
        std::vector<std::uint64_t> sizes;
    };
    std::vector<TiffFields> fields_with_places() const;

    std::filesystem::path path_;
    std::vector<TiffDirectoryPlan> directories_;
    TiffVariant variant_;
    std::vector<Places> places_;
    AtomicFile file_;
    std::uint64_t end_ = 0;
};

/// Whether a file of so many bytes, or a few more, needs BigTIFF.
constexpr bool needs_big_tiff(std::uint64_t bytes) noexcept {
    return bytes > 3'900'000'000U;
}

}  // namespace tilewright::inline v0_1
