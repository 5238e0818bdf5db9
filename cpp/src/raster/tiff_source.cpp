// SPDX-License-Identifier: Apache-2.0
#include "raster/tiff_source.h"

#include <tiff.h>

#include <algorithm>
#include <array>
#include <bit>
#include <fstream>
#include <utility>

#include "tilewright/core/error.h"
#include "tilewright/storage/file.h"

namespace tilewright::inline v0_1 {
namespace {

constexpr std::array<std::uint16_t, 29> coding_tags{TIFFTAG_BITSPERSAMPLE,
                                                    TIFFTAG_COMPRESSION,
                                                    TIFFTAG_PHOTOMETRIC,
                                                    TIFFTAG_THRESHHOLDING,
                                                    TIFFTAG_FILLORDER,
                                                    TIFFTAG_SAMPLESPERPIXEL,
                                                    TIFFTAG_PLANARCONFIG,
                                                    TIFFTAG_GROUP3OPTIONS,
                                                    TIFFTAG_GROUP4OPTIONS,
                                                    TIFFTAG_PREDICTOR,
                                                    TIFFTAG_WHITEPOINT,
                                                    TIFFTAG_COLORMAP,
                                                    TIFFTAG_INKSET,
                                                    TIFFTAG_INKNAMES,
                                                    TIFFTAG_NUMBEROFINKS,
                                                    TIFFTAG_DOTRANGE,
                                                    TIFFTAG_EXTRASAMPLES,
                                                    TIFFTAG_SAMPLEFORMAT,
                                                    TIFFTAG_INDEXED,
                                                    TIFFTAG_JPEGTABLES,
                                                    TIFFTAG_YCBCRCOEFFICIENTS,
                                                    TIFFTAG_YCBCRSUBSAMPLING,
                                                    TIFFTAG_YCBCRPOSITIONING,
                                                    TIFFTAG_REFERENCEBLACKWHITE,
                                                    TIFFTAG_STONITS,
                                                    TIFFTAG_SMINSAMPLEVALUE,
                                                    TIFFTAG_LERC_PARAMETERS,
                                                    TIFFTAG_SMAXSAMPLEVALUE,
                                                    TIFFTAG_DECODE};

// A colour map of 16-bit samples takes 384 KiB.
constexpr std::uint64_t max_value_bytes = std::uint64_t{4} << 20;

class SourceBytes {
public:
    explicit SourceBytes(const std::filesystem::path& path) : path_(path), file_(path, std::ios::binary) {
        if (!file_) throw Error(ErrorCode::io, "cannot be read", path_text(path));
        const auto order = read(0, 2);
        big_endian_ = order.front() == std::byte{'M'};
        big_ = number(2, 2) == 43;
    }

    bool is_big() const noexcept { return big_; }
    bool is_big_endian() const noexcept { return big_endian_; }

    std::vector<std::byte> read(std::uint64_t offset, std::uint64_t bytes) {
        std::vector<std::byte> data(static_cast<std::size_t>(bytes));
        file_.clear();
        file_.seekg(static_cast<std::streamoff>(offset));
        file_.read(reinterpret_cast<char*>(data.data()), static_cast<std::streamsize>(bytes));
        if (file_.gcount() != static_cast<std::streamsize>(bytes)) fail("a directory reaches past its end");
        return data;
    }

    std::uint64_t number(std::uint64_t offset, std::size_t bytes) {
        auto data = read(offset, bytes);
        if (!big_endian_) std::reverse(data.begin(), data.end());
        std::uint64_t value = 0;
        for (const auto byte : data) value = (value << 8) | std::to_integer<std::uint64_t>(byte);
        return value;
    }

    [[noreturn]] void fail(const std::string& reason) const {
        throw Error(ErrorCode::corrupt, "the TIFF is damaged: " + reason, path_text(path_));
    }

private:
    const std::filesystem::path& path_;
    std::ifstream file_;
    bool big_endian_ = false;
    bool big_ = false;
};

TiffField read_field(SourceBytes& file, std::uint64_t entry, std::uint16_t tag) {
    const std::size_t offset_bytes = file.is_big() ? 8 : 4;
    TiffField field;
    field.tag = tag;
    field.type = static_cast<std::uint16_t>(file.number(entry + 2, 2));
    field.count = file.number(entry + 4, offset_bytes);
    const auto size = tiff_type_size(field.type);
    if (size.value > 0 && field.count > max_value_bytes / size.value) file.fail("a field is too long to be true");
    const auto bytes = field.count * size.value;
    const auto inside = entry + 4 + offset_bytes;
    field.value = file.read(bytes > offset_bytes ? file.number(inside, offset_bytes) : inside, bytes);
    if (file.is_big_endian() != (std::endian::native == std::endian::big)) {
        for (auto at = field.value.begin(); at != field.value.end(); at += static_cast<std::ptrdiff_t>(size.number)) {
            std::reverse(at, at + static_cast<std::ptrdiff_t>(size.number));
        }
    }
    return field;
}

}  // namespace

std::span<const std::uint16_t> tiff_coding_tags() noexcept {
    return coding_tags;
}

TiffCoding read_tiff_coding(const std::filesystem::path& path, std::uint64_t offset) {
    SourceBytes file(path);
    const std::uint64_t entry_bytes = file.is_big() ? 20 : 12;
    const std::uint64_t head_bytes = file.is_big() ? 8 : 2;
    const auto entries = file.number(offset, static_cast<std::size_t>(head_bytes));
    if (entries > 65'535) file.fail("a directory is too long to be true");
    TiffCoding coding;
    coding.big_endian = file.is_big_endian();
    for (std::uint64_t i = 0; i < entries; ++i) {
        const auto entry = offset + head_bytes + i * entry_bytes;
        const auto tag = static_cast<std::uint16_t>(file.number(entry, 2));
        if (std::find(coding_tags.begin(), coding_tags.end(), tag) == coding_tags.end()) continue;
        auto field = read_field(file, entry, tag);
        if (tiff_type_size(field.type).value > 0) coding.fields.set(std::move(field));
    }
    return coding;
}

}  // namespace tilewright::inline v0_1
