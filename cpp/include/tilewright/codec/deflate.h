// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "tilewright/codec/compression.h"

#pragma GCC visibility push(default)
namespace tilewright::inline v0_1 {

/// Compresses one zlib stream (RFC 1950) in parts that know nothing of each other, so that threads can share the work
/// and memory stays bounded whatever the stream's length.
///
/// A stream is zlib_header(), the parts in order, zlib_trailer() of the Adler-32 of all uncompressed bytes.
/// The bytes depend on the data and on where it is parted, not on threads, on memory or on what was compressed before.
/// They are those of our own engine and, where matches are worth it, of one version of ISA-L (`fast`), or of libdeflate
/// (the others). All write the same on every processor but ISA-L: it does on every x86-64 with SSE4.2, and other bytes,
/// as well compressed, on older ones and on ARM.
/// Whatever the bytes, they inflate to the same data.
///
/// One instance serves one thread at a time. Making one allocates up to a megabyte of tables: keep it for many parts.
class Deflater {
public:
    /// @throws Error resource if memory is short
    explicit Deflater(Compression compression);
    ~Deflater();
    Deflater(Deflater&&) noexcept;
    Deflater& operator=(Deflater&&) noexcept;

    /// Appends the DEFLATE blocks (RFC 1951) of `part` to `out`, ending on a whole byte.
    /// @param last  whether the stream ends here; exactly the last part of a stream says so
    void compress(std::span<const std::byte> part, bool last, std::vector<std::byte>& out);

    /// A whole zlib stream from one part.
    std::vector<std::byte> compress_stream(std::span<const std::byte> data);

private:
    struct State;
    std::unique_ptr<State> state_;
};

/// The best length of a part, in bytes of uncompressed data; writers part their streams there, as the result depends
/// on it.
std::size_t part_bytes(Compression compression) noexcept;

/// The two bytes that open a zlib stream, and the four that close it.
std::vector<std::byte> zlib_header();
std::vector<std::byte> zlib_trailer(std::uint32_t adler32);

std::uint32_t adler32(std::span<const std::byte> data) noexcept;
/// The checksum of two adjoining parts, `second_bytes` long the second.
std::uint32_t adler32_combine(std::uint32_t first, std::uint32_t second, std::size_t second_bytes) noexcept;
/// CRC-32 as in PNG; `before` is the value of the bytes before, 0 at the start.
std::uint32_t crc32(std::uint32_t before, std::span<const std::byte> data) noexcept;

}  // namespace tilewright::inline v0_1
#pragma GCC visibility pop
