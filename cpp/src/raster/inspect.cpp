// SPDX-License-Identifier: Apache-2.0
#include "raster/inspect.h"

#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

#include "raster/gdal_error.h"
#include "raster/gdal_info.h"
#include "raster/png_chunks.h"
#include "raster/tiff_directory.h"
#include "tilewright/core/error.h"
#include "tilewright/core/memory.h"
#include "tilewright/storage/file.h"
#include "tilewright/storage/place.h"
#include "tilewright/storage/random_access_file.h"

namespace tilewright::inline v0_1 {
namespace {

// No limit on expansion below this: blank images are tiny files, and these fit anywhere.
constexpr std::int64_t harmless_bytes = std::int64_t{64} << 20;

// Codecs of TIFF that people meet and libtiff does not have, so that the refusal can name them.
std::string_view foreign_codec(std::uint16_t code) {
    constexpr std::array<std::pair<std::uint16_t, std::string_view>, 13> names{{{22610, "JPEG XR"},
                                                                                {33003, "JPEG 2000 (Aperio)"},
                                                                                {33004, "JPEG 2000 (Aperio)"},
                                                                                {33005, "JPEG 2000 (Aperio)"},
                                                                                {34712, "JPEG 2000"},
                                                                                {34713, "Nikon NEF"},
                                                                                {34715, "JBIG2"},
                                                                                {34892, "lossy JPEG of DNG"},
                                                                                {34927, "WebP (old code)"},
                                                                                {34933, "PNG"},
                                                                                {34934, "JPEG XR (new code)"},
                                                                                {50002, "JPEG XL"},
                                                                                {52546, "JPEG XL of DNG"}}};
    const auto* found =
        std::find_if(names.begin(), names.end(), [&](const auto& entry) { return entry.first == code; });
    return found == names.end() ? std::string_view() : found->second;
}

std::int64_t saturating_product(std::int64_t a, std::int64_t b) {
    std::int64_t product = 0;
    return __builtin_mul_overflow(a, b, &product) ? INT64_MAX : product;
}

std::int64_t saturating_raw_bytes(const RasterInfo& info) {
    return saturating_product(saturating_product(info.size.width_px, info.size.height_px),
                              static_cast<std::int64_t>(info.pixel_bytes()));
}

// Bytes that the file's own blocks decode to; holes of a sparse file decode to nothing that was hidden in it.
std::int64_t stored_bytes(const RasterInfo& info, const TiffDirectory* directory) {
    auto bytes = static_cast<double>(saturating_raw_bytes(info));
    const int bits = static_cast<int>(8 * size_bytes(info.type));
    if (const int stored = info.band.front().bits_per_sample; stored > 0 && stored < bits)
        bytes = bytes * stored / bits;
    if (directory != nullptr && directory->blocks > 0) {
        bytes *= static_cast<double>(directory->present_blocks) / static_cast<double>(directory->blocks);
    }
    return bytes < 9e18 ? static_cast<std::int64_t>(bytes) : INT64_MAX;
}

void require_within_limits(const RasterInfo& info, const TiffDirectory* directory, const RandomAccessFile& file,
                           const OpenOptions& options) {
    const auto where = path_text(file.place());
    const auto raw = saturating_raw_bytes(info);
    const auto describe_size = [&] {
        return std::to_string(info.size.width_px) + " x " + std::to_string(info.size.height_px) + " px, " +
               std::to_string(info.bands) + " x " + std::string(name(info.type));
    };
    if (raw > options.max_raw_bytes) {
        throw Error(ErrorCode::unsupported,
                    "the image (" + describe_size() + ") is larger than the limit of " +
                        format_size_bytes(options.max_raw_bytes) + "; raise max_raw_bytes to read it",
                    where);
    }
    if (block_bytes(info) > options.max_block_bytes) {
        throw Error(ErrorCode::unsupported,
                    "one block of the image (" + std::to_string(info.block.width_px) + " x " +
                        std::to_string(info.block.height_px) + " px) needs " + format_size_bytes(block_bytes(info)) +
                        ", the limit is " + format_size_bytes(options.max_block_bytes) +
                        "; raise max_block_bytes to read it",
                    where);
    }
    const auto size = file.identity().size_bytes;
    const auto stored = stored_bytes(info, directory);
    if (options.max_expansion > 0 && stored > harmless_bytes &&
        stored > saturating_product(size, options.max_expansion)) {
        throw Error(ErrorCode::unsupported,
                    "a file of " + format_size_bytes(size) + " claims to hold " + format_size_bytes(stored) + " (" +
                        describe_size() + "), more than any honest one; raise max_expansion to read it",
                    where);
    }
}

}  // namespace

std::int64_t block_bytes(const RasterInfo& info) noexcept {
    const auto pixels = saturating_product(info.block.width_px, info.block.height_px);
    const bool together = info.interleave != "BAND";
    return saturating_product(pixels, static_cast<std::int64_t>(together ? info.pixel_bytes() : size_bytes(info.type)));
}

std::int64_t decoder_bytes(const RasterInfo& info) noexcept {
    // The block as decoded, as kept for the other bands, and as compressed; and the codec's tables.
    return saturating_product(3, std::min(block_bytes(info), INT64_MAX / 8)) + (std::int64_t{1} << 20);
}

void require_readable(const RasterInfo& info, const Window& window, const MutableImageView& into, int bands,
                      PixelType type) {
    const bool inside = window.x_px >= 0 && window.y_px >= 0 && window.width_px >= 0 && window.height_px >= 0 &&
                        window.width_px <= info.size.width_px - window.x_px &&
                        window.height_px <= info.size.height_px - window.y_px;
    if (!inside) {
        throw Error(ErrorCode::invalid_argument,
                    "the window (" + std::to_string(window.x_px) + ", " + std::to_string(window.y_px) + ", " +
                        std::to_string(window.width_px) + " x " + std::to_string(window.height_px) +
                        ") does not lie in the image of " + std::to_string(info.size.width_px) + " x " +
                        std::to_string(info.size.height_px) + " px");
    }
    if (into.size != Size{window.width_px, window.height_px} || into.bands != bands || into.type != type) {
        throw Error(ErrorCode::invalid_argument,
                    "the samples are to go to an image of other size, bands or type: wanted " +
                        std::to_string(window.width_px) + " x " + std::to_string(window.height_px) + " px, " +
                        std::to_string(bands) + " x " + std::string(name(type)));
    }
}

InspectedRaster inspect(const std::filesystem::path& path, const OpenOptions& options, Georeferencing georeferencing) {
    return inspect(open_plain_file(path), options, georeferencing);
}

InspectedRaster inspect(const std::shared_ptr<RandomAccessFile>& file, const OpenOptions& options,
                        Georeferencing georeferencing) {
    const auto& path = file->place();
    InspectedRaster raster;
    raster.source = {path, driver_of(*file), 0};
    if (is_url(path)) raster.source.url_file = std::make_shared<const UrlFile>(file);
    std::vector<TiffPage> pages;
    if (raster.source.driver == "GTiff") pages = list_tiff_pages(*file);
    if (raster.source.driver == "PNG") require_chunks_within_file(*file);
    const int page_count = pages.empty() ? 1 : static_cast<int>(pages.size());
    if (options.page < 1 || options.page > page_count) {
        throw Error(ErrorCode::invalid_argument,
                    "there is no page " + std::to_string(options.page) + "; the file has " + std::to_string(page_count),
                    path.string());
    }
    const TiffPage* page = pages.empty() ? nullptr : &pages[static_cast<std::size_t>(options.page - 1)];
    if (page != nullptr) {
        if (const auto codec = foreign_codec(page->image.compression); !codec.empty()) {
            throw Error(ErrorCode::unsupported, "TIFF compressed as " + std::string(codec) + " is not read",
                        path.string());
        }
        if (options.page > 1) {
            raster.source.directory_offset = page->image.offset;
            if (page->mask)
                raster.mask_source = GdalSource{path, "GTiff", page->mask->offset, -1, raster.source.url_file};
        }
    }

    const GdalScope scope;
    raster.dataset = open_gdal(raster.source);
    raster.info = describe(raster.dataset.get(), path.string(), georeferencing);
    raster.info.pages = page_count;
    raster.info.page = options.page;
    if (page != nullptr) raster.info.overviews = page->overviews;
    if (page != nullptr) raster.orientation = page->image.orientation;
    if (raster.mask_source) raster.info.mask = MaskKind::per_dataset;
    if (raster.info.overviews == 0 && overviews_are_its_own(raster.dataset.get())) {
        raster.info.overviews = GDALGetOverviewCount(GDALGetRasterBand(raster.dataset.get(), 1));
    }
    require_within_limits(raster.info, page == nullptr ? nullptr : &page->image, *file, options);
    return raster;
}

}  // namespace tilewright::inline v0_1
