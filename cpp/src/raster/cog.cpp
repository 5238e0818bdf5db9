// SPDX-License-Identifier: Apache-2.0
#include "tilewright/raster/cog.h"

#include <cpl_string.h>
#include <gdal.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cstddef>
#include <filesystem>
#include <random>
#include <string>
#include <system_error>
#include <utility>

#include "raster/gdal_error.h"
#include "raster/gdal_open.h"
#include "raster/inspect.h"
#include "tilewright/core/error.h"
#include "tilewright/raster/raster_writer.h"
#include "tilewright/storage/file.h"
#include "tilewright/storage/place.h"

namespace tilewright::inline v0_1 {
namespace {

constexpr std::size_t max_pending_bytes = std::size_t{64} << 20;

CPLStringList settings_of(const CogOptions& options, int threads) {
    CPLStringList settings;
    const auto set = [&](const char* name, const std::string& value) { settings.SetNameValue(name, value.c_str()); };
    set("BLOCKSIZE", std::to_string(options.block_px));
    set("BIGTIFF", "IF_SAFER");
    set("NUM_THREADS", std::to_string(threads));
    set("OVERVIEW_RESAMPLING", options.nearest_overviews ? "NEAREST" : "AVERAGE");
    if (options.jpeg_quality == 0) {
        set("COMPRESS", "DEFLATE");
        set("PREDICTOR", "YES");
    } else {
        set("COMPRESS", "JPEG");
        set("QUALITY", std::to_string(options.jpeg_quality));
    }
    return settings;
}

void check(const RasterInfo& info, const CogOptions& options, const std::filesystem::path& target) {
    require_tiff_name(target);
    if (options.jpeg_quality < 0 || options.jpeg_quality > 100) {
        throw Error(ErrorCode::invalid_argument,
                    "must be from 1 to 100, or 0 for no loss, but is " + std::to_string(options.jpeg_quality),
                    "jpeg_quality");
    }
    if (options.block_px < 128 || options.block_px > 4096 || options.block_px % 16 != 0) {
        throw Error(ErrorCode::invalid_argument,
                    "must be a multiple of 16 from 128 to 4096, but is " + std::to_string(options.block_px),
                    "block_px");
    }
    if (options.jpeg_quality > 0 && (info.type != PixelType::uint8 || (info.bands != 1 && info.bands != 3))) {
        throw Error(ErrorCode::unsupported,
                    "JPEG holds 1 or 3 bands of uint8, but these are " + std::to_string(info.bands) + " of " +
                        std::string(name(info.type)) + "; write it without loss",
                    path_text(target));
    }
}

// A name of this writer's own: a queue may have two machines, or two processes of one, make the same file at a time,
// and each is to be whole. What is uploaded is made in a file of its own anyway.
std::filesystem::path own_name(const std::filesystem::path& target) {
    if (is_url(target)) return target;
    constexpr std::size_t most_kept = 200;
    std::random_device random;
    const auto token = std::to_string(random()) + "-" + std::to_string(random());
    return target.parent_path() / (target.filename().native().substr(0, most_kept) + "~" + token);
}

}  // namespace

void require_tiff_name(const std::filesystem::path& target) {
    constexpr std::array others{".png", ".jpg", ".jpeg", ".jp2", ".webp", ".gif", ".bmp"};
    auto ending = target.extension().string();
    std::transform(ending.begin(), ending.end(), ending.begin(), [](unsigned char c) { return std::tolower(c); });
    if (std::find(others.begin(), others.end(), ending) == others.end()) return;
    throw Error(ErrorCode::invalid_argument, "is written as a GeoTIFF; give it a name that ends in .tif",
                path_text(target));
}

struct CogWriter::State {
    State(const std::filesystem::path& path, const RasterInfo& raster, const CogOptions& wanted, Executor& executor)
        : target(path),
          info(raster),
          options(wanted),
          own(own_name(path)),
          file(own),
          rows_path(file.temporary_path().native() + ".rows"),
          jobs(executor, max_pending_bytes) {
        file.close();
        rows = open_raster_writer(rows_path, RasterFormat::tiff, info, {}, jobs);
    }
    ~State() {
        rows.reset();
        std::error_code ignored;
        std::filesystem::remove(rows_path, ignored);
    }

    const std::filesystem::path target;
    const RasterInfo info;
    const CogOptions options;
    const std::filesystem::path own;
    AtomicFile file;
    const std::filesystem::path rows_path;
    JobGroup jobs;
    std::unique_ptr<RasterWriter> rows;
};

CogWriter::CogWriter(const std::filesystem::path& target, const RasterInfo& info, const CogOptions& options,
                     Executor& executor) {
    check(info, options, target);
    state_ = std::make_unique<State>(target, info, options, executor);
}

CogWriter::~CogWriter() = default;

void CogWriter::append(ImageView rows, std::optional<ImageView> mask) {
    state_->rows->append(rows, mask);
}

std::int64_t CogWriter::finish() {
    auto& state = *state_;
    state.jobs.wait();
    state.rows.reset();
    OpenOptions open;
    open.max_expansion = 0;  // it is ours, and may well be empty
    {
        const auto source = inspect(state.rows_path, open);
        const auto settings = settings_of(state.options, state.jobs.executor().concurrency());
        const GdalScope scope;
        GDALDriverH driver = GDALGetDriverByName("COG");
        if (driver == nullptr) {
            throw Error(ErrorCode::unsupported, "this GDAL writes no COGs; from 3.1 on it does",
                        path_text(state.target));
        }
        const auto gdal_name = gdal_name_of_path(state.file.temporary_path());
        GdalDataset written(
            GDALCreateCopy(driver, gdal_name.c_str(), source.dataset.get(), TRUE, settings.List(), nullptr, nullptr));
        if (!written) scope.raise(ErrorCode::io, "the COG cannot be written", path_text(state.target));
        // Only closing writes the last of it.
        written.reset();
        scope.raise_if_failed(ErrorCode::io, "the COG cannot be written", path_text(state.target));
    }
    const auto size_bytes = file_identity(state.file.temporary_path()).size_bytes;
    state.file.commit();
    if (state.own == state.target) return size_bytes;
    std::error_code error;
    std::filesystem::rename(state.own, state.target, error);
    if (error) {
        std::error_code ignored;
        std::filesystem::remove(state.own, ignored);
        throw Error(ErrorCode::io, "the COG cannot be given its name: " + error.message(), path_text(state.target));
    }
    return size_bytes;
}

}  // namespace tilewright::inline v0_1
