// SPDX-License-Identifier: Apache-2.0
#include "raster/decoded_by_others.h"

#include <cpl_error.h>
#include <gdal_priv.h>
#include <png.h>

#include <cstdio>
#include <cstring>
#include <memory>
#include <stdexcept>

namespace tilewright {
namespace {

PixelType type_of(GDALRasterBand& band) {
    const char* pixel_type = band.GetMetadataItem("PIXELTYPE", "IMAGE_STRUCTURE");
    switch (band.GetRasterDataType()) {
        case GDT_Byte:
            return pixel_type != nullptr && std::string(pixel_type) == "SIGNEDBYTE" ? PixelType::int8
                                                                                    : PixelType::uint8;
        case GDT_UInt16: return PixelType::uint16;
        case GDT_Int16: return PixelType::int16;
        case GDT_UInt32: return PixelType::uint32;
        case GDT_Int32: return PixelType::int32;
        case GDT_UInt64: return PixelType::uint64;
        case GDT_Int64: return PixelType::int64;
        case GDT_Float32: return PixelType::float32;
        case GDT_Float64: return PixelType::float64;
        case GDT_CInt16: return PixelType::complex_int16;
        case GDT_CInt32: return PixelType::complex_int32;
        case GDT_CFloat32: return PixelType::complex_float32;
        case GDT_CFloat64: return PixelType::complex_float64;
        default: throw std::runtime_error("a type that the project does not know");
    }
}

std::vector<ColorEntry> table_of(GDALRasterBand& band) {
    std::vector<ColorEntry> table;
    if (const GDALColorTable* colors = band.GetColorTable()) {
        for (int i = 0; i < colors->GetColorEntryCount(); ++i) {
            const auto* entry = colors->GetColorEntry(i);
            table.push_back({entry->c1, entry->c2, entry->c3, entry->c4});
        }
    }
    return table;
}

[[noreturn]] void throw_png(png_structp, png_const_charp text) {
    throw std::runtime_error(std::string("libpng: ") + text);
}

}  // namespace

Decoded decode_with_gdal(const std::filesystem::path& path) {
    GDALAllRegister();
    CPLPushErrorHandler(CPLQuietErrorHandler);
    const std::unique_ptr<GDALDataset, decltype(&GDALClose)> dataset(
        static_cast<GDALDataset*>(GDALOpen(path.c_str(), GA_ReadOnly)), &GDALClose);
    CPLPopErrorHandler();
    if (!dataset) throw std::runtime_error("GDAL cannot open " + path.native() + ": " + CPLGetLastErrorMsg());

    auto& first = *dataset->GetRasterBand(1);
    const Size size{dataset->GetRasterXSize(), dataset->GetRasterYSize()};
    Decoded decoded;
    decoded.driver = dataset->GetDriverName();
    decoded.image = Image(size, dataset->GetRasterCount(), type_of(first));
    decoded.mask = Image(size, 1, PixelType::uint8);
    decoded.color_table = table_of(first);
    decoded.has_dataset_mask = first.GetMaskFlags() == GMF_PER_DATASET;
    if (const char* bits = first.GetMetadataItem("NBITS", "IMAGE_STRUCTURE")) decoded.bits_per_sample = std::stoi(bits);
    for (int i = 1; i <= dataset->GetRasterCount(); ++i) {
        const auto meaning = dataset->GetRasterBand(i)->GetColorInterpretation();
        decoded.color_interpretation.emplace_back(GDALGetColorInterpretationName(meaning));
    }
    const auto view = decoded.image.view();
    const int width = static_cast<int>(size.width_px);
    const int height = static_cast<int>(size.height_px);
    CPLErrorReset();
    CPLPushErrorHandler(CPLQuietErrorHandler);
    const auto read = dataset->RasterIO(GF_Read, 0, 0, width, height, decoded.image.data(), width, height,
                                        first.GetRasterDataType(), view.bands, nullptr, view.pixel_stride_bytes,
                                        view.row_stride_bytes, view.band_stride_bytes, nullptr);
    const auto read_mask = first.GetMaskBand()->RasterIO(GF_Read, 0, 0, width, height, decoded.mask.data(), width,
                                                         height, GDT_Byte, 1, width, nullptr);
    CPLPopErrorHandler();
    if (read != CE_None || read_mask != CE_None || CPLGetLastErrorType() >= CE_Warning) {
        throw std::runtime_error("GDAL cannot read " + path.native() + ": " + CPLGetLastErrorMsg());
    }
    return decoded;
}

Image decode_with_libpng(const std::filesystem::path& path) {
    const std::unique_ptr<std::FILE, decltype(&std::fclose)> file(std::fopen(path.c_str(), "rb"), &std::fclose);
    png_structp png = png_create_read_struct(PNG_LIBPNG_VER_STRING, nullptr, throw_png, throw_png);
    png_infop info = png_create_info_struct(png);
    const auto release = [&](void*) { png_destroy_read_struct(&png, &info, nullptr); };
    const std::unique_ptr<void, decltype(release)> guard(png, release);
    png_init_io(png, file.get());
    png_read_info(png, info);
    png_set_packing(png);
    if (png_get_bit_depth(png, info) == 16) png_set_swap(png);
    png_set_check_for_invalid_index(png, 1);
    png_read_update_info(png, info);
    Image image({png_get_image_width(png, info), png_get_image_height(png, info)}, png_get_channels(png, info),
                png_get_bit_depth(png, info) == 16 ? PixelType::uint16 : PixelType::uint8);
    const auto view = image.view();
    for (std::int64_t y = 0; y < view.size.height_px; ++y) {
        png_read_row(png, reinterpret_cast<png_bytep>(view.row(y)), nullptr);
    }
    png_read_end(png, nullptr);
    return image;
}

bool same_samples(const Image& a, const Image& b) {
    return a.size() == b.size() && a.bands() == b.bands() && a.type() == b.type() &&
           std::memcmp(a.data(), b.data(), a.size_bytes()) == 0;
}

}  // namespace tilewright
