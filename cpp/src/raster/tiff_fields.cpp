// SPDX-License-Identifier: Apache-2.0
#include "raster/tiff_fields.h"

#include <algorithm>
#include <array>
#include <bit>
#include <utility>

#include "tilewright/core/error.h"

namespace tilewright::inline v0_1 {
namespace {

constexpr bool machine_is_big_endian = std::endian::native == std::endian::big;

std::uint64_t even(std::uint64_t bytes) {
    return bytes + bytes % 2;
}

std::size_t inline_bytes(TiffVariant variant) {
    return variant.big ? 8 : 4;
}

std::uint64_t header_bytes(TiffVariant variant) {
    return variant.big ? 16 : 8;
}

std::uint64_t directory_bytes(const TiffFields& fields, TiffVariant variant) {
    const std::uint64_t count = fields.all().size();
    return variant.big ? 8 + count * 20 + 8 : 2 + count * 12 + 4;
}

std::uint64_t values_bytes(const TiffFields& fields, TiffVariant variant) {
    std::uint64_t bytes = 0;
    for (const auto& field : fields.all()) {
        if (field.value.size() > inline_bytes(variant)) bytes += even(field.value.size());
    }
    return bytes;
}

// Appends numbers in the file's byte order.
class HeadBuilder {
public:
    explicit HeadBuilder(TiffVariant variant) : variant_(variant) {}

    void number(std::uint64_t value, std::size_t bytes) {
        for (std::size_t i = 0; i < bytes; ++i) {
            const auto shift = 8 * (variant_.big_endian ? bytes - 1 - i : i);
            out_.push_back(static_cast<std::byte>(value >> shift));
        }
    }
    void offset(std::uint64_t value) { number(value, inline_bytes(variant_)); }

    void values(const TiffField& field) {
        const auto width = tiff_type_size(field.type).number;
        for (std::size_t at = 0; at < field.value.size(); at += width) {
            const auto from = field.value.begin() + static_cast<std::ptrdiff_t>(at);
            out_.insert(out_.end(), from, from + static_cast<std::ptrdiff_t>(width));
            if (variant_.big_endian != machine_is_big_endian) {
                std::reverse(out_.end() - static_cast<std::ptrdiff_t>(width), out_.end());
            }
        }
    }
    void pad_to(std::uint64_t bytes) { out_.resize(static_cast<std::size_t>(bytes)); }
    std::uint64_t size() const noexcept { return out_.size(); }
    std::vector<std::byte> take() { return std::move(out_); }

private:
    TiffVariant variant_;
    std::vector<std::byte> out_;
};

void append_directory(HeadBuilder& out, const TiffFields& fields, TiffVariant variant, bool is_last) {
    const std::uint64_t values_from = out.size() + directory_bytes(fields, variant);
    const std::uint64_t end = values_from + values_bytes(fields, variant);
    std::uint64_t value_at = values_from;
    out.number(fields.all().size(), variant.big ? 8 : 2);
    for (const auto& field : fields.all()) {
        out.number(field.tag, 2);
        out.number(field.type, 2);
        out.offset(field.count);
        if (field.value.size() > inline_bytes(variant)) {
            out.offset(value_at);
            value_at += even(field.value.size());
        } else {
            const auto filled = out.size() + inline_bytes(variant);
            out.values(field);
            out.pad_to(filled);
        }
    }
    out.offset(is_last ? 0 : end);
    for (const auto& field : fields.all()) {
        if (field.value.size() <= inline_bytes(variant)) continue;
        out.values(field);
        out.pad_to(even(out.size()));
    }
}

// Reads numbers of a skeleton, which GDAL has just made here: anything odd is a defect.
class SkeletonBytes {
public:
    explicit SkeletonBytes(std::span<const std::byte> file) : file_(file) {}

    std::span<const std::byte> slice(std::uint64_t offset, std::uint64_t bytes) const {
        if (offset > file_.size() || bytes > file_.size() - offset) {
            throw Error(ErrorCode::internal, "the head of a new TIFF points past its end");
        }
        return file_.subspan(static_cast<std::size_t>(offset), static_cast<std::size_t>(bytes));
    }
    template <typename Number>
    Number number(std::uint64_t offset) const {
        Number value = 0;
        std::memcpy(&value, slice(offset, sizeof value).data(), sizeof value);
        return value;
    }

private:
    std::span<const std::byte> file_;
};

}  // namespace

TiffTypeSize tiff_type_size(std::uint16_t type) noexcept {
    // Byte, ASCII, short, long, rational, and so on in the order of the specification.
    constexpr std::array<TiffTypeSize, 19> sizes{{{0, 0},
                                                  {1, 1},
                                                  {1, 1},
                                                  {2, 2},
                                                  {4, 4},
                                                  {8, 4},
                                                  {1, 1},
                                                  {1, 1},
                                                  {2, 2},
                                                  {4, 4},
                                                  {8, 4},
                                                  {4, 4},
                                                  {8, 8},
                                                  {4, 4},
                                                  {0, 0},
                                                  {0, 0},
                                                  {8, 8},
                                                  {8, 8},
                                                  {8, 8}}};
    return type < sizes.size() ? sizes[type] : TiffTypeSize{};
}

void TiffFields::set(TiffField field) {
    const auto at = std::lower_bound(fields_.begin(), fields_.end(), field.tag,
                                     [](const TiffField& other, std::uint16_t tag) { return other.tag < tag; });
    if (at != fields_.end() && at->tag == field.tag) {
        *at = std::move(field);
    } else {
        fields_.insert(at, std::move(field));
    }
}

void TiffFields::set(std::uint16_t tag, TiffType type, std::span<const std::uint64_t> values) {
    TiffField field{tag, static_cast<std::uint16_t>(type), values.size(), {}};
    const auto width = tiff_type_size(field.type).value;
    field.value.resize(values.size() * width);
    for (std::size_t i = 0; i < values.size(); ++i) {
        const auto* bytes = reinterpret_cast<const std::byte*>(&values[i]);
        std::memcpy(field.value.data() + i * width,
                    machine_is_big_endian ? bytes + sizeof(std::uint64_t) - width : bytes, width);
    }
    set(std::move(field));
}

void TiffFields::remove(std::uint16_t tag) {
    std::erase_if(fields_, [&](const TiffField& field) { return field.tag == tag; });
}

const TiffField* TiffFields::find(std::uint16_t tag) const noexcept {
    for (const auto& field : fields_) {
        if (field.tag == tag) return &field;
    }
    return nullptr;
}

std::uint64_t tiff_head_bytes(std::span<const TiffFields> directories, TiffVariant variant) {
    std::uint64_t bytes = header_bytes(variant);
    for (const auto& fields : directories) bytes += directory_bytes(fields, variant) + values_bytes(fields, variant);
    return bytes;
}

std::vector<std::byte> tiff_head(std::span<const TiffFields> directories, TiffVariant variant) {
    HeadBuilder out(variant);
    out.number(variant.big_endian ? 0x4D4D : 0x4949, 2);
    out.number(variant.big ? 43 : 42, 2);
    if (variant.big) out.number(variant.big_endian ? 0x0008'0000 : 0x0000'0008, 4);  // offsets of 8 bytes
    out.offset(header_bytes(variant));
    for (std::size_t i = 0; i < directories.size(); ++i) {
        append_directory(out, directories[i], variant, i + 1 == directories.size());
    }
    return out.take();
}

TiffFields parse_tiff_head(std::span<const std::byte> file) {
    const SkeletonBytes bytes(file);
    const std::uint16_t order = machine_is_big_endian ? 0x4D4D : 0x4949;
    if (bytes.number<std::uint16_t>(0) != order || bytes.number<std::uint16_t>(2) != 42) {
        throw Error(ErrorCode::internal, "the head of a new TIFF is not in the machine's byte order");
    }
    const std::uint64_t directory = bytes.number<std::uint32_t>(4);
    const auto count = bytes.number<std::uint16_t>(directory);
    TiffFields fields;
    for (std::uint64_t i = 0; i < count; ++i) {
        const std::uint64_t entry = directory + 2 + i * 12;
        TiffField field;
        field.tag = bytes.number<std::uint16_t>(entry);
        field.type = bytes.number<std::uint16_t>(entry + 2);
        field.count = bytes.number<std::uint32_t>(entry + 4);
        const std::uint64_t size = field.count * tiff_type_size(field.type).value;
        const auto value = bytes.slice(size > 4 ? bytes.number<std::uint32_t>(entry + 8) : entry + 8, size);
        field.value.assign(value.begin(), value.end());
        fields.set(std::move(field));
    }
    return fields;
}

}  // namespace tilewright::inline v0_1
