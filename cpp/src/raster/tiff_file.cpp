// SPDX-License-Identifier: Apache-2.0
#include "raster/tiff_file.h"

#include <tiff.h>

#include <utility>

namespace tilewright::inline v0_1 {

TiffFile::TiffFile(std::filesystem::path path, std::vector<TiffDirectoryPlan> directories, TiffVariant variant)
    : path_(std::move(path)), directories_(std::move(directories)), variant_(variant), file_(path_) {
    for (const auto& directory : directories_) {
        places_.push_back({std::vector<std::uint64_t>(directory.blocks), std::vector<std::uint64_t>(directory.blocks)});
    }
    end_ = tiff_head_bytes(fields_with_places(), variant_);
    file_.write(std::vector<std::byte>(static_cast<std::size_t>(end_)));
}

void TiffFile::write_block(std::size_t directory, std::size_t block, std::span<const std::byte> bytes) {
    if (bytes.empty()) return;
    places_.at(directory).offsets.at(block) = end_;
    places_.at(directory).sizes.at(block) = bytes.size();
    file_.write(bytes);
    end_ += bytes.size();
}

std::int64_t TiffFile::finish(const std::function<void(const std::filesystem::path&)>& before) {
    file_.write_at(0, tiff_head(fields_with_places(), variant_));
    file_.commit(before);
    return static_cast<std::int64_t>(end_);
}

std::vector<TiffFields> TiffFile::fields_with_places() const {
    std::vector<TiffFields> all;
    for (std::size_t i = 0; i < directories_.size(); ++i) {
        all.push_back(directories_[i].fields);
        const bool tiled = directories_[i].tiled;
        all.back().set(tiled ? TIFFTAG_TILEOFFSETS : TIFFTAG_STRIPOFFSETS,
                       variant_.big ? TiffType::long8 : TiffType::long_, places_[i].offsets);
        all.back().set(tiled ? TIFFTAG_TILEBYTECOUNTS : TIFFTAG_STRIPBYTECOUNTS, TiffType::long_, places_[i].sizes);
    }
    return all;
}

}  // namespace tilewright::inline v0_1
