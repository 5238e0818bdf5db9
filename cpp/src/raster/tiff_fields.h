// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <vector>

namespace tilewright::inline v0_1 {

/// Types of values in a TIFF directory (TIFF 6.0 section 2, BigTIFF) that are written here; others are copied.
enum class TiffType : std::uint16_t { short_ = 3, long_ = 4, long8 = 16 };

/// Bytes of one value of a type, and of one number in it, which is what byte order is about; 0 for unknown types.
struct TiffTypeSize {
    std::size_t value = 0;
    std::size_t number = 0;
};
TiffTypeSize tiff_type_size(std::uint16_t type) noexcept;

/// One field of a TIFF directory.
struct TiffField {
    std::uint16_t tag = 0;
    std::uint16_t type = 0;
    std::uint64_t count = 0;
    std::vector<std::byte> value;  ///< in the machine's byte order
};

/// The fields of one TIFF directory, sorted by tag.
class TiffFields {
public:
    /// Adds a field or replaces the one with its tag.
    void set(TiffField field);
    void set(std::uint16_t tag, TiffType type, std::span<const std::uint64_t> values);
    void set(std::uint16_t tag, TiffType type, std::uint64_t value) { set(tag, type, std::span(&value, 1)); }
    void remove(std::uint16_t tag);
    const TiffField* find(std::uint16_t tag) const noexcept;

    const std::vector<TiffField>& all() const noexcept { return fields_; }

private:
    std::vector<TiffField> fields_;
};

/// How a TIFF's head is written.
struct TiffVariant {
    bool big = false;  ///< BigTIFF, for files that may pass 4 GiB
    bool big_endian = false;
};

/// Bytes of the head: the header, the directories as a chain, and their values. Depends on the fields' sizes only, so
/// that the blocks may be written before their places are known.
std::uint64_t tiff_head_bytes(std::span<const TiffFields> directories, TiffVariant variant);

/// The head itself, to stand at the file's beginning.
std::vector<std::byte> tiff_head(std::span<const TiffFields> directories, TiffVariant variant);

/// Reads the first directory of a small TIFF in memory, in the machine's byte order and not big.
/// @throws Error internal if it is anything else
TiffFields parse_tiff_head(std::span<const std::byte> file);

}  // namespace tilewright::inline v0_1
