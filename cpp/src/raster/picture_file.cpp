// SPDX-License-Identifier: Apache-2.0
#include "tilewright/raster/picture_file.h"

#include <cpl_string.h>
#include <cpl_vsi.h>
#include <gdal.h>
#include <gdal_alg.h>
#include <gdal_frmts.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cctype>
#include <mutex>
#include <utility>
#include <vector>

#include "raster/gdal_error.h"
#include "raster/gdal_open.h"
#include "raster/jpeg_decoder.h"
#include "raster/picture_tiff.h"
#include "tilewright/core/error.h"

namespace tilewright::inline v0_1 {
namespace {

constexpr std::byte half_opaque{128};

struct Extension {
    std::string_view text;
    PictureFormat format;
};
constexpr std::array<Extension, 11> extensions{{{".jpg", PictureFormat::jpeg},
                                                {".jpeg", PictureFormat::jpeg},
                                                {".jpe", PictureFormat::jpeg},
                                                {".jfif", PictureFormat::jpeg},
                                                {".png", PictureFormat::png},
                                                {".gif", PictureFormat::gif},
                                                {".bmp", PictureFormat::bmp},
                                                {".dib", PictureFormat::bmp},
                                                {".tif", PictureFormat::tiff},
                                                {".tiff", PictureFormat::tiff},
                                                {".webp", PictureFormat::webp}}};

const char* driver_name(PictureFormat format) {
    switch (format) {
        case PictureFormat::jpeg: return "JPEG";
        case PictureFormat::png: return "PNG";
        case PictureFormat::gif: return "GIF";
        case PictureFormat::bmp: return "BMP";
        case PictureFormat::tiff: return "GTiff";
        case PictureFormat::webp: return "WEBP";
    }
    return "";
}

bool has_alpha(const ImageView& picture) {
    return picture.bands == 2 || picture.bands == 4;
}

void require_picture(const ImageView& picture, PictureFormat format, int quality) {
    if (picture.type != PixelType::uint8 || picture.bands < 1 || picture.bands > 4 || !picture.rows_are_packed() ||
        picture.size.width_px < 1 || picture.size.height_px < 1) {
        throw Error(ErrorCode::invalid_argument, "a picture has 1 to 4 bands of uint8, packed, and at least one pixel");
    }
    if (has_alpha(picture) && !holds_alpha(format)) {
        throw Error(ErrorCode::invalid_argument,
                    std::string(name(format)) + " has no alpha; compose the picture first");
    }
    if (quality < 1 || quality > 100) {
        throw Error(ErrorCode::invalid_argument, "must be from 1 to 100, but is " + std::to_string(quality), "quality");
    }
}

GDALDriverH driver_for(const char* driver) {
    register_gdal_drivers();
    static std::once_flag once;
    std::call_once(once, [] { GDALRegister_MEM(); });
    GDALDriverH handle = GDALGetDriverByName(driver);
    if (handle == nullptr) throw Error(ErrorCode::unsupported, std::string("the linked GDAL has no driver ") + driver);
    return handle;
}

GdalDataset memory_dataset(Size size, int bands, const GdalScope& scope) {
    GdalDataset dataset(GDALCreate(driver_for("MEM"), "", static_cast<int>(size.width_px),
                                   static_cast<int>(size.height_px), bands, GDT_Byte, nullptr));
    if (!dataset) scope.raise(ErrorCode::resource, "the picture cannot be made", "");
    return dataset;
}

void write_bands(GDALDatasetH dataset, const ImageView& picture, const std::vector<int>& from, const GdalScope& scope) {
    for (std::size_t i = 0; i < from.size(); ++i) {
        auto* data = const_cast<std::byte*>(picture.data) + from[i] * picture.band_stride_bytes;
        const auto result =
            GDALRasterIOEx(GDALGetRasterBand(dataset, static_cast<int>(i) + 1), GF_Write, 0, 0,
                           static_cast<int>(picture.size.width_px), static_cast<int>(picture.size.height_px), data,
                           static_cast<int>(picture.size.width_px), static_cast<int>(picture.size.height_px), GDT_Byte,
                           picture.pixel_stride_bytes, picture.row_stride_bytes, nullptr);
        if (result != CE_None) scope.raise(ErrorCode::resource, "the picture cannot be made", "");
    }
}

// The picture with its bands as the format takes them: WebP has no gray.
GdalDataset as_bands(const ImageView& picture, PictureFormat format, const GdalScope& scope) {
    std::vector<int> from;
    const bool spread_gray = format == PictureFormat::webp && picture.bands < 3;
    for (int band = 0; band < picture.bands; ++band) {
        from.insert(from.end(), spread_gray && band == 0 ? 3 : 1, band);
    }
    auto dataset = memory_dataset(picture.size, static_cast<int>(from.size()), scope);
    write_bands(dataset.get(), picture, from, scope);
    const auto colors = from.size() < 3 ? std::vector{GCI_GrayIndex, GCI_AlphaBand}
                                        : std::vector{GCI_RedBand, GCI_GreenBand, GCI_BlueBand, GCI_AlphaBand};
    for (std::size_t i = 0; i < from.size(); ++i) {
        GDALSetRasterColorInterpretation(GDALGetRasterBand(dataset.get(), static_cast<int>(i) + 1), colors[i]);
    }
    return dataset;
}

struct ColorTableDeleter {
    void operator()(void* table) const noexcept { GDALDestroyColorTable(table); }
};

// The picture as one band of indices into a table of its colours.
GdalDataset as_palette(const ImageView& picture, const GdalScope& scope) {
    constexpr int table_size = 256;
    constexpr int transparent = 255;
    const bool alpha = has_alpha(picture);
    const std::unique_ptr<void, ColorTableDeleter> table(GDALCreateColorTable(GPI_RGB));
    auto indices = memory_dataset(picture.size, 1, scope);
    GDALRasterBandH index_band = GDALGetRasterBand(indices.get(), 1);
    if (picture.bands < 3) {
        // Gray: the shades themselves; with alpha the lightest two share one.
        std::vector<std::byte> row(static_cast<std::size_t>(picture.size.width_px));
        for (int shade = 0; shade < table_size; ++shade) {
            const auto value = static_cast<short>(shade);
            const GDALColorEntry entry{value, value, value, 255};
            GDALSetColorEntry(table.get(), shade, &entry);
        }
        ImageView gray = picture;
        std::vector<std::byte> kept;
        if (alpha) {
            for (std::int64_t y = 0; y < picture.size.height_px; ++y) {
                for (std::int64_t x = 0; x < picture.size.width_px; ++x) {
                    kept.push_back(std::min(picture.row(y)[x * picture.pixel_stride_bytes], std::byte{254}));
                }
            }
            gray = {kept.data(), picture.size, 1, PixelType::uint8, picture.size.width_px, 1, 1};
        }
        write_bands(indices.get(), gray, {0}, scope);
    } else {
        const auto colors = as_bands(picture, PictureFormat::png, scope);
        std::array<GDALRasterBandH, 3> bands{};
        for (int i = 0; i < 3; ++i) bands[static_cast<std::size_t>(i)] = GDALGetRasterBand(colors.get(), i + 1);
        const int wanted = alpha ? table_size - 1 : table_size;
        if (GDALComputeMedianCutPCT(bands[0], bands[1], bands[2], nullptr, wanted, table.get(), nullptr, nullptr) !=
                CE_None ||
            GDALDitherRGB2PCT(bands[0], bands[1], bands[2], index_band, table.get(), nullptr, nullptr) != CE_None) {
            scope.raise(ErrorCode::resource, "the picture's colours cannot be chosen", "");
        }
    }
    if (alpha) {
        const GDALColorEntry clear{0, 0, 0, 0};
        GDALSetColorEntry(table.get(), transparent, &clear);
        std::vector<std::byte> row(static_cast<std::size_t>(picture.size.width_px));
        for (int y = 0; y < static_cast<int>(picture.size.height_px); ++y) {
            const int width = static_cast<int>(picture.size.width_px);
            bool failed =
                GDALRasterIO(index_band, GF_Read, 0, y, width, 1, row.data(), width, 1, GDT_Byte, 0, 0) != CE_None;
            for (std::size_t x = 0; x < row.size(); ++x) {
                const auto* pixel = picture.row(y) + static_cast<std::ptrdiff_t>(x) * picture.pixel_stride_bytes;
                if (pixel[(picture.bands - 1) * picture.band_stride_bytes] < half_opaque) {
                    row[x] = static_cast<std::byte>(transparent);
                }
            }
            failed = failed || GDALRasterIO(index_band, GF_Write, 0, y, width, 1, row.data(), width, 1, GDT_Byte, 0,
                                            0) != CE_None;
            if (failed) scope.raise(ErrorCode::resource, "the picture cannot be made", "");
        }
        GDALSetRasterNoDataValue(index_band, transparent);
    }
    GDALSetRasterColorTable(index_band, table.get());
    GDALSetRasterColorInterpretation(index_band, GCI_PaletteIndex);
    return indices;
}

CPLStringList options_for(PictureFormat format, int quality) {
    CPLStringList options;
    if (format == PictureFormat::webp) options.SetNameValue("QUALITY", std::to_string(quality).c_str());
    return options;
}

}  // namespace

std::string_view name(PictureFormat format) noexcept {
    switch (format) {
        case PictureFormat::jpeg: return "jpeg";
        case PictureFormat::png: return "png";
        case PictureFormat::gif: return "gif";
        case PictureFormat::bmp: return "bmp";
        case PictureFormat::tiff: return "tiff";
        case PictureFormat::webp: return "webp";
    }
    return "";
}

std::optional<PictureFormat> picture_format_of(std::string_view filename) {
    std::string lower(filename);
    std::transform(lower.begin(), lower.end(), lower.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    for (const auto& extension : extensions) {
        if (lower.ends_with(extension.text)) return extension.format;
    }
    return {};
}

bool holds_alpha(PictureFormat format) noexcept {
    return format != PictureFormat::jpeg && format != PictureFormat::bmp;
}

std::string encode_picture(ImageView picture, PictureFormat format, int quality) {
    require_picture(picture, format, quality);
    if (format == PictureFormat::jpeg) {
        return encode_jpeg(picture.data, picture.size, picture.bands, picture.row_stride_bytes, quality);
    }
    if (format == PictureFormat::tiff) return encode_tiff(picture);
    static std::atomic<std::uint64_t> counter{0};
    const GdalScope scope;
    auto* driver = driver_for(driver_name(format));
    auto source = format == PictureFormat::gif ? as_palette(picture, scope) : as_bands(picture, format, scope);
    const auto file = "/vsimem/tilewright-picture-" + std::to_string(counter++);
    auto options = options_for(format, quality);
    GdalDataset written(GDALCreateCopy(driver, file.c_str(), source.get(), FALSE, options.List(), nullptr, nullptr));
    const bool failed = !written;
    written.reset();
    vsi_l_offset count = 0;
    GByte* bytes = VSIGetMemFileBuffer(file.c_str(), &count, TRUE);
    std::string result(reinterpret_cast<const char*>(bytes), bytes == nullptr ? 0 : static_cast<std::size_t>(count));
    VSIFree(bytes);
    VSIUnlink((file + ".aux.xml").c_str());
    if (failed || result.empty()) scope.raise(ErrorCode::resource, "the picture cannot be made", "");
    return result;
}

}  // namespace tilewright::inline v0_1
