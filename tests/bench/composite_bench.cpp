// SPDX-License-Identifier: Apache-2.0
// The kernels of compositing, one thread: samples (pixel times dataset) a second.
#include <benchmark/benchmark.h>
#include <hwy/targets.h>

#include <algorithm>
#include <cstdint>
#include <random>
#include <utility>
#include <vector>

#include "composite/strip.h"

namespace {

constexpr std::size_t pixels = 65536;
// As compositing lays datasets out: not at the same place of each page.
constexpr std::size_t stride = tilewright::dataset_stride(3 * pixels);

// Scenes of 8-bit RGB: a tenth of the samples saturated by clouds, some outside the swath.
std::vector<std::uint8_t> scenes(std::size_t count) {
    std::mt19937 random(1);
    std::vector<std::uint8_t> all(count * stride);
    for (std::size_t n = 0; n < count; ++n) {
        auto* scene = all.data() + n * stride;
        for (std::size_t i = 0; i < pixels; ++i) {
            const auto kind = random() % 20;
            const auto shade = kind == 0 ? 0U : kind < 3 ? 255U : 20 + random() % 180;
            for (std::size_t band = 0; band < 3; ++band) {
                scene[3 * i + band] = static_cast<std::uint8_t>(kind < 3 ? shade : shade + random() % 40);
            }
        }
    }
    return all;
}

void compose(benchmark::State& state, tilewright::CompositeRule rule) {
    const auto count = static_cast<std::size_t>(state.range(0));
    const auto samples = scenes(count);
    std::vector<const std::byte*> pointers;
    for (std::size_t n = 0; n < count; ++n) {
        pointers.push_back(reinterpret_cast<const std::byte*>(samples.data() + n * stride));
    }
    std::vector<std::uint8_t> result(3 * pixels * 4);
    std::vector<std::uint16_t> counts(pixels);
    std::vector<std::uint16_t> chosen(pixels);
    tilewright::CompositeOptions options;
    options.rule = rule;
    tilewright::StripComposer composer(options, tilewright::PixelType::uint8, 3,
                                       std::vector<tilewright::DroppedValues>(count, {0, 255}));
    tilewright::Strip strip;
    strip.datasets = pointers;
    strip.pixels = pixels;
    strip.result = reinterpret_cast<std::byte*>(result.data());
    strip.counts = counts.data();
    strip.chosen = chosen.data();
    for (auto _ : state) composer.compose(strip);
    state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(count * pixels));
}

// The same by a processor that has AVX2 at best.
void compose_avx2(benchmark::State& state) {
    const auto all = hwy::SupportedTargets();
    constexpr std::int64_t better = HWY_AVX2 - 1;  // of two targets the better one has the lower bit
    if ((all & HWY_AVX2) == 0) return state.SkipWithError("no AVX2 here");
    hwy::SetSupportedTargetsForTest(all & ~better);
    hwy::GetChosenTarget().Update(hwy::SupportedTargets());
    compose(state, tilewright::CompositeRule::luminance);
    hwy::SetSupportedTargetsForTest(0);
    hwy::GetChosenTarget().Update(hwy::SupportedTargets());
}

// What one would write without vectors: of each pixel the sums that count, with their dataset, and std::nth_element.
void nth_element(benchmark::State& state) {
    const auto count = static_cast<std::size_t>(state.range(0));
    const auto datasets = scenes(count);
    std::vector<std::uint8_t> result(3 * pixels);
    std::vector<std::pair<int, std::size_t>> samples;
    for (auto _ : state) {
        for (std::size_t i = 0; i < pixels; ++i) {
            samples.clear();
            for (std::size_t n = 0; n < count; ++n) {
                const auto* sample = datasets.data() + n * stride + 3 * i;
                const bool counts =
                    std::none_of(sample, sample + 3, [](int value) { return value == 0 || value == 255; });
                if (counts) samples.emplace_back(sample[0] + sample[1] + sample[2], n);
            }
            if (samples.empty()) continue;
            const auto middle = samples.begin() + static_cast<std::ptrdiff_t>(samples.size() / 2);
            std::nth_element(samples.begin(), middle, samples.end());
            std::copy_n(datasets.data() + middle->second * stride + 3 * i, 3, result.data() + 3 * i);
        }
        benchmark::DoNotOptimize(result.data());
    }
    state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(count * pixels));
}

BENCHMARK_CAPTURE(compose, luminance, tilewright::CompositeRule::luminance)->Arg(40)->Arg(216);
BENCHMARK(compose_avx2)->Arg(40)->Arg(216);
BENCHMARK(nth_element)->Arg(40)->Arg(216);
BENCHMARK_CAPTURE(compose, quantile, tilewright::CompositeRule::quantile)->Arg(40);
BENCHMARK_CAPTURE(compose, mean, tilewright::CompositeRule::mean)->Arg(40);
BENCHMARK_CAPTURE(compose, medoid, tilewright::CompositeRule::medoid)->Arg(40);
BENCHMARK_CAPTURE(compose, geomedian, tilewright::CompositeRule::geomedian)->Arg(40);

}  // namespace
