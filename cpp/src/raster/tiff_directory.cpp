// SPDX-License-Identifier: Apache-2.0
#include "raster/tiff_directory.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <span>
#include <unordered_set>

#include "tilewright/core/error.h"
#include "tilewright/storage/file.h"

namespace tilewright::inline v0_1 {
namespace {

constexpr std::uint16_t tag_new_subfile_type = 254;
constexpr std::uint16_t tag_old_subfile_type = 255;
constexpr std::uint16_t tag_compression = 259;
constexpr std::uint16_t tag_orientation = 274;
constexpr std::uint16_t tag_strip_byte_counts = 279;
constexpr std::uint16_t tag_tile_byte_counts = 325;

// More than any file people make; a chain may be as long as the file allows otherwise.
constexpr std::size_t most_directories = 1'000'000;
constexpr std::uint64_t most_entries = 65'535;

struct Entry {
    std::uint16_t tag = 0;
    std::uint16_t type = 0;
    std::uint64_t count = 0;
    std::uint64_t value_offset = 0;  // where the value lies in the file, in the entry itself or elsewhere
};

class Walker {
public:
    explicit Walker(RandomAccessFile& file)
        : file_(file), size_(static_cast<std::uint64_t>(file.identity().size_bytes)) {
        std::array<char, 2> order{};
        if (!read(0, order.data(), order.size())) fail("the header is cut off");
        big_endian_ = order[0] == 'M';
        const auto version = number(2, 2);
        big_tiff_ = version == 43;
        next_ = big_tiff_ ? number(8, 8) : number(4, 4);
        if (next_ == 0 || next_ >= size_) fail("its directory lies outside of the file");
    }

    bool at_end() const { return next_ == 0; }

    TiffDirectory take() {
        if (!seen_.insert(next_).second) fail("its chain of directories has no end");
        if (seen_.size() > most_directories) fail("it has more directories than any image");
        TiffDirectory directory;
        directory.offset = next_;
        const std::uint64_t head = big_tiff_ ? 8 : 2;
        const std::uint64_t entry_bytes = big_tiff_ ? 20 : 12;
        const auto entries = number(next_, head);
        const auto first = next_ + head;
        if (entries > most_entries || entries > (size_ - std::min(size_, first)) / entry_bytes) {
            fail("a directory is cut off");
        }
        std::vector<char> table(entries * entry_bytes);
        if (!read(first, table.data(), table.size())) fail("a directory is cut off");
        for (std::uint64_t i = 0; i < entries; ++i) {
            const auto* bytes = reinterpret_cast<const unsigned char*>(table.data()) + i * entry_bytes;
            describe(entry(bytes, first + i * entry_bytes), directory);
        }
        // Writers that were killed leave the link out; libtiff takes that for the chain's end.
        const auto link = first + entries * entry_bytes;
        const std::uint64_t link_bytes = big_tiff_ ? 8 : 4;
        next_ = link + link_bytes <= size_ ? number(link, link_bytes) : 0;
        if (next_ >= size_) next_ = 0;
        return directory;
    }

private:
    [[noreturn]] void fail(const std::string& reason) const {
        throw Error(ErrorCode::corrupt, "the TIFF is damaged: " + reason, path_text(file_.place()));
    }

    bool read(std::uint64_t offset, char* into, std::size_t count) {
        return file_.read_at(offset, std::as_writable_bytes(std::span(into, count))) == count;
    }

    std::uint64_t decode(const unsigned char* bytes, std::size_t count) const {
        std::uint64_t value = 0;
        for (std::size_t i = 0; i < count; ++i) {
            value = (value << 8U) | bytes[big_endian_ ? i : count - 1 - i];
        }
        return value;
    }

    std::uint64_t number(std::uint64_t offset, std::size_t count) {
        std::array<char, 8> bytes{};
        if (offset > size_ || !read(offset, bytes.data(), count)) fail("a directory is cut off");
        return decode(reinterpret_cast<const unsigned char*>(bytes.data()), count);
    }

    static std::uint64_t type_bytes(std::uint16_t type) {
        switch (type) {
            case 1: return 1;
            case 3: return 2;
            case 4:
            case 13: return 4;
            case 16:
            case 18: return 8;
            default: return 0;
        }
    }

    Entry entry(const unsigned char* bytes, std::uint64_t at) const {
        Entry result;
        result.tag = static_cast<std::uint16_t>(decode(bytes, 2));
        result.type = static_cast<std::uint16_t>(decode(bytes + 2, 2));
        const std::size_t count_bytes = big_tiff_ ? 8 : 4;
        result.count = decode(bytes + 4, count_bytes);
        const auto value_bytes = type_bytes(result.type);
        const bool fits = value_bytes == 0 || result.count <= count_bytes / value_bytes;
        result.value_offset = fits ? at + 4 + count_bytes : decode(bytes + 4 + count_bytes, count_bytes);
        return result;
    }

    std::uint64_t scalar(const Entry& entry) {
        const auto bytes = type_bytes(entry.type);
        return bytes == 0 || entry.count == 0 ? 0 : number(entry.value_offset, bytes);
    }

    void describe(const Entry& entry, TiffDirectory& directory) {
        switch (entry.tag) {
            case tag_new_subfile_type: {
                const auto kind = scalar(entry);
                directory.is_overview = (kind & 1U) != 0;
                directory.is_mask = (kind & 4U) != 0;
                break;
            }
            case tag_old_subfile_type: directory.is_overview = directory.is_overview || scalar(entry) == 2; break;
            case tag_compression: directory.compression = static_cast<std::uint16_t>(scalar(entry)); break;
            case tag_orientation: {
                const auto value = scalar(entry);
                if (value >= 1 && value <= 8) directory.orientation = static_cast<int>(value);
                break;
            }
            case tag_strip_byte_counts:
            case tag_tile_byte_counts: count_blocks(entry, directory); break;
            default: break;
        }
    }

    void count_blocks(const Entry& entry, TiffDirectory& directory) {
        const auto bytes = type_bytes(entry.type);
        if (bytes == 0) return;
        // What the table claims beyond the end of the file is damage that the decoder meets and names.
        const auto room = (size_ - std::min(size_, entry.value_offset)) / bytes;
        directory.blocks = std::min(entry.count, room);
        directory.present_blocks = 0;
        std::array<char, 65536> chunk{};
        for (std::uint64_t done = 0; done < directory.blocks;) {
            const auto now = std::min<std::uint64_t>(chunk.size() / bytes, directory.blocks - done);
            if (!read(entry.value_offset + done * bytes, chunk.data(), now * bytes)) fail("a table is cut off");
            const auto* begin = reinterpret_cast<const unsigned char*>(chunk.data());
            for (std::uint64_t i = 0; i < now; ++i) {
                if (decode(begin + i * bytes, bytes) != 0) ++directory.present_blocks;
            }
            done += now;
        }
    }

    RandomAccessFile& file_;
    std::uint64_t size_;
    std::uint64_t next_ = 0;
    bool big_endian_ = false;
    bool big_tiff_ = false;
    std::unordered_set<std::uint64_t> seen_;
};

}  // namespace

std::vector<TiffPage> list_tiff_pages(RandomAccessFile& file) {
    Walker walker(file);
    std::vector<TiffPage> pages;
    while (!walker.at_end()) {
        const auto directory = walker.take();
        if (pages.empty() || (!directory.is_overview && !directory.is_mask)) {
            pages.push_back({directory, {}, 0});
        } else if (directory.is_overview && !directory.is_mask) {
            ++pages.back().overviews;
        } else if (directory.is_mask && !directory.is_overview) {
            pages.back().mask = directory;
        }
    }
    return pages;
}

}  // namespace tilewright::inline v0_1
