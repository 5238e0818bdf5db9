// SPDX-License-Identifier: Apache-2.0
#include "raster/exif.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <string_view>
#include <vector>

namespace tilewright::inline v0_1 {
namespace {

constexpr std::uint64_t orientation_tag = 274;
constexpr std::size_t entry_bytes = 12;
// More than cameras write, thumbnail and all.
constexpr std::uint64_t most_exif_bytes = 1 << 20;

std::uint64_t number(std::span<const std::byte> bytes, bool big_endian) noexcept {
    std::uint64_t value = 0;
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        value = (value << 8U) | std::to_integer<std::uint64_t>(bytes[big_endian ? i : bytes.size() - 1 - i]);
    }
    return value;
}

bool has_text(std::span<const std::byte> bytes, std::string_view text) noexcept {
    return bytes.size() >= text.size() && std::equal(text.begin(), text.end(), bytes.begin(), [](char c, std::byte b) {
               return static_cast<std::byte>(c) == b;
           });
}

// A file made of chunks: a name and a length, in one of two orders.
class ChunkFile {
public:
    explicit ChunkFile(RandomAccessFile& file) : file_(file) {}
    /// The content of the first chunk `name`; empty if there is none before `end`.
    std::vector<std::byte> find(std::string_view name, std::string_view end, std::uint64_t first, bool is_png) {
        std::array<std::byte, 8> head{};
        for (std::uint64_t at = first; read(at, head);) {
            const auto text = std::span<const std::byte>(head).subspan(is_png ? 4 : 0, 4);
            const auto length = number(std::span<const std::byte>(head).subspan(is_png ? 0 : 4, 4), is_png);
            if (has_text(text, name)) {
                std::vector<std::byte> content(std::min(length, most_exif_bytes));
                if (!read(at + head.size(), content)) content.clear();
                return content;
            }
            if (!end.empty() && has_text(text, end)) break;
            at += head.size() + length + (is_png ? 4 : length % 2);
        }
        return {};
    }

private:
    bool read(std::uint64_t offset, std::span<std::byte> into) { return file_.read_at(offset, into) == into.size(); }
    RandomAccessFile& file_;
};

}  // namespace

int exif_orientation(std::span<const std::byte> block) noexcept {
    constexpr std::size_t header_bytes = 8;
    if (block.size() < header_bytes) return 1;
    const bool big_endian = has_text(block, "MM");
    if (!big_endian && !has_text(block, "II")) return 1;
    const auto directory = number(block.subspan(4, 4), big_endian);
    if (directory > block.size() - 2) return 1;
    const auto entries = number(block.subspan(directory, 2), big_endian);
    for (std::uint64_t i = 0; i < entries; ++i) {
        const auto at = directory + 2 + i * entry_bytes;
        if (at + entry_bytes > block.size()) return 1;
        const auto entry = block.subspan(at, entry_bytes);
        if (number(entry.first(2), big_endian) != orientation_tag) continue;
        const bool is_long = number(entry.subspan(2, 2), big_endian) == 4;
        const auto value = number(entry.subspan(8, is_long ? 4 : 2), big_endian);
        return value >= 1 && value <= 8 ? static_cast<int>(value) : 1;
    }
    return 1;
}

int chunk_orientation(RandomAccessFile& file, const std::string& driver) {
    if (driver == "PNG") {
        constexpr std::uint64_t signature_bytes = 8;
        return exif_orientation(ChunkFile(file).find("eXIf", "IEND", signature_bytes, true));
    }
    if (driver == "WEBP") {
        constexpr std::uint64_t riff_bytes = 12;
        auto content = ChunkFile(file).find("EXIF", "", riff_bytes, false);
        std::span<const std::byte> block(content);
        // Some writers put JPEG's prefix before it.
        if (has_text(block, "Exif") && block.size() > 6) block = block.subspan(6);
        return exif_orientation(block);
    }
    return 1;
}

}  // namespace tilewright::inline v0_1
