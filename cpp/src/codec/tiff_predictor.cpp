// SPDX-License-Identifier: Apache-2.0
#include "tilewright/codec/tiff_predictor.h"

#include <bit>
#include <cstdint>
#include <cstring>
#include <string>
#include <vector>

#include "codec/tiff_predictor_simd.h"
#include "tilewright/core/error.h"

namespace tilewright::inline v0_1 {
namespace {

template <class Sample>
void difference(std::byte* row, std::size_t count, std::size_t distance) {
    // Backwards, so that what is taken away is still what it was.
    for (std::size_t i = count; i-- > distance;) {
        Sample x;
        Sample before;
        std::memcpy(&x, row + i * sizeof(Sample), sizeof(Sample));
        std::memcpy(&before, row + (i - distance) * sizeof(Sample), sizeof(Sample));
        x = static_cast<Sample>(x - before);
        std::memcpy(row + i * sizeof(Sample), &x, sizeof(Sample));
    }
}

template <class Sample>
void accumulate(const std::byte* row, std::size_t begin, std::size_t count, std::size_t bands, std::byte* out) {
    const auto pixel = bands * sizeof(Sample);
    for (std::size_t i = begin; i < count; ++i) {
        Sample x;
        Sample before = 0;
        std::memcpy(&x, row + i * sizeof(Sample), sizeof(Sample));
        if (i >= bands) std::memcpy(&before, out + i * sizeof(Sample) - pixel, sizeof(Sample));
        x = static_cast<Sample>(x + before);
        std::memcpy(out + i * sizeof(Sample), &x, sizeof(Sample));
    }
}

void require_integer(std::size_t sample_bytes) {
    if (sample_bytes == 1 || sample_bytes == 2 || sample_bytes == 4 || sample_bytes == 8) return;
    throw Error(ErrorCode::unsupported,
                "TIFF has no predictor 2 for samples of " + std::to_string(sample_bytes) + " bytes");
}

void require_float(std::size_t sample_bytes) {
    if (sample_bytes == 4 || sample_bytes == 8) return;
    throw Error(ErrorCode::unsupported,
                "the floating point predictor is for samples of 4 or 8 bytes, not " + std::to_string(sample_bytes));
}

// Which byte of a sample in this machine is the most significant (0) or one of the following.
std::size_t byte_of(std::size_t significance, std::size_t sample_bytes) {
    return std::endian::native == std::endian::little ? sample_bytes - 1 - significance : significance;
}

}  // namespace

void difference_scalar(std::byte* row, std::size_t count, std::size_t distance, std::size_t sample_bytes) {
    switch (sample_bytes) {
        case 1: return difference<std::uint8_t>(row, count, distance);
        case 2: return difference<std::uint16_t>(row, count, distance);
        case 4: return difference<std::uint32_t>(row, count, distance);
        default: return difference<std::uint64_t>(row, count, distance);
    }
}

void accumulate_scalar(const std::byte* row, std::size_t begin, std::size_t count, std::size_t bands,
                       std::size_t sample_bytes, std::byte* out) {
    switch (sample_bytes) {
        case 1: return accumulate<std::uint8_t>(row, begin, count, bands, out);
        case 2: return accumulate<std::uint16_t>(row, begin, count, bands, out);
        case 4: return accumulate<std::uint32_t>(row, begin, count, bands, out);
        default: return accumulate<std::uint64_t>(row, begin, count, bands, out);
    }
}

void gather_bytes_scalar(const std::byte* samples, std::size_t count, std::size_t sample_bytes, std::byte* out) {
    for (std::size_t significance = 0; significance < sample_bytes; ++significance) {
        const auto byte = byte_of(significance, sample_bytes);
        for (std::size_t i = 0; i < count; ++i) *out++ = samples[i * sample_bytes + byte];
    }
}

void tiff_difference(std::byte* row, std::size_t width, std::size_t bands, std::size_t sample_bytes) {
    require_integer(sample_bytes);
    difference_simd(row, width * bands, bands, sample_bytes);
}

void tiff_undo_difference(const std::byte* row, std::size_t width, std::size_t bands, std::size_t sample_bytes,
                          std::byte* out) {
    require_integer(sample_bytes);
    const auto done = sample_bytes <= 2 ? accumulate_simd(row, width * bands, bands, sample_bytes, out) : 0;
    accumulate_scalar(row, done, width * bands, bands, sample_bytes, out);
}

void tiff_float_difference(const std::byte* row, std::size_t width, std::size_t bands, std::size_t sample_bytes,
                           std::byte* out) {
    require_float(sample_bytes);
    gather_bytes_simd(row, width * bands, sample_bytes, out);
    // One difference runs through all planes of bytes, as in the technical note and in libtiff.
    difference_simd(out, width * bands * sample_bytes, bands, 1);
}

void tiff_undo_float_difference(const std::byte* row, std::size_t width, std::size_t bands, std::size_t sample_bytes,
                                std::byte* out) {
    require_float(sample_bytes);
    const auto count = width * bands;
    std::vector<std::byte> planes(count * sample_bytes);
    tiff_undo_difference(row, count * sample_bytes / bands, bands, 1, planes.data());
    for (std::size_t significance = 0; significance < sample_bytes; ++significance) {
        const auto* plane = planes.data() + significance * count;
        auto* into = out + byte_of(significance, sample_bytes);
        for (std::size_t i = 0; i < count; ++i) into[i * sample_bytes] = plane[i];
    }
}

}  // namespace tilewright::inline v0_1
