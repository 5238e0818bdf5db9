// SPDX-License-Identifier: Apache-2.0
#include "tilewright/raster/file_hash.h"

#include <memory>

#include "tilewright/codec/hash.h"
#include "tilewright/core/error.h"
#include "tilewright/storage/file.h"

namespace tilewright::inline v0_1 {
namespace {

// Opens the file when its turn comes and closes it at its end, so that few are open at a time.
MessageReader reader_of(const std::filesystem::path& path, const std::stop_token& stop) {
    return [path, stop, file = std::shared_ptr<InputFile>()](std::span<std::byte> into) mutable {
        if (stop.stop_requested()) throw Error(ErrorCode::cancelled, "cancelled", path_text(path));
        if (!file) file = std::make_shared<InputFile>(path);
        const auto count = file->read(into);
        if (count < into.size()) file.reset();
        return count;
    };
}

}  // namespace

std::string bytes_sha256(std::span<const std::byte> bytes) {
    Sha256 hash;
    hash.update(bytes);
    return hash.hex();
}

std::string file_sha256(const std::filesystem::path& path, const std::stop_token& stop) {
    return file_sha256(std::span(&path, 1), stop).front();
}

std::vector<std::string> file_sha256(std::span<const std::filesystem::path> paths, const std::stop_token& stop) {
    std::vector<MessageReader> readers;
    readers.reserve(paths.size());
    for (const auto& path : paths) readers.push_back(reader_of(path, stop));
    return sha256_of(readers);
}

}  // namespace tilewright::inline v0_1
