// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gdal.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <random>
#include <string>
#include <vector>

#include "raster/gdal_info.h"
#include "raster/gdal_open.h"
#include "raster/same_samples.h"
#include "tilewright/core/error.h"
#include "tilewright/image/image.h"
#include "tilewright/raster/raster_reader.h"

namespace tilewright {

// A folder of its own for each test, gone afterwards.
class RasterFolder : public ::testing::Test {
protected:
    void SetUp() override {
        auto pattern = (std::filesystem::temp_directory_path() / "tilewright-XXXXXX").string();
        ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
        folder_ = pattern;
        register_gdal_drivers();
    }
    void TearDown() override {
        std::error_code ignored;
        std::filesystem::remove_all(folder_, ignored);
    }
    std::filesystem::path path(const std::string& name) const { return folder_ / name; }
    static void write_text(const std::filesystem::path& file, const std::string& text) {
        std::ofstream(file, std::ios::binary) << text;
    }

    std::filesystem::path folder_;
};

// Samples that differ from pixel to pixel and from band to band, smooth enough that codecs bite. Any bytes are samples
// of integers; floats get real numbers, so that a predictor or a NaN's payload cannot hide behind each other.
inline Image made_image(Size size, int bands, PixelType type, unsigned seed = 1) {
    Image image(size, bands, type);
    std::mt19937 random(seed);
    const auto view = image.view();
    const auto sample = size_bytes(type);
    for (std::int64_t y = 0; y < size.height_px; ++y) {
        for (std::int64_t x = 0; x < size.width_px; ++x) {
            for (int band = 0; band < bands; ++band) {
                std::byte* at = view.row(y) + x * view.pixel_stride_bytes + band * view.band_stride_bytes;
                const auto value = static_cast<std::uint64_t>(3 * x + 5 * y + std::int64_t{17} * band) + random() % 4;
                if (type == PixelType::float32 || type == PixelType::complex_float32) {
                    for (std::size_t i = 0; i < sample; i += 4) {
                        const float number = static_cast<float>(value) / 7.0F - static_cast<float>(i);
                        std::memcpy(at + i, &number, 4);
                    }
                } else if (type == PixelType::float64 || type == PixelType::complex_float64) {
                    for (std::size_t i = 0; i < sample; i += 8) {
                        const double number = static_cast<double>(value) / 7.0 - static_cast<double>(i);
                        std::memcpy(at + i, &number, 8);
                    }
                } else {
                    const auto wide = value * 0x0101'0301'0501'0701U;
                    for (std::size_t i = 0; i < sample; ++i) at[i] = static_cast<std::byte>(wide >> (8 * (i % 8)));
                }
            }
        }
    }
    return image;
}

// Writes an image with one of GDAL's drivers, "KEY=VALUE" creation options; returns the open dataset for more.
inline GdalDataset create_with_gdal(const std::filesystem::path& path, const Image& image,
                                    const std::vector<std::string>& options = {}) {
    std::vector<const char*> list;
    list.reserve(options.size() + 1);
    for (const auto& option : options) list.push_back(option.c_str());
    list.push_back(nullptr);
    const auto size = image.size();
    GdalDataset dataset(GDALCreate(GDALGetDriverByName("GTiff"), path.c_str(), static_cast<int>(size.width_px),
                                   static_cast<int>(size.height_px), image.bands(), gdal_type(image.type()),
                                   const_cast<char**>(list.data())));
    EXPECT_NE(dataset, nullptr) << path;
    if (!dataset) return dataset;
    const auto view = image.view();
    EXPECT_EQ(GDALDatasetRasterIOEx(dataset.get(), GF_Write, 0, 0, static_cast<int>(size.width_px),
                                    static_cast<int>(size.height_px), const_cast<std::byte*>(view.data),
                                    static_cast<int>(size.width_px), static_cast<int>(size.height_px),
                                    gdal_type(image.type()), image.bands(), nullptr, view.pixel_stride_bytes,
                                    view.row_stride_bytes, view.band_stride_bytes, nullptr),
              CE_None);
    return dataset;
}

inline void write_tiff(const std::filesystem::path& path, const Image& image,
                       const std::vector<std::string>& options = {}) {
    create_with_gdal(path, image, options);
}

// A copy of a TIFF in a format that GDAL can only copy to: PNG, JPEG, ...
inline void copy_with_gdal(const std::filesystem::path& from, const std::filesystem::path& to, const char* driver,
                           const std::vector<std::string>& options = {}) {
    std::vector<const char*> list;
    list.reserve(options.size() + 1);
    for (const auto& option : options) list.push_back(option.c_str());
    list.push_back(nullptr);
    const GdalDataset source(GDALOpen(from.c_str(), GA_ReadOnly));
    ASSERT_NE(source, nullptr);
    const GdalDataset copy(GDALCreateCopy(GDALGetDriverByName(driver), to.c_str(), source.get(), TRUE,
                                          const_cast<char**>(list.data()), nullptr, nullptr));
    ASSERT_NE(copy, nullptr) << to;
}

inline Image read_window(RasterReader& reader, const Window& window) {
    Image image({window.width_px, window.height_px}, reader.info().bands, reader.info().type);
    reader.read(window, image.view());
    return image;
}

inline Image read_all(RasterReader& reader) {
    const auto size = reader.info().size;
    return read_window(reader, {0, 0, size.width_px, size.height_px});
}

template <typename Action>
ErrorCode code_thrown_by(Action action, std::string* message = nullptr) {
    try {
        action();
    } catch (const Error& error) {
        if (message != nullptr) *message = error.what();
        return error.code();
    }
    ADD_FAILURE() << "nothing was thrown";
    return ErrorCode::internal;
}

}  // namespace tilewright
