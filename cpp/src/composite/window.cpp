// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <memory>
#include <numeric>
#include <string>
#include <type_traits>
#include <utility>

#include "composite/stack.h"
#include "tilewright/composite/composite.h"
#include "tilewright/core/memory.h"
#include "tilewright/storage/file.h"
#include "tilewright/storage/place.h"

namespace tilewright::inline v0_1 {
namespace {

// Pixels that one thread composes before it looks for other work.
constexpr std::size_t pixels_at_once = 16384;
constexpr std::int64_t enough_bytes = std::int64_t{64} << 20;
constexpr std::int64_t enough_late_bytes = std::int64_t{1} << 30;

void check(const DatasetStack& stack, const Window& window, const CompositeOptions& options) {
    const auto size = stack.info().size;
    const auto described = [](const Window& w) {
        return std::to_string(w.x_px) + "," + std::to_string(w.y_px) + "," + std::to_string(w.width_px) + "," +
               std::to_string(w.height_px);
    };
    if (window.width_px <= 0 || window.height_px <= 0) {
        throw Error(ErrorCode::invalid_argument, "must have a width and a height above 0, but is " + described(window),
                    "window");
    }
    // Compared so that nothing overflows.
    if (window.x_px < 0 || window.y_px < 0 || window.width_px > size.width_px - window.x_px ||
        window.height_px > size.height_px - window.y_px) {
        throw Error(ErrorCode::invalid_argument,
                    "is out of bounds: " + described(window) + " of " + std::to_string(size.width_px) + " x " +
                        std::to_string(size.height_px) + " px",
                    "window");
    }
    if (!(options.quantile >= 0 && options.quantile <= 1)) {
        throw Error(ErrorCode::invalid_argument, "must be from 0 to 1, but is " + std::to_string(options.quantile),
                    "quantile");
    }
    if (options.geomedian_iterations < 1) {
        throw Error(ErrorCode::invalid_argument,
                    "must be at least 1, but is " + std::to_string(options.geomedian_iterations),
                    "geomedian_iterations");
    }
    if (!(options.geomedian_tolerance >= 0)) {
        throw Error(ErrorCode::invalid_argument, "must not be negative", "geomedian_tolerance");
    }
}

std::int64_t bytes_of_pixel(const DatasetStack::State& state) {
    return static_cast<std::int64_t>(state.datasets.size()) *
           (static_cast<std::int64_t>(state.info.pixel_bytes()) + (state.has_masks() ? 1 : 0));
}

// The part of a window that is read at once: whole blocks of the datasets where the budget has room for them.
Size part_size(const DatasetStack::State& state, const Window& window, std::int64_t memory_bytes) {
    const auto& stored = state.stored;
    const auto most_pixels = std::max<std::int64_t>(1, memory_bytes / bytes_of_pixel(state));
    const auto block_width = stored.tiled ? std::min(stored.block.width_px, window.width_px) : window.width_px;
    const auto block_height = std::min(stored.block.height_px, window.height_px);
    if (block_width * block_height > most_pixels) {
        const auto width = std::min(block_width, most_pixels);
        return {width, std::max<std::int64_t>(1, most_pixels / width)};
    }
    // More at a time gains nothing where blocks come at once, and memory that is used again is there already. Each part
    // of what comes late waits for its last block, while processors idle: so there are few parts.
    const bool is_late =
        std::any_of(state.paths.begin(), state.paths.end(), [](const auto& p) { return is_remote(p); });
    const auto enough = std::min(most_pixels, (is_late ? enough_late_bytes : enough_bytes) / bytes_of_pixel(state));
    const auto across = std::max<std::int64_t>(1, (is_late ? most_pixels : enough) / (block_width * block_height));
    const auto width = std::min(window.width_px, across * block_width);
    const auto down = std::max<std::int64_t>(1, enough / (width * block_height));
    return {width, std::min(window.height_px, down * block_height)};
}

// Where a part that begins at `begin` ends: where a block does, so that the next part need not decode it again.
std::int64_t end_of_part(std::int64_t begin, std::int64_t size, std::int64_t block) {
    const auto end = begin + size;
    const auto end_of_block = block > 0 ? end / block * block : end;
    return end_of_block > begin ? end_of_block : end;
}

std::int64_t budget_of(std::int64_t memory_bytes) {
    return memory_bytes > 0 ? memory_bytes : default_memory_budget_bytes();
}

template <class T>
void fill_with(Image& image, double value) {
    T sample{};
    if constexpr (std::is_integral_v<T>) {
        if (value >= std::numeric_limits<T>::min() && value <= std::numeric_limits<T>::max()) {
            sample = static_cast<T>(value);
        }
    } else {
        sample = static_cast<T>(value);
    }
    for (std::size_t i = 0; i + sizeof sample <= image.size_bytes(); i += sizeof sample) {
        std::memcpy(image.data() + i, &sample, sizeof sample);
    }
}

void fill(Image& image, double value) {
    switch (image.type()) {
        case PixelType::uint8: return fill_with<std::uint8_t>(image, value);
        case PixelType::uint16: return fill_with<std::uint16_t>(image, value);
        case PixelType::int16: return fill_with<std::int16_t>(image, value);
        default: return fill_with<float>(image, value);
    }
}

std::optional<double> nodata_of_result(const DatasetStack::State& state, const CompositeOptions& options) {
    if (options.rule == CompositeRule::count || options.nodata.kind == DroppedValue::Kind::off) return {};
    if (options.nodata.kind == DroppedValue::Kind::value) return options.nodata.value;
    for (const auto& dataset : state.datasets) {
        if (!dataset.error) return dataset.nodata.value_or(0);
    }
    return 0;
}

RasterInfo info_of_result(const DatasetStack::State& state, const Window& window, const CompositeOptions& options,
                          std::optional<double> nodata) {
    auto info = cropped(state.info, window);
    info.type = composite_type(options.rule, state.info.type);
    info.bands = composite_bands(options.rule, state.info.bands);
    info.band.resize(static_cast<std::size_t>(info.bands));
    for (auto& band : info.band) {
        band.nodata.reset();
        if (nodata) band.nodata = *nodata;
        band.metadata.clear();
        band.bits_per_sample = 0;
        if (options.rule == CompositeRule::count) band = BandInfo{"count", "Gray", {}, {}, {}, {}, 0, {}, {}, {}};
    }
    info.mask = MaskKind::per_dataset;
    // What else is told of the first dataset, such as when it was taken, does not hold for all of them.
    const auto area = info.metadata.find("");
    Metadata metadata;
    if (area != info.metadata.end()) {
        for (const auto& item : area->second) {
            if (item.first == "AREA_OR_POINT") metadata[""].push_back(item);
        }
    }
    info.metadata = std::move(metadata);
    return info;
}

// One dataset could not be read; whoever composes may leave it out.
struct Unreadable {
    std::size_t number;
    Error error;
};

// Composes a window of the datasets in `numbers`.
class WindowComposer {
public:
    WindowComposer(const DatasetStack::State& state, const CompositeOptions& options, std::vector<std::size_t> numbers,
                   const RunContext& context)
        : state_(state), options_(options), numbers_(std::move(numbers)), context_(context) {
        const auto all = state.dropped(options);
        for (const auto number : numbers_) dropped_.push_back(all[number]);
    }

    void compose(const Window& window, std::int64_t memory_bytes, Composite& into) {
        const auto part = part_size(state_, window, memory_bytes);
        const auto block = state_.stored.block;
        for (auto y = window.y_px; y < window.y_end();) {
            const auto bottom = std::min(end_of_part(y, part.height_px, block.height_px), window.y_end());
            for (auto x = window.x_px; x < window.x_end();) {
                context_.throw_if_stopped();
                const auto right = std::min(end_of_part(x, part.width_px, block.width_px), window.x_end());
                const Window at{x, y, right - x, bottom - y};
                read(at);
                compose_part(at, window, into);
                x = right;
            }
            y = bottom;
        }
    }

private:
    void read(const Window& at) {
        const auto pixels = static_cast<std::size_t>(at.area());
        const auto pixel_bytes = state_.info.pixel_bytes();
        stride_ = dataset_stride(pixels * pixel_bytes);
        const auto bytes = numbers_.size() * stride_;
        if (samples_bytes_ < bytes) {
            samples_.reset();
            samples_ = std::make_unique_for_overwrite<std::byte[]>(bytes);
            samples_bytes_ = bytes;
        }
        masks_.resize(state_.has_masks() ? numbers_.size() * pixels : 0);
        std::mutex mutex;
        std::optional<Unreadable> unreadable;
        JobGroup group(*context_.executor, numbers_.size());
        for (std::size_t i = 0; i < numbers_.size(); ++i) {
            group.run(1, [&, i] {
                context_.throw_if_stopped();
                try {
                    state_.read(numbers_[i], at, samples_.get() + i * stride_,
                                masks_.empty() ? nullptr : masks_.data() + i * pixels);
                } catch (const Error& error) {
                    if (error.code() == ErrorCode::cancelled) throw;
                    const std::lock_guard lock(mutex);
                    if (!unreadable || numbers_[i] < unreadable->number) unreadable = {numbers_[i], error};
                }
                context_.advance(static_cast<std::int64_t>(pixels * pixel_bytes));
            });
        }
        group.wait();
        if (unreadable) throw *unreadable;
    }

    void compose_part(const Window& at, const Window& window, Composite& into) {
        const auto pixels = static_cast<std::size_t>(at.area());
        const auto pixel_bytes = state_.info.pixel_bytes();
        const auto rows_at_once = std::max<std::int64_t>(1, static_cast<std::int64_t>(pixels_at_once) / at.width_px);
        JobGroup group(*context_.executor, pixels);
        for (std::int64_t row = 0; row < at.height_px; row += rows_at_once) {
            group.run(1, [&, row] {
                StripComposer composer(options_, state_.info.type, state_.info.bands, dropped_);
                const auto end = std::min(at.height_px, row + rows_at_once);
                for (auto y = row; y < end; ++y) {
                    context_.throw_if_stopped();
                    const auto begin = static_cast<std::size_t>(y * at.width_px);
                    std::vector<const std::byte*> datasets(numbers_.size());
                    std::vector<const std::uint8_t*> masks(masks_.empty() ? 0 : numbers_.size());
                    for (std::size_t i = 0; i < numbers_.size(); ++i) {
                        datasets[i] = samples_.get() + i * stride_ + begin * pixel_bytes;
                        if (!masks.empty()) masks[i] = masks_.data() + i * pixels + begin;
                    }
                    const auto to = [&](Image& image) {
                        return image.view().crop({at.x_px - window.x_px, at.y_px - window.y_px + y, at.width_px, 1});
                    };
                    Strip strip;
                    strip.datasets = datasets;
                    strip.masks = masks;
                    strip.pixels = static_cast<std::size_t>(at.width_px);
                    strip.result = to(into.image).data;
                    strip.counts = reinterpret_cast<std::uint16_t*>(to(into.counts).data);
                    const bool chooses = chooses_dataset(options_.rule);
                    if (chooses) strip.chosen = reinterpret_cast<std::uint16_t*>(to(into.datasets).data);
                    composer.compose(strip);
                    for (std::size_t i = 0; chooses && i < strip.pixels; ++i) {
                        if (strip.chosen[i] != no_dataset) {
                            strip.chosen[i] = static_cast<std::uint16_t>(numbers_[strip.chosen[i]]);
                        }
                    }
                    auto* shown = to(into.mask).data;
                    for (std::size_t i = 0; i < strip.pixels; ++i) {
                        const bool is_void = strip.counts[i] == 0 && options_.rule != CompositeRule::count;
                        shown[i] = is_void ? std::byte{0} : std::byte{255};
                    }
                }
            });
        }
        group.wait();
    }

    const DatasetStack::State& state_;
    const CompositeOptions& options_;
    const std::vector<std::size_t> numbers_;
    const RunContext& context_;
    std::vector<DroppedValues> dropped_;
    // (dataset, row, column, band) of a part. Not cleared: threads write to all of it, and have its pages made.
    std::unique_ptr<std::byte[]> samples_;
    std::size_t samples_bytes_ = 0;
    std::size_t stride_ = 0;           // bytes from one dataset to the next
    std::vector<std::uint8_t> masks_;  // (dataset, row, column)
};

}  // namespace

std::int64_t compositing_bytes(const DatasetStack& stack, const Window& window, const CompositeOptions& options,
                               std::int64_t memory_bytes) {
    const auto& state = stack.state();
    const auto part = part_size(state, window, budget_of(memory_bytes));
    return part.width_px * part.height_px * bytes_of_pixel(state) +
           StripComposer::working_bytes(options.rule, state.datasets.size(), state.info.bands);
}

Composite composite_window(const DatasetStack& stack, const Window& window, const CompositeOptions& options,
                           std::int64_t memory_bytes, const RunContext& context) {
    check(stack, window, options);
    const auto& state = stack.state();
    const Size size{window.width_px, window.height_px};
    const auto nodata = nodata_of_result(state, options);
    Composite composite;
    composite.info = info_of_result(state, window, options, nodata);
    composite.image = Image(size, composite.info.bands, composite.info.type);
    composite.mask = Image(size, 1, PixelType::uint8);
    composite.counts = Image(size, 1, PixelType::uint16);
    if (chooses_dataset(options.rule)) composite.datasets = Image(size, 1, PixelType::uint16);
    composite.skipped = state.skipped;
    for (;;) {
        std::vector<std::size_t> numbers;
        for (std::size_t i = 0; i < state.datasets.size(); ++i) {
            const bool is_skipped = std::any_of(composite.skipped.begin(), composite.skipped.end(),
                                                [&](const SkippedDataset& skipped) { return skipped.number == i; });
            if (!is_skipped) numbers.push_back(i);
        }
        try {
            fill(composite.image, nodata.value_or(0));
            WindowComposer(state, options, std::move(numbers), context)
                .compose(window, budget_of(memory_bytes), composite);
            return composite;
        } catch (const Unreadable& unreadable) {
            // A dataset counts in all of a window or in none of it: what comes of it must not depend on the parts it is
            // read in.
            if (static_cast<int>(composite.skipped.size()) >= state.options.skip_bad) {
                const auto& error = unreadable.error;
                throw Error(error.code(), reason_of(error),
                            error.where().empty() ? path_text(state.paths[unreadable.number]) : error.where(),
                            error.transient());
            }
            composite.skipped.push_back(
                {unreadable.number, path_text(state.paths[unreadable.number]), reason_of(unreadable.error)});
        }
    }
}

}  // namespace tilewright::inline v0_1
