// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <nlohmann/json.hpp>
#include <span>
#include <string>
#include <utility>

#include "composite/stack.h"
#include "tilewright/codec/hash.h"
#include "tilewright/composite/composite.h"
#include "tilewright/storage/file.h"

namespace tilewright::inline v0_1 {
namespace {

constexpr const char* skipped_key = "TILEWRIGHT_SKIPPED";

using Json = nlohmann::ordered_json;

Json dropped_json(const DroppedValue& dropped) {
    switch (dropped.kind) {
        case DroppedValue::Kind::off: return nullptr;
        case DroppedValue::Kind::value: return dropped.value;
        default: return "auto";
    }
}

std::string sha256_hex(const std::string& text) {
    Sha256 hash;
    hash.update(std::as_bytes(std::span(text)));
    return hash.hex();
}

std::filesystem::path beside(const std::filesystem::path& target, const char* what) {
    auto name = target.stem().native() + "_" + what + target.extension().native();
    return target.parent_path() / name;
}

std::int64_t write_image(const std::filesystem::path& target, const Image& image, std::optional<ImageView> mask,
                         RasterInfo info, const CogOptions& cog, const Metadata& metadata, Executor& executor) {
    info.mask = mask ? MaskKind::per_dataset : MaskKind::none;
    for (const auto& [domain, items] : metadata) {
        auto& into = info.metadata[domain];
        into.insert(into.end(), items.begin(), items.end());
    }
    CogWriter writer(target, info, cog, executor);
    writer.append(image.view(), mask);
    return writer.finish();
}

// An image of whole numbers that lies where the composite does.
RasterInfo info_beside(const Composite& composite, const char* what, std::optional<NoData> nodata) {
    auto info = composite.info;
    info.bands = 1;
    info.type = PixelType::uint16;
    BandInfo band;
    band.description = what;
    band.color_interpretation = "Gray";
    band.nodata = nodata;
    info.band = {band};
    return info;
}

}  // namespace

std::vector<std::filesystem::path> files_of(const std::filesystem::path& image, const CompositeFiles& files) {
    std::vector<std::filesystem::path> all;
    if (files.counts) all.push_back(beside(image, "count"));
    if (files.datasets) all.push_back(beside(image, "dataset"));
    all.push_back(image);
    return all;
}

Metadata composite_metadata(const CompositeOptions& options, std::size_t datasets, const Window& window,
                            const std::vector<SkippedDataset>& skipped, const std::string& request) {
    Metadata metadata;
    auto& items = metadata[""];
    const auto text = [](std::int64_t number) { return std::to_string(number); };
    items.emplace_back("TILEWRIGHT_RULE", name(options.rule));
    items.emplace_back("TILEWRIGHT_DATASETS", std::to_string(datasets));
    items.emplace_back("TILEWRIGHT_WINDOW", text(window.x_px) + "," + text(window.y_px) + "," + text(window.width_px) +
                                                "," + text(window.height_px));
    if (!skipped.empty()) {
        Json json = Json::array();
        for (const auto& [number, path, reason] : skipped) {
            json.push_back({{"number", number}, {"dataset", path}, {"reason", reason}});
        }
        items.emplace_back(skipped_key, json.dump(-1, ' ', false, Json::error_handler_t::replace));
    }
    items.emplace_back(request_key, request);
    return metadata;
}

std::vector<SkippedDataset> skipped_datasets_in(const RasterInfo& info) {
    std::vector<SkippedDataset> skipped;
    const auto domain = info.metadata.find("");
    if (domain == info.metadata.end()) return skipped;
    for (const auto& [key, value] : domain->second) {
        if (key != skipped_key) continue;
        try {
            for (const auto& item : Json::parse(value)) {
                skipped.push_back({item.at("number"), item.at("dataset"), item.at("reason")});
            }
        } catch (const Json::exception& error) {
            throw Error(ErrorCode::corrupt, std::string("is no list of datasets: ") + error.what(), skipped_key);
        }
    }
    return skipped;
}

bool answers(const std::filesystem::path& file, const std::string& request) {
    try {
        const auto info = read_raster_info(file);
        const auto items = info.metadata.find("");
        return items != info.metadata.end() &&
               std::find(items->second.begin(), items->second.end(),
                         std::pair<std::string, std::string>(request_key, request)) != items->second.end();
    } catch (const Error& error) {
        if (error.code() == ErrorCode::not_found || error.code() == ErrorCode::corrupt ||
            error.code() == ErrorCode::unsupported) {
            return false;
        }
        throw;
    }
}

std::string composite_request(const DatasetStack& stack, const Window& window, const CompositeOptions& options,
                              const CompositeFiles& files) {
    const auto& state = stack.state();
    Json json;
    json["format"] = 1;
    json["window"] = {window.x_px, window.y_px, window.width_px, window.height_px};
    json["rule"] = name(options.rule);
    if (options.rule == CompositeRule::quantile) json["quantile"] = options.quantile;
    if (options.rule == CompositeRule::geomedian) {
        json["geomedian"] = {options.geomedian_iterations, options.geomedian_tolerance};
    }
    json["nodata"] = dropped_json(options.nodata);
    json["saturation"] = dropped_json(options.saturation);
    json["counts"] = files.counts;
    json["dataset_numbers"] = files.datasets;
    json["cog"] = {files.cog.jpeg_quality, files.cog.block_px, files.cog.nearest_overviews};
    json["hidden_classes"] = state.options.hidden_classes;
    if (state.options.align) json["align"] = state.options.resampling;
    Json& datasets = json["datasets"] = Json::array();
    for (const auto& dataset : state.datasets) {
        datasets.push_back({path_text(dataset.path), path_text(dataset.mask_path), dataset.identity.size_bytes,
                            dataset.identity.mtime_ns});
    }
    return sha256_hex(json.dump(-1, ' ', false, Json::error_handler_t::replace));
}

WrittenComposite write_composite(const std::filesystem::path& target, const DatasetStack& stack, const Window& window,
                                 const CompositeOptions& options, const CompositeFiles& files,
                                 std::int64_t memory_bytes, const RunContext& context) {
    if (files.datasets && !chooses_dataset(options.rule)) {
        throw Error(ErrorCode::invalid_argument,
                    "makes samples of its own: there is no dataset to tell; luminance and medoid choose one", "rule");
    }
    require_tiff_name(target);
    WrittenComposite written;
    written.path = target;
    const auto request = composite_request(stack, window, options, files);
    const auto all = files_of(target, files);
    if (std::all_of(all.begin(), all.end(), [&](const auto& file) { return answers(file, request); })) {
        written.skipped = true;
        for (const auto& file : all) written.size_bytes += file_identity(file).size_bytes;
        return written;
    }
    if (!target.parent_path().empty()) make_folder(target.parent_path());
    const auto composite = composite_window(stack, window, options, memory_bytes, context);
    const auto metadata = composite_metadata(options, stack.datasets().size(), window, composite.skipped, request);
    auto& executor = *context.executor;
    auto lossless = files.cog;
    lossless.jpeg_quality = 0;
    auto of_numbers = lossless;
    of_numbers.nearest_overviews = true;
    if (files.counts) {
        written.size_bytes += write_image(beside(target, "count"), composite.counts, {},
                                          info_beside(composite, "count", {}), lossless, metadata, executor);
    }
    if (files.datasets) {
        written.size_bytes += write_image(beside(target, "dataset"), composite.datasets, {},
                                          info_beside(composite, "dataset", NoData(std::int64_t{no_dataset})),
                                          of_numbers, metadata, executor);
    }
    context.throw_if_stopped();
    written.size_bytes +=
        write_image(target, composite.image, composite.mask.view(), composite.info, files.cog, metadata, executor);
    const auto* shown = composite.mask.data();
    written.void_pixels = std::count(shown, shown + composite.mask.size_bytes(), std::byte{0});
    written.skipped_datasets = composite.skipped;
    return written;
}

}  // namespace tilewright::inline v0_1
