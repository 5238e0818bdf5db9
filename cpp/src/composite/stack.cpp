// SPDX-License-Identifier: Apache-2.0
#include "composite/stack.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <string>
#include <utility>

#include "tilewright/raster/aligned.h"
#include "tilewright/raster/crs.h"
#include "tilewright/storage/file.h"
#include "tilewright/storage/random_access_file.h"

namespace tilewright::inline v0_1 {
namespace {

// Each open file is a descriptor, of which a process has a thousand or so.
constexpr std::size_t most_open_datasets = 384;

std::string sized(Size size) {
    return std::to_string(size.width_px) + " x " + std::to_string(size.height_px) + " px";
}

int alpha_band_of(const RasterInfo& info) {
    for (int band = 0; band < info.bands; ++band) {
        if (info.band[static_cast<std::size_t>(band)].color_interpretation == "Alpha") return band;
    }
    return -1;
}

RasterInfo without_band(RasterInfo info, int band) {
    if (band < 0 || info.bands == 1) return info;
    info.band.erase(info.band.begin() + band);
    --info.bands;
    return info;
}

std::optional<double> as_number(const std::optional<NoData>& value) {
    if (!value) return {};
    return std::visit([](auto number) { return static_cast<double>(number); }, *value);
}

// In what two rasters are not of the same pixels; empty if in nothing. Corners may differ by a thousandth of a pixel.
std::string difference(const RasterInfo& a, const RasterInfo& b) {
    if (a.size != b.size) return "is " + sized(b.size) + ", not " + sized(a.size);
    if (a.geotransform.has_value() != b.geotransform.has_value()) {
        return b.geotransform ? "has a geotransform, the others have none" : "has no geotransform, the others have one";
    }
    if (a.geotransform) {
        const auto& from = *a.geotransform;
        const auto& to = *b.geotransform;
        const double pixel = std::max(std::abs(from[1]) + std::abs(from[2]), std::abs(from[4]) + std::abs(from[5]));
        const auto corner = [&](const GeoTransform& g, double x, double y, std::size_t axis) {
            const auto at = 3 * axis;
            return g[at] + x * g[at + 1] + y * g[at + 2];
        };
        for (const double x : {0.0, static_cast<double>(a.size.width_px)}) {
            for (const double y : {0.0, static_cast<double>(a.size.height_px)}) {
                for (const auto axis : {std::size_t{0}, std::size_t{1}}) {
                    if (!(std::abs(corner(from, x, y, axis) - corner(to, x, y, axis)) <= 1e-3 * pixel)) {
                        return "lies elsewhere: its geotransform is another";
                    }
                }
            }
        }
    }
    if (a.crs_wkt != b.crs_wkt && !same_crs(a.crs_wkt, b.crs_wkt)) return "has another CRS";
    return {};
}

std::string difference_of_samples(const RasterInfo& a, const RasterInfo& b) {
    if (a.bands != b.bands) return "has " + std::to_string(b.bands) + " bands, not " + std::to_string(a.bands);
    if (a.type != b.type) return "is of " + std::string(name(b.type)) + ", not " + std::string(name(a.type));
    return {};
}

void require_composable(const RasterInfo& info, const std::filesystem::path& path) {
    const auto type = info.type;
    if (type != PixelType::uint8 && type != PixelType::uint16 && type != PixelType::int16 &&
        type != PixelType::float32) {
        throw Error(ErrorCode::unsupported,
                    "is of " + std::string(name(type)) + "; uint8, uint16, int16 and float32 can be composed",
                    path_text(path));
    }
    constexpr int most_bands = 64;
    const int bands = without_band(info, alpha_band_of(info)).bands;
    if (bands > most_bands) {
        throw Error(ErrorCode::unsupported,
                    "has " + std::to_string(bands) + " bands; up to " + std::to_string(most_bands) + " can be composed",
                    path_text(path));
    }
    if (!info.band.front().color_table.empty()) {
        throw Error(ErrorCode::unsupported, "has a palette, whose indices cannot be composed; expand it first",
                    path_text(path));
    }
}

// The number of the dataset that differs from the others and how; the first is the odd one if the next two agree.
std::optional<std::pair<std::size_t, std::string>> odd_one(const std::vector<const RasterInfo*>& infos,
                                                           std::string (*differ)(const RasterInfo&,
                                                                                 const RasterInfo&)) {
    for (std::size_t i = 1; i < infos.size(); ++i) {
        const auto how = differ(*infos[0], *infos[i]);
        if (how.empty()) continue;
        const bool first_is_odd = i == 1 && infos.size() > 2 && differ(*infos[1], *infos[2]).empty();
        if (!first_is_odd) return std::pair{i, how};
        return std::pair{std::size_t{0}, differ(*infos[1], *infos[0])};
    }
    return {};
}

}  // namespace

bool DatasetStack::State::has_masks() const noexcept {
    return alpha_band >= 0 || stored.mask != MaskKind::none ||
           std::any_of(datasets.begin(), datasets.end(), [](const StackedDataset& dataset) {
               return !dataset.mask_path.empty() || (dataset.reader && dataset.reader->info().mask != MaskKind::none);
           });
}

std::unique_ptr<RasterReader> DatasetStack::State::open(const StackedDataset& dataset) const {
    if (options.align) return open_aligned(dataset.path, stored, options.resampling, options.open);
    return open_raster(dataset.path, options.open);
}

void DatasetStack::State::read(std::size_t number, const Window& window, std::byte* pixels, std::uint8_t* mask) const {
    const auto& dataset = datasets[number];
    read(dataset, window, pixels, mask);
    // Hundreds are open, and what each keeps of a block would be as much as all samples that are composed.
    if (dataset.reader) dataset.reader->drop_decoded();
    if (dataset.mask) dataset.mask->drop_decoded();
}

void DatasetStack::State::read(const StackedDataset& dataset, const Window& window, std::byte* pixels,
                               std::uint8_t* mask) const {
    std::unique_ptr<RasterReader> opened;
    auto* reader = dataset.reader.get();
    if (reader == nullptr) {
        opened = open(dataset);
        reader = opened.get();
        if (!difference(info, reader->info()).empty()) {
            throw Error(ErrorCode::io, "it was replaced by another image while it was read", path_text(dataset.path));
        }
    }
    const auto area = static_cast<std::size_t>(window.area());
    const Size size{window.width_px, window.height_px};
    if (mask != nullptr) std::fill_n(mask, area, std::uint8_t{255});
    const auto packed = [&](std::byte* at, int bands, PixelType type) {
        MutableImageView view;
        view.data = at;
        view.size = size;
        view.bands = bands;
        view.type = type;
        view.band_stride_bytes = static_cast<std::ptrdiff_t>(size_bytes(type));
        view.pixel_stride_bytes = view.band_stride_bytes * bands;
        view.row_stride_bytes = view.pixel_stride_bytes * window.width_px;
        return view;
    };
    if (alpha_band < 0) {
        reader->read(window, packed(pixels, info.bands, info.type));
    } else {
        Image all(size, stored.bands, stored.type);
        reader->read(window, all.view());
        const auto sample_bytes = size_bytes(stored.type);
        const auto* from = all.data();
        for (std::size_t i = 0; i < area; ++i) {
            for (int band = 0; band < stored.bands; ++band, from += sample_bytes) {
                if (band != alpha_band) {
                    std::memcpy(pixels, from, sample_bytes);
                    pixels += sample_bytes;
                } else if (std::all_of(from, from + sample_bytes,
                                       [](std::byte byte) { return byte == std::byte{0}; })) {
                    mask[i] = 0;
                }
            }
        }
    }
    if (mask == nullptr) return;
    if (reader->info().mask != MaskKind::none) {
        Image shown(size, 1, PixelType::uint8);
        reader->read_mask(window, shown.view());
        for (std::size_t i = 0; i < area; ++i) {
            if (shown.data()[i] == std::byte{0}) mask[i] = 0;
        }
    }
    if (dataset.mask_path.empty()) return;
    const auto classes = dataset.mask ? nullptr : open_raster(dataset.mask_path, options.open);
    auto* class_reader = dataset.mask ? dataset.mask.get() : classes.get();
    const auto& classes_info = class_reader->info();
    const auto across = info.size.width_px / classes_info.size.width_px;
    const auto down = info.size.height_px / classes_info.size.height_px;
    const Window covering{window.x_px / across, window.y_px / down,
                          (window.x_end() - 1) / across - window.x_px / across + 1,
                          (window.y_end() - 1) / down - window.y_px / down + 1};
    Image shown({covering.width_px, covering.height_px}, 1, PixelType::uint8);
    class_reader->read(covering, shown.view());
    for (std::int64_t y = 0; y < window.height_px; ++y) {
        const auto* row = shown.view().row((window.y_px + y) / down - covering.y_px);
        for (std::int64_t x = 0; x < window.width_px; ++x, ++mask) {
            const int value = std::to_integer<int>(row[(window.x_px + x) / across - covering.x_px]);
            if (std::find(options.hidden_classes.begin(), options.hidden_classes.end(), value) !=
                options.hidden_classes.end()) {
                *mask = 0;
            }
        }
    }
}

std::vector<DroppedValues> DatasetStack::State::dropped(const CompositeOptions& composite) const {
    std::vector<DroppedValues> all;
    all.reserve(datasets.size());
    for (const auto& dataset : datasets) {
        DroppedValues values;
        const auto chosen = [](const DroppedValue& given, std::optional<double> automatic) -> std::optional<double> {
            switch (given.kind) {
                case DroppedValue::Kind::off: return {};
                case DroppedValue::Kind::value: return given.value;
                default: return automatic;
            }
        };
        values.nodata = chosen(composite.nodata, dataset.nodata ? *dataset.nodata : 0.0);
        values.saturation =
            chosen(composite.saturation, info.type == PixelType::uint8 ? std::optional(255.0) : std::nullopt);
        all.push_back(values);
    }
    return all;
}

DatasetStack::DatasetStack(std::vector<std::filesystem::path> datasets, const StackOptions& options,
                           const RunContext& context)
    : state_(std::make_unique<State>()) {
    auto& state = *state_;
    if (datasets.empty()) throw Error(ErrorCode::invalid_argument, "there is no dataset to compose", "datasets");
    if (datasets.size() > max_datasets) {
        throw Error(ErrorCode::invalid_argument,
                    "are " + std::to_string(datasets.size()) + ", more than " + std::to_string(max_datasets),
                    "datasets");
    }
    if (!options.masks.empty() && options.masks.size() != datasets.size()) {
        throw Error(ErrorCode::invalid_argument,
                    "are " + std::to_string(options.masks.size()) + " for " + std::to_string(datasets.size()) +
                        " datasets; there must be one each",
                    "masks");
    }
    state.paths = std::move(datasets);
    state.options = options;
    state.datasets.resize(state.paths.size());
    const bool keep_open = state.paths.size() * (options.masks.empty() ? 1 : 2) <= most_open_datasets;
    std::vector<RasterInfo> infos(state.paths.size());
    std::vector<std::optional<Size>> mask_sizes(state.paths.size());
    {
        JobGroup group(*context.executor, state.paths.size());
        for (std::size_t i = 0; i < state.paths.size(); ++i) {
            group.run(1, [&, i] {
                context.throw_if_stopped();
                auto& dataset = state.datasets[i];
                dataset.path = state.paths[i];
                if (!options.masks.empty()) dataset.mask_path = options.masks[i];
                const OpenOnce once(dataset.path);
                try {
                    auto reader = open_raster(dataset.path, options.open);
                    dataset.identity = file_identity(dataset.path);
                    infos[i] = reader->info();
                    dataset.nodata = as_number(infos[i].band.front().nodata);
                    if (keep_open) dataset.reader = std::move(reader);
                    if (dataset.mask_path.empty()) return;
                    auto mask = open_raster(dataset.mask_path, options.open);
                    if (mask->info().type != PixelType::uint8 || mask->info().bands != 1) {
                        throw Error(ErrorCode::unsupported, "is no mask: it must be one band of uint8",
                                    path_text(dataset.mask_path));
                    }
                    mask_sizes[i] = mask->info().size;
                    if (keep_open) dataset.mask = std::move(mask);
                } catch (const Error& error) {
                    if (error.code() == ErrorCode::cancelled || error.code() == ErrorCode::unsupported) throw;
                    dataset.error = error;
                }
            });
        }
        group.wait();
    }
    std::vector<const RasterInfo*> readable;
    std::vector<std::size_t> numbers;
    for (std::size_t i = 0; i < state.datasets.size(); ++i) {
        if (const auto& error = state.datasets[i].error) {
            if (static_cast<int>(state.skipped.size()) >= options.skip_bad) {
                throw Error(
                    error->code(),
                    reason_of(*error) + (options.skip_bad > 0 ? "; more than skip_bad datasets cannot be read" : ""),
                    error->where(), error->transient());
            }
            state.skipped.push_back({i, path_text(state.paths[i]), reason_of(*error)});
        } else {
            require_composable(infos[i], state.paths[i]);
            readable.push_back(&infos[i]);
            numbers.push_back(i);
        }
    }
    if (readable.empty()) {
        throw Error(state.datasets.front().error->code(),
                    "no dataset can be read: " + reason_of(*state.datasets.front().error),
                    path_text(state.paths.front()));
    }
    const auto refuse = [&](const std::optional<std::pair<std::size_t, std::string>>& odd, const std::string& way_out) {
        if (!odd) return;
        throw Error(ErrorCode::invalid_argument, "does not fit the other datasets: it " + odd->second + way_out,
                    path_text(state.paths[numbers[odd->first]]));
    };
    refuse(odd_one(readable, difference_of_samples), "");
    state.stored = *readable.front();
    state.alpha_band = state.stored.bands > 1 ? alpha_band_of(state.stored) : -1;
    state.info = without_band(state.stored, state.alpha_band);
    if (!options.align) {
        refuse(odd_one(readable, difference), "; `align` warps it onto the first");
    } else if (keep_open) {
        for (std::size_t i = 0; i < readable.size(); ++i) {
            if (!difference(*readable.front(), *readable[i]).empty()) {
                auto& dataset = state.datasets[numbers[i]];
                dataset.reader = state.open(dataset);
            }
        }
    }
    for (std::size_t i = 0; i < mask_sizes.size(); ++i) {
        if (!mask_sizes[i] || (state.info.size.width_px % mask_sizes[i]->width_px == 0 &&
                               state.info.size.height_px % mask_sizes[i]->height_px == 0)) {
            continue;
        }
        throw Error(ErrorCode::invalid_argument,
                    "is a mask of " + sized(*mask_sizes[i]) + ", which does not go into " + sized(state.info.size) +
                        " a whole number of times",
                    path_text(options.masks[i]));
    }
}

DatasetStack::~DatasetStack() = default;

const RasterInfo& DatasetStack::info() const noexcept {
    return state_->info;
}

const std::vector<std::filesystem::path>& DatasetStack::datasets() const noexcept {
    return state_->paths;
}

const std::vector<SkippedDataset>& DatasetStack::skipped() const noexcept {
    return state_->skipped;
}

}  // namespace tilewright::inline v0_1
