// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>

#include "tilewright/image/image.h"
#include "tilewright/raster/raster_hash.h"
#include "tilewright/raster/raster_reader.h"
#include "tilewright/tile/manifest.h"

namespace tilewright::inline v0_1 {

/// What hashing a raster needs to know of it: nothing that would make RasterHash count pixels.
RasterInfo without_nodata(const RasterInfo& info);

/// How many rows of so many bytes to hold at a time: whole blocks, about 8 MiB if a block's rows are less.
std::int64_t rows_at_a_time(std::int64_t row_bytes, std::int64_t block_rows) noexcept;

/// One slice file, read from top to bottom and proven on the way. One thread at a time.
///
/// Every error names the file: not_found if it is missing, corrupt if it is altered, truncated or not what the manifest
/// says.
class SliceReader {
public:
    /// Both must outlive the reader.
    SliceReader(const Manifest& manifest, const SliceRecord& record);

    /// That the file is there, with its size, and no link out of the manifest's folder. Cheap.
    void check_file() const;

    /// The next rows of the slice, or their left part if `into` is narrower. The file's SHA-256 is compared before
    /// anything of it is decoded.
    void read(MutableImageView into, std::optional<MutableImageView> mask);

    /// Reads what is left and compares the samples' hashes. @return bytes of samples in the slice
    std::int64_t finish();

    /// Closes the file until the next read, so that thousands of slices side by side need no thousands of descriptors.
    void close() noexcept { raster_.reset(); }

private:
    void open();
    void read_chunk();
    [[noreturn]] void fail(const std::string& message) const;

    const Manifest& manifest_;
    const SliceRecord& record_;
    std::filesystem::path path_;
    RasterInfo plain_;
    RasterHash hash_;
    std::unique_ptr<RasterReader> raster_;
    bool file_proven_ = false;
    // Rows decoded and hashed: [chunk_begin_, chunk_end_) of the slice, of which those before next_row_ were handed
    // out.
    Image chunk_;
    Image chunk_mask_;
    std::int64_t chunk_begin_ = 0;
    std::int64_t chunk_end_ = 0;
    std::int64_t next_row_ = 0;
};

}  // namespace tilewright::inline v0_1
