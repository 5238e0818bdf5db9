// SPDX-License-Identifier: Apache-2.0
#include "raster/png_chunks.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "tilewright/core/error.h"
#include "tilewright/storage/file.h"

namespace tilewright::inline v0_1 {
namespace {

constexpr std::int64_t signature_bytes = 8;
constexpr std::int64_t frame_bytes = 12;  // length, name, CRC

std::string printable(std::string name) {
    std::replace_if(
        name.begin(), name.end(), [](unsigned char letter) { return std::isalpha(letter) == 0; }, '?');
    return name;
}

}  // namespace

void require_chunks_within_file(RandomAccessFile& png) {
    const std::int64_t file_bytes = png.identity().size_bytes;
    std::array<unsigned char, 8> head{};
    for (std::int64_t offset = signature_bytes; offset + frame_bytes <= file_bytes;) {
        const auto came = png.read_at(static_cast<std::uint64_t>(offset), std::as_writable_bytes(std::span(head)));
        if (came < head.size()) return;  // whoever decodes it says why
        const std::int64_t length =
            std::int64_t{head[0]} << 24 | std::int64_t{head[1]} << 16 | std::int64_t{head[2]} << 8 | head[3];
        const std::string name(head.begin() + 4, head.end());
        if (name == "IDAT" || name == "IEND") return;
        if (length > file_bytes - offset - frame_bytes) {
            throw Error(ErrorCode::corrupt,
                        "the PNG chunk " + printable(name) + " claims " + std::to_string(length) +
                            " bytes, more than the file has left",
                        path_text(png.place()));
        }
        offset += frame_bytes + length;
    }
}

}  // namespace tilewright::inline v0_1
