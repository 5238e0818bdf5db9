// SPDX-License-Identifier: Apache-2.0
#include "tilewright/chip/chip_set.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <tuple>

#include "tilewright/core/error.h"
#include "tilewright/core/thread_pool.h"
#include "tilewright/core/version.h"
#include "tilewright/storage/file.h"
#include "tilewright/storage/place.h"
#include "tilewright/storage/tree.h"

namespace tilewright::inline v0_1 {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::int64_t largest_set_bytes = std::int64_t{64} << 20;

Json chip_json(const ChipRecord& chip) {
    if (!chip.written()) return {{"number", chip.number}, {"skipped", chip.skip_reason}};
    auto footprint = Json::array();
    for (const auto& [longitude, latitude] : chip.footprint) footprint.push_back({longitude, latitude});
    const auto& window = chip.window;
    return {{"number", chip.number},
            {"filename", chip.filename},
            {"x", window.x_px},
            {"y", window.y_px},
            {"width", window.width_px},
            {"height", window.height_px},
            {"x_end", window.x_end()},
            {"y_end", window.y_end()},
            {"format", name(chip.format)},
            {"pixel_hash", chip.pixel_hash},
            {"mask_hash", chip.mask_hash},
            {"file_size_bytes", chip.file_size_bytes},
            {"sha256", chip.sha256},
            {"valid_fraction", chip.valid_fraction},
            {"footprint", std::move(footprint)}};
}

void require(bool holds, const std::string& what) {
    if (!holds) throw Error(ErrorCode::corrupt, "is no record of chips as this version writes it: " + what);
}

bool is_plain_name(const std::string& name) noexcept {
    return !name.empty() && name != "." && name != ".." && name.find('/') == std::string::npos &&
           name.find('\0') == std::string::npos;
}

std::string text_at(const Json& json, const char* key) {
    return json.at(key).get<std::string>();
}

std::int64_t number_at(const Json& json, const char* key) {
    const auto& member = json.at(key);
    require(member.is_number_integer(), std::string(key) + " is no whole number");
    return member.get<std::int64_t>();
}

ChipRecord chip_of(const Json& json, const ChipSet& set) {
    ChipRecord chip;
    chip.number = number_at(json, "number");
    if (json.contains("skipped")) {
        chip.skip_reason = text_at(json, "skipped");
        require(!chip.skip_reason.empty(), "a chip is skipped without a reason");
        return chip;
    }
    chip.filename = text_at(json, "filename");
    chip.window = {number_at(json, "x"), number_at(json, "y"), number_at(json, "width"), number_at(json, "height")};
    chip.format = text_at(json, "format") == name(RasterFormat::tiff) ? RasterFormat::tiff : RasterFormat::png;
    chip.pixel_hash = text_at(json, "pixel_hash");
    chip.mask_hash = text_at(json, "mask_hash");
    chip.file_size_bytes = number_at(json, "file_size_bytes");
    chip.sha256 = text_at(json, "sha256");
    chip.valid_fraction = json.at("valid_fraction").get<double>();
    for (const auto& corner : json.at("footprint")) {
        chip.footprint.emplace_back(corner.at(0).get<double>(), corner.at(1).get<double>());
    }
    require(chip.footprint.empty() || chip.footprint.size() == 4, "a footprint has not 4 corners");
    const auto& window = chip.window;
    require(window.x_px >= 0 && window.y_px >= 0 && window.width_px > 0 && window.height_px > 0 &&
                window.width_px <= set.image.width_px - window.x_px &&
                window.height_px <= set.image.height_px - window.y_px,
            "a window lies outside the image");
    // A record may be anyone's file: a name of its own choice could lead to a file that is none of ours.
    require(chip.filename == chip_filename(set.prefix, set.name, chip.number, chip.format),
            "\"" + chip.filename + "\" is not the name of chip " + std::to_string(chip.number));
    return chip;
}

ChipSet set_of(const Json& json) {
    const auto version = number_at(json, "schema_version");
    if (version > ChipSet::schema_version) {
        throw Error(ErrorCode::unsupported, "was written by a newer version of tilewright");
    }
    ChipSet set;
    set.source = text_at(json, "source");
    set.source_identity = {number_at(json, "source_size_bytes"), number_at(json, "source_mtime_ns")};
    set.name = text_at(json, "name");
    set.prefix = text_at(json, "prefix");
    set.folder = text_at(json, "folder");
    set.image = {number_at(json, "image_width"), number_at(json, "image_height")};
    set.bands = static_cast<int>(number_at(json, "bands"));
    set.type = parse_pixel_type(text_at(json, "type"));
    set.options_digest = text_at(json, "options_digest");
    require(is_plain_name(set.name) && is_plain_name(set.prefix), "its name is not a plain one");
    require(set.folder.size() >= 2 && set.folder.size() <= 4 &&
                std::all_of(set.folder.begin(), set.folder.end(), [](char c) { return c >= '0' && c <= '9'; }),
            "its folder is not a number");
    std::int64_t number = 0;
    for (const auto& chip : json.at("chips")) {
        set.chips.push_back(chip_of(chip, set));
        require(set.chips.back().number == ++number, "its chips are not numbered one by one");
    }
    return set;
}

}  // namespace

std::string chip_set_text(const ChipSet& set) {
    auto chips = Json::array();
    for (const auto& chip : set.chips) chips.push_back(chip_json(chip));
    const Json json{{"schema_version", ChipSet::schema_version},
                    {"tilewright_version", version()},
                    {"source", set.source},
                    {"source_size_bytes", set.source_identity.size_bytes},
                    {"source_mtime_ns", set.source_identity.mtime_ns},
                    {"name", set.name},
                    {"prefix", set.prefix},
                    {"folder", set.folder},
                    {"image_width", set.image.width_px},
                    {"image_height", set.image.height_px},
                    {"bands", set.bands},
                    {"type", tilewright::name(set.type)},
                    {"options_digest", set.options_digest},
                    {"chips", std::move(chips)}};
    return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

ChipSet read_chip_set(const std::filesystem::path& path) {
    const auto text = read_text(path, largest_set_bytes);
    try {
        return set_of(Json::parse(text));
    } catch (const Json::exception& error) {
        throw Error(ErrorCode::corrupt, std::string("is no record of chips: ") + error.what(), path_text(path));
    } catch (const Error& error) {
        throw Error(error.code(), error.what(), path_text(path));
    }
}

std::vector<ChipSet> read_chip_sets(const std::filesystem::path& output) {
    std::vector<ChipSet> sets;
    std::vector<TreeFolder> tree;
    try {
        tree = list_tree(output / ChipSet::records_folder);
    } catch (const Error& error) {
        if (error.code() == ErrorCode::not_found) return sets;
        throw;
    }
    std::vector<std::filesystem::path> records;
    for (const auto& file : tree.front().files) {
        const auto& name = file.relative_path.native();
        if (name.starts_with('.') || !name.ends_with(".json")) continue;
        records.push_back(output / ChipSet::records_folder / file.relative_path);
    }
    sets.resize(records.size());
    // From a store, each is an answer to be waited for.
    constexpr int threads_to_wait = 16;
    ThreadPool pool(is_remote(output) ? threads_to_wait : 1);
    JobGroup group(pool, records.size() + 1);
    for (std::size_t i = 0; i < records.size(); ++i) group.run(1, [&, i] { sets[i] = read_chip_set(records[i]); });
    group.wait();
    std::sort(sets.begin(), sets.end(), [](const ChipSet& a, const ChipSet& b) {
        return std::tie(a.prefix, a.source) < std::tie(b.prefix, b.source);
    });
    return sets;
}

}  // namespace tilewright::inline v0_1
