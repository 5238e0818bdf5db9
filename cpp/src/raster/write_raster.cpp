// SPDX-License-Identifier: Apache-2.0
#include <utility>

#include "raster/png_writer.h"
#include "raster/tiff_writer.h"
#include "tilewright/core/error.h"
#include "tilewright/raster/file_hash.h"
#include "tilewright/raster/raster_writer.h"
#include "tilewright/storage/file.h"

namespace tilewright::inline v0_1 {
namespace {

// Parts of one image that wait for threads; more would not make it faster.
constexpr std::size_t pending_bytes = std::size_t{64} << 20;

}  // namespace

std::unique_ptr<RasterWriter> open_raster_writer(const std::filesystem::path& path, RasterFormat format,
                                                 const RasterInfo& info, const WriteOptions& options, JobGroup& jobs) {
    if (format == RasterFormat::tiff) return open_tiff_writer(path, info, options, jobs);
    if (const auto refusal = png_refusal(info)) {
        throw Error(ErrorCode::unsupported, *refusal + "; write a TIFF", path_text(path));
    }
    return open_png_writer(path, info, options, jobs);
}

WrittenFile write_raster(const std::filesystem::path& path, RasterFormat format, ImageView image,
                         const RasterInfo& info, Compression compression, Executor& executor) {
    if (image.size != info.size) {
        throw Error(ErrorCode::invalid_argument, "the image's size is not the one that its info describes",
                    path_text(path));
    }
    JobGroup jobs(executor, pending_bytes);
    const auto writer = open_raster_writer(path, format, info, {compression, {}, {}}, jobs);
    writer->append(image);
    jobs.wait();
    return written_file(path);
}

WrittenFile written_file(const std::filesystem::path& path) {
    return {path, file_identity(path).size_bytes, file_sha256(path)};
}

}  // namespace tilewright::inline v0_1
