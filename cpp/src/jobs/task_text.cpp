// SPDX-License-Identifier: Apache-2.0
#include "jobs/task_text.h"

#include <algorithm>
#include <cstddef>
#include <filesystem>
#include <initializer_list>
#include <limits>
#include <string_view>
#include <utility>

#include "jobs/chip_names.h"
#include "jobs/output_folders.h"
#include "jobs/strict_json.h"
#include "tilewright/storage/file.h"

namespace tilewright::inline v0_1 {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

constexpr const char* image_task = "tesselate";
constexpr const char* chips_task = "chips";
constexpr const char* thumbnail_task = "thumbnail";
constexpr const char* window_task = "window";

// Two paths of 4 KiB, each byte escaped, and the figures beside them.
constexpr std::size_t longest_text = std::size_t{64} << 10;
constexpr std::size_t longest_path = 4096;
constexpr std::int64_t largest_side_px = std::int64_t{1} << 31;
// So that no sum of sizes leaves 64 bits, whatever the threads.
constexpr std::int64_t most_raw_bytes = std::int64_t{1} << 48;
constexpr std::int64_t most_bands = 65'536;
constexpr auto any_number = std::numeric_limits<std::int64_t>::max();

std::string dumped(const Json& json) {
    return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

Json size_json(Size size) {
    return Json::array({size.width_px, size.height_px});
}

Json header_json(const RasterInfo& info) {
    return {{"size", size_json(info.size)},   {"bands", info.bands},
            {"type", name(info.type)},        {"mask", info.mask == MaskKind::per_dataset},
            {"block", size_json(info.block)}, {"tiled", info.tiled}};
}

// What is refused, told as one thing wherever it is found.
[[noreturn]] void refuse(const std::string& message) {
    throw Error(ErrorCode::invalid_argument, "is no task of this job: " + message, "task");
}

// A path that stays inside the folder it is relative to.
fs::path path_from(const StrictJson& part) {
    fs::path path = part.path();
    const auto& text = path.native();
    if (text.empty() || text.size() > longest_path || text.find('\0') != std::string::npos || path.is_absolute() ||
        !path.has_filename() || path.lexically_normal() != path || *path.begin() == ".." || path == ".") {
        part.fail("expected a path inside the job's folder");
    }
    return path;
}

// A text that is not empty.
std::string key_from(const StrictJson& part) {
    auto key = part.text();
    if (key.empty()) part.fail("expected a text that is not empty");
    return key;
}

Size size_from(const StrictJson& part, std::int64_t least = 1) {
    if (part.size() != 2) part.fail("expected a width and a height");
    return {part.at(std::size_t{0}).integer(least, largest_side_px),
            part.at(std::size_t{1}).integer(least, largest_side_px)};
}

RasterInfo header_from(const StrictJson& part) {
    part.require_keys({"size", "bands", "type", "mask", "block", "tiled"});
    RasterInfo info;
    info.size = size_from(part.at("size"));
    info.bands = static_cast<int>(part.at("bands").integer(1, most_bands));
    try {
        info.type = parse_pixel_type(part.at("type").text());
    } catch (const Error& error) {
        part.at("type").fail(error.what());
    }
    info.mask = part.at("mask").boolean() ? MaskKind::per_dataset : MaskKind::none;
    info.block = size_from(part.at("block"), 0);
    info.tiled = part.at("tiled").boolean();
    const auto most_px = most_raw_bytes / static_cast<std::int64_t>(info.pixel_bytes());
    for (const auto size : {info.size, info.block}) {
        if (size.height_px > 0 && size.width_px > most_px / size.height_px) part.fail("is larger than any image");
    }
    return info;
}

// Reads a text of one kind by `read`.
template <typename Read>
auto parsed(const std::string& text, const char* kind, std::initializer_list<std::string_view> keys, Read read) {
    if (text.size() > longest_text) refuse("is longer than any task");
    const auto json = Json::parse(text, nullptr, false);
    if (json.is_discarded()) refuse("is no JSON");
    const StrictJson part(json);
    part.require_keys(keys);
    if (part.at("task").text() != kind) part.at("task").fail("expected \"" + std::string(kind) + "\"");
    return read(part);
}

void require_source(const StrictJson& part, const fs::path& source, const BatchPlaces& places) {
    if (!places.file_name.empty() && source != places.file_name) part.fail("is not the job's input");
}

// Whether a plan may have given a thumbnail to a source: under the source's name, or that with a number.
bool may_be_of(const fs::path& source, const fs::path& thumbnail) {
    const fs::path name = thumbnail_name(source.filename().native());
    if (thumbnail.parent_path() != source.parent_path() || thumbnail.extension() != name.extension()) return false;
    const auto stem = thumbnail.stem().native();
    const auto begin = name.stem().native() + "~";
    return thumbnail.filename() == name || (stem.starts_with(begin) && is_further_number(stem.substr(begin.size())));
}

// Outputs must not be written over sources.
bool lies_in_input(const fs::path& output, const BatchPlaces& places) {
    const auto& input = places.input_in_output;
    return !input.empty() &&
           std::mismatch(input.begin(), input.end(), output.begin(), output.end()).first == input.end();
}

}  // namespace

std::string task_text(const PlannedImage& image) {
    if (image.error || !image.skip_reason.empty() || !image.info) return {};
    return dumped(Json{{"task", image_task},
                       {"key", image.key},
                       {"source", path_json(image.source)},
                       {"page", image.page},
                       {"output_folder", path_json(image.output_folder)},
                       {"source_bytes", image.source_bytes},
                       {"header", header_json(*image.info)}});
}

PlannedImage parse_image_task(const std::string& text, const BatchPlaces& places) {
    const auto read = [&](const StrictJson& part) {
        PlannedImage image;
        image.key = key_from(part.at("key"));
        image.source = path_from(part.at("source"));
        require_source(part.at("source"), image.source, places);
        image.page = static_cast<int>(part.at("page").integer(1, std::numeric_limits<int>::max()));
        image.output_folder = path_from(part.at("output_folder"));
        if (!OutputFolders(places.input_in_output).may_be_of(image.source, image.output_folder, image.page)) {
            part.at("output_folder").fail("is not a folder of its source");
        }
        image.source_bytes = part.at("source_bytes").integer(0, any_number);
        image.info = header_from(part.at("header"));
        return image;
    };
    return parsed(text, image_task, {"task", "key", "source", "page", "output_folder", "source_bytes", "header"}, read);
}

std::string task_text(const PlannedChips& image) {
    if (image.error || !image.skip_reason.empty() || !image.info) return {};
    return dumped(Json{{"task", chips_task},
                       {"key", image.key},
                       {"source", path_json(image.source)},
                       {"name", image.name},
                       {"source_bytes", image.source_bytes},
                       {"chips", image.chips},
                       {"header", header_json(*image.info)}});
}

PlannedChips parse_chip_task(const std::string& text, const BatchPlaces& places) {
    return parsed(text, chips_task, {"task", "key", "source", "name", "source_bytes", "chips", "header"},
                  [&](const StrictJson& part) {
                      PlannedChips image;
                      image.key = key_from(part.at("key"));
                      image.source = path_from(part.at("source"));
                      require_source(part.at("source"), image.source, places);
                      const auto name = part.at("name");
                      image.name = key_from(name);
                      if (!ChipNames::may_be_of(image.source, image.name)) name.fail("is not a name of its source");
                      image.source_bytes = part.at("source_bytes").integer(0, any_number);
                      image.chips = part.at("chips").integer(0, 1'000);
                      image.info = header_from(part.at("header"));
                      return image;
                  });
}

std::string task_text(const SentThumbnail& thumbnail) {
    const auto& image = thumbnail.image;
    if (image.error || !image.forecast) return {};
    Json proofs = Json::array();
    for (const auto& proof : thumbnail.proofs)
        proofs.push_back({{"bytes", proof.size_bytes}, {"sha256", proof.sha256}});
    return dumped(Json{{"task", thumbnail_task},
                       {"key", image.key},
                       {"source", path_json(image.source)},
                       {"thumbnail", path_json(image.thumbnail)},
                       {"source_bytes", image.identity.size_bytes},
                       {"source_mtime_ns", image.identity.mtime_ns},
                       {"image", size_json(image.forecast->image)},
                       {"size", size_json(image.forecast->thumbnail)},
                       {"content", image.forecast->content},
                       {"raw_bytes", image.forecast->raw_bytes},
                       {"working_bytes", image.forecast->working_bytes},
                       {"proofs", std::move(proofs)}});
}

std::string task_text(const PlannedThumbnail& image) {
    return task_text(SentThumbnail{image, {}});
}

SentThumbnail parse_thumbnail_task(const std::string& text, const BatchPlaces& places) {
    return parsed(text, thumbnail_task,
                  {"task", "key", "source", "thumbnail", "source_bytes", "source_mtime_ns", "image", "size", "content",
                   "raw_bytes", "working_bytes", "proofs"},
                  [&](const StrictJson& part) {
                      SentThumbnail sent;
                      auto& image = sent.image;
                      image.key = key_from(part.at("key"));
                      image.source = path_from(part.at("source"));
                      require_source(part.at("source"), image.source, places);
                      const auto target = part.at("thumbnail");
                      image.thumbnail = path_from(target);
                      if (!may_be_of(image.source, image.thumbnail)) target.fail("is not a thumbnail of its source");
                      if (lies_in_input(image.thumbnail, places)) target.fail("would be written into the input");
                      image.identity = {part.at("source_bytes").integer(0, any_number),
                                        part.at("source_mtime_ns").integer(-any_number, any_number)};
                      ThumbnailForecast forecast;
                      forecast.image = size_from(part.at("image"));
                      forecast.thumbnail = size_from(part.at("size"));
                      forecast.content = part.at("content").text();
                      forecast.raw_bytes = part.at("raw_bytes").integer(0, most_raw_bytes);
                      forecast.working_bytes = part.at("working_bytes").integer(0, most_raw_bytes);
                      image.forecast = std::move(forecast);
                      const auto proofs = part.at("proofs");
                      for (std::size_t i = 0; i < proofs.size(); ++i) {
                          const auto proof = proofs.at(i);
                          proof.require_keys({"bytes", "sha256"});
                          sent.proofs.push_back({proof.at("bytes").integer(0, any_number), proof.at("sha256").text()});
                      }
                      return sent;
                  });
}

std::string task_text(const PlannedWindow& window) {
    return dumped(Json{{"task", window_task}, {"key", window.name}});
}

std::string parse_window_task(const std::string& text) {
    return parsed(text, window_task, {"task", "key"}, [](const StrictJson& part) { return key_from(part.at("key")); });
}

void DistinctTasks::add(const std::string& key, const std::string& output) {
    if (!keys_.insert(key).second) refuse("the key " + Json(key).dump() + " is given twice");
    if (!outputs_.insert(folded_case(output)).second) refuse("two would write " + path_text(output));
}

}  // namespace tilewright::inline v0_1
