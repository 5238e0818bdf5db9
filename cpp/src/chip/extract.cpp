// SPDX-License-Identifier: Apache-2.0
#include "tilewright/chip/extract.h"

#include <algorithm>
#include <cstddef>
#include <exception>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "chip/chip_cutter.h"
#include "tilewright/codec/deflate.h"
#include "tilewright/codec/hash.h"
#include "tilewright/core/error.h"
#include "tilewright/raster/file_hash.h"
#include "tilewright/raster/footprint.h"
#include "tilewright/raster/raster_reader.h"
#include "tilewright/storage/file.h"
#include "tilewright/storage/place.h"
#include "tilewright/storage/random_access_file.h"
#include "tilewright/storage/remove_file.h"

namespace tilewright::inline v0_1 {
namespace {

namespace fs = std::filesystem;

// What an earlier run left: its record, or why there is none that holds.
struct Earlier {
    std::optional<ChipSet> set;
    std::string reason;  // to cut all again; empty if the set fits the source and the options, or if there is none
};

Earlier find_earlier(const ChipSource& source, const FileIdentity& identity, const fs::path& record,
                     const ChipOptions& options) {
    Earlier earlier;
    try {
        earlier.set = read_chip_set(record);
    } catch (const Error& error) {
        if (error.code() != ErrorCode::not_found) earlier.reason = error.what();
        return earlier;
    }
    const auto& set = *earlier.set;
    if (set.source != source.relative_path)
        earlier.reason = "the record is of another source";
    else if (set.source_identity != identity)
        earlier.reason = "the source changed";
    else if (set.options_digest != options.digest())
        earlier.reason = "the options changed";
    else if (set.name != source.name || set.prefix != options.prefix)
        earlier.reason = "the record has another name";
    return earlier;
}

// What is wrong with a chip's file; empty if it is the one that the record tells of.
std::string chip_problem(const ChipRecord& chip, const fs::path& folder, const RasterInfo& info, bool by_hash) {
    const auto path = folder / chip.filename;
    try {
        if (file_identity(path).size_bytes != chip.file_size_bytes) return chip.filename + " has another size";
        if (by_hash && file_sha256(path) != chip.sha256) return chip.filename + " was altered";
        if (chip.format == RasterFormat::png && info.geotransform) {
            const auto expected = world_file_text(*cropped(info, chip.window).geotransform);
            const auto world_file = world_file_path(path);
            if (read_text(world_file) != expected) return path_text(world_file.filename()) + " is not the chip's";
        }
    } catch (const Error& error) {
        if (error.code() == ErrorCode::not_found) return chip.filename + " is missing";
        // Whatever else is wrong with it is mended by cutting it anew.
        return error.what();
    }
    return {};
}

void remove_chip(const ChipRecord& chip, const fs::path& folder) {
    if (!chip.written()) return;
    remove_file(folder / chip.filename);
    if (chip.format == RasterFormat::png) remove_file(world_file_path(folder / chip.filename));
}

// A place for each chip, in records that are otherwise empty.
std::vector<ChipRecord> placed_chips(const ChipSource& source, const RasterInfo& info, const ChipCutter& cutter,
                                     const ChipOptions& options, const RunContext& context) {
    ChipTest accept;
    if (options.max_nodata < 1) {
        accept = [&](const Window& window) {
            context.throw_if_stopped();
            return 1 - cutter.valid_fraction(window) <= options.max_nodata;
        };
    }
    const FootprintFinder footprints(info);
    std::vector<ChipRecord> chips;
    for (const auto& place : place_chips(info.size, options.layout, options.prefix, source.relative_path, accept)) {
        ChipRecord chip;
        chip.number = place.index + 1;
        chip.skip_reason = place.reason;
        if (place.window) {
            chip.window = *place.window;
            chip.format = cutter.format();
            chip.filename = chip_filename(options.prefix, source.name, chip.number, chip.format);
            chip.footprint = footprints.corners(chip.window);
        }
        chips.push_back(std::move(chip));
    }
    return chips;
}

std::int64_t chip_raw_bytes(const RasterInfo& info, const ChipOptions& options) {
    return options.layout.size_px * options.layout.size_px * static_cast<std::int64_t>(info.pixel_bytes());
}

// What one thread holds while it cuts a chip: its samples, the blocks they come from, and a part while it is
// compressed.
std::int64_t bytes_of_a_chip(const RasterInfo& info, const ChipOptions& options) {
    const auto pixel = static_cast<std::int64_t>(info.pixel_bytes());
    const auto raw = chip_raw_bytes(info, options);
    const auto mask = info.mask == MaskKind::per_dataset ? options.layout.size_px * options.layout.size_px : 0;
    const auto block = std::min(info.block.width_px * info.block.height_px * pixel, info.raw_bytes());
    return raw + mask + 2 * block + 3 * std::min(raw, static_cast<std::int64_t>(part_bytes(options.compression)));
}

void cut(const ChipCutter& cutter, const std::vector<ChipRecord*>& chips, const fs::path& folder,
         const RasterInfo& info, const ChipOptions& options, const RunContext& context) {
    const auto threads = static_cast<std::size_t>(context.executor->concurrency());
    const auto bytes = static_cast<std::size_t>(bytes_of_a_chip(info, options));
    JobGroup jobs(*context.executor, bytes * threads);
    for (auto* chip : chips) {
        context.throw_if_stopped();
        jobs.run(bytes, [&, chip] {
            context.throw_if_stopped();
            cutter.write(*chip, context);
            context.advance(chip_raw_bytes(info, options));
        });
    }
    jobs.wait();
    if (is_url(folder)) return;  // Hashed before they were uploaded.
    std::vector<fs::path> paths;
    paths.reserve(chips.size());
    for (const auto* chip : chips) paths.push_back(folder / chip->filename);
    auto hashes = file_sha256(paths, context.stop);
    for (std::size_t i = 0; i < chips.size(); ++i) chips[i]->sha256 = std::move(hashes[i]);
}

void require_room(const ChipSource& source, const RasterInfo& info, const ChipLayout& layout) {
    const auto least = layout.size_px + 2 * layout.margin_px;
    if (std::min(info.size.width_px, info.size.height_px) >= least) return;
    throw Error(ErrorCode::invalid_argument,
                std::to_string(info.size.width_px) + " x " + std::to_string(info.size.height_px) +
                    " px are too small for a chip; the least side is " + std::to_string(least) + " px",
                path_text(source.path));
}

// A refusal that tells of which image it is.
template <typename Action>
auto about(const ChipSource& source, const Action& action) {
    try {
        return action();
    } catch (const Error& error) {
        if (!error.where().empty()) throw;
        throw Error(error.code(), error.what(), path_text(source.path), error.transient());
    }
}

}  // namespace

std::int64_t chip_working_bytes(const RasterInfo& info, const ChipOptions& options, int threads) {
    // What a process needs for one open image whatever its size: handles, tables, a decoder's state.
    constexpr std::int64_t fixed_bytes = std::int64_t{8} << 20;
    return fixed_bytes + std::min<std::int64_t>(threads, options.layout.count) * bytes_of_a_chip(info, options);
}

ChipResult extract_chips(const ChipSource& source, const fs::path& output, const ChipOptions& options,
                         ChipResume resume, const RunContext& context) {
    check_chip_options(options);
    const OpenOnce once(source.path);
    const auto identity = file_identity(source.path);
    const auto record_path = chip_set_path(output, options.prefix, source.name);
    auto earlier = find_earlier(source, identity, record_path, options);
    if (resume == ChipResume::never && earlier.set && earlier.reason.empty()) earlier.reason = "resuming is off";

    const auto reader = open_raster(source.path, options.open);
    const auto& info = reader->info();
    require_room(source, info, options.layout);
    const auto folder_name = chip_folder(source.stem, options.folders);
    const auto folder = output / folder_name;
    const ChipCutter cutter = about(source, [&] { return ChipCutter(*reader, options, folder); });

    ChipResult result;
    result.reason = earlier.reason;
    std::vector<ChipRecord*> to_cut;
    if (earlier.set && earlier.reason.empty()) {
        result.set = std::move(*earlier.set);
        for (auto& chip : result.set.chips) {
            if (!chip.written()) continue;
            const auto problem = chip_problem(chip, folder, info, resume == ChipResume::hashes);
            if (problem.empty()) continue;
            to_cut.push_back(&chip);
            if (result.reason.empty()) result.reason = problem;
        }
        if (to_cut.empty()) return result;
    } else {
        // The proof goes first, so that a kill in between leaves none of chips that are gone.
        if (earlier.set || !earlier.reason.empty()) remove_file(record_path);
        if (earlier.set) {
            for (const auto& chip : earlier.set->chips) remove_chip(chip, output / earlier.set->folder);
        }
        auto& set = result.set;
        set.source = source.relative_path;
        set.source_identity = identity;
        set.name = source.name;
        set.prefix = options.prefix;
        set.folder = folder_name;
        set.image = info.size;
        set.bands = info.bands;
        set.type = info.type;
        set.options_digest = options.digest();
        set.chips = placed_chips(source, info, cutter, options, context);
        for (auto& chip : set.chips) {
            if (chip.written()) to_cut.push_back(&chip);
        }
    }
    make_folder(folder);
    make_folder(record_path.parent_path());
    try {
        cut(cutter, to_cut, folder, info, options, context);
        if (file_identity(source.path) != identity) {
            throw Error(ErrorCode::io, "changed while it was read; run again once it is at rest",
                        path_text(source.path));
        }
        write_text(record_path, chip_set_text(result.set));
    } catch (...) {
        try {
            for (const auto* chip : to_cut) remove_chip(*chip, folder);
        } catch (const Error&) {  // An error is already under way, and what stays is no proof of anything.
        }
        throw;
    }
    result.written = static_cast<std::int64_t>(to_cut.size());
    for (const auto* chip : to_cut) result.written_bytes += chip->file_size_bytes;
    return result;
}

}  // namespace tilewright::inline v0_1
