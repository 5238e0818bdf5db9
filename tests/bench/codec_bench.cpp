// SPDX-License-Identifier: Apache-2.0
// The stages of writing a slice, one core: PNG filter, DEFLATE, hashes. TILEWRIGHT_BENCH_IMAGE names a photograph;
// without it the samples are made up.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <span>
#include <string>
#include <vector>

#include "tilewright/codec/deflate.h"
#include "tilewright/codec/hash.h"
#include "tilewright/codec/png_filter.h"
#include "tilewright/image/image.h"
#include "tilewright/raster/raster_reader.h"

namespace tilewright {
namespace {

constexpr std::int64_t side_px = 1024;
constexpr std::size_t row_bytes = side_px * 3;

/// 1024 x 1024 px, RGB uint8: the middle of the raster that TILEWRIGHT_BENCH_IMAGE names, else slopes with grain.
const Image& photograph() {
    static const Image image = [] {
        Image samples({side_px, side_px}, 3, PixelType::uint8);
        if (const char* path = std::getenv("TILEWRIGHT_BENCH_IMAGE")) {
            const auto reader = open_raster(path);
            const Size size = reader->info().size;
            reader->read({(size.width_px - side_px) / 2, (size.height_px - side_px) / 2, side_px, side_px},
                         samples.view());
            return samples;
        }
        std::uint32_t random = 1;
        for (std::size_t i = 0; i < samples.size_bytes(); ++i) {
            random = random * 1664525 + 1013904223;
            samples.data()[i] = static_cast<std::byte>(i / row_bytes / 8 + i % row_bytes / 32 + (random >> 29));
        }
        return samples;
    }();
    return image;
}

std::vector<std::byte> filtered(Compression compression) {
    std::vector<std::byte> rows(side_px * (row_bytes + 1));
    png_filter_rows(photograph().data(), row_bytes, side_px, {}, 3, true, compression, rows.data());
    return rows;
}

void count_samples(benchmark::State& state) {
    state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(photograph().size_bytes()));
}

void filter_rows(benchmark::State& state) {
    const auto compression = static_cast<Compression>(state.range(0));
    std::vector<std::byte> rows(side_px * (row_bytes + 1));
    for (auto _ : state) {
        png_filter_rows(photograph().data(), row_bytes, side_px, {}, 3, true, compression, rows.data());
        benchmark::ClobberMemory();
    }
    state.SetLabel(std::string(name(compression)));
    count_samples(state);
}

void deflate_rows(benchmark::State& state) {
    const auto compression = static_cast<Compression>(state.range(0));
    const std::vector<std::byte> rows = filtered(compression);
    Deflater deflater(compression);
    std::size_t compressed_bytes = 0;
    for (auto _ : state) compressed_bytes = deflater.compress_stream(rows).size();
    state.SetLabel(std::string(name(compression)));
    state.counters["of_raw"] = static_cast<double>(compressed_bytes) / static_cast<double>(photograph().size_bytes());
    count_samples(state);
}

void hash_pixels(benchmark::State& state) {
    for (auto _ : state) {
        PixelHash hash;
        hash.update({photograph().data(), photograph().size_bytes()});
        benchmark::DoNotOptimize(hash.hex());
    }
    count_samples(state);
}

void hash_file(benchmark::State& state) {
    for (auto _ : state) {
        Sha256 hash;
        hash.update({photograph().data(), photograph().size_bytes()});
        benchmark::DoNotOptimize(hash.hex());
    }
    count_samples(state);
}

void hash_files_together(benchmark::State& state) {
    const auto whole = std::span<const std::byte>(photograph().data(), photograph().size_bytes());
    const auto share = whole.size() / sha256_lanes;
    for (auto _ : state) {
        std::vector<MessageReader> readers;
        for (std::size_t i = 0; i < sha256_lanes; ++i) {
            readers.push_back([rest = whole.subspan(i * share, share)](std::span<std::byte> into) mutable {
                const auto count = std::min(rest.size(), into.size());
                std::copy_n(rest.begin(), count, into.begin());
                rest = rest.subspan(count);
                return count;
            });
        }
        benchmark::DoNotOptimize(sha256_of(readers));
    }
    count_samples(state);
}

BENCHMARK(filter_rows)->DenseRange(0, 2)->Unit(benchmark::kMillisecond);
BENCHMARK(deflate_rows)->DenseRange(0, 2)->Unit(benchmark::kMillisecond);
BENCHMARK(hash_pixels)->Unit(benchmark::kMillisecond);
BENCHMARK(hash_file)->Unit(benchmark::kMillisecond);
BENCHMARK(hash_files_together)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace tilewright
