// SPDX-License-Identifier: Apache-2.0
#include "codec/final_block.h"

#include <zlib.h>

#include <cstdint>
#include <memory>

#include "tilewright/core/error.h"

namespace tilewright::inline v0_1 {
namespace {

struct InflateEnd {
    void operator()(z_stream* stream) const noexcept { inflateEnd(stream); }
};

struct FinalBlock {
    std::uint64_t begin_bit;
    std::uint64_t end_bit;
};

// Both counted from the stream's first bit.
FinalBlock find_final_block(const std::byte* stream, std::size_t size_bytes) {
    z_stream z{};
    // No window of its own bits: raw DEFLATE with matches up to 32 KiB back.
    if (inflateInit2(&z, -15) != Z_OK) throw Error(ErrorCode::resource, "no memory to inflate");
    const std::unique_ptr<z_stream, InflateEnd> owner(&z);
    z.next_in = reinterpret_cast<Bytef*>(const_cast<std::byte*>(stream));
    z.avail_in = static_cast<uInt>(size_bytes);

    constexpr std::size_t discarded_bytes = std::size_t{256} * 1024;
    const auto discarded = std::make_unique_for_overwrite<Bytef[]>(discarded_bytes);
    FinalBlock block{0, 0};
    for (;;) {
        if (z.avail_out == 0) {
            z.next_out = discarded.get();
            z.avail_out = static_cast<uInt>(discarded_bytes);
        }
        if (inflate(&z, Z_BLOCK) != Z_OK) throw Error(ErrorCode::internal, "a DEFLATE stream cannot be followed");
        // zlib's data_type: 128 between blocks, 64 in or after the last, below that the unread bits of the last byte.
        if ((z.data_type & 128) == 0) continue;
        const std::uint64_t bit = std::uint64_t{8} * z.total_in - static_cast<std::uint64_t>(z.data_type & 7);
        if ((z.data_type & 64) != 0) {
            block.end_bit = bit;
            return block;
        }
        block.begin_bit = bit;
    }
}

}  // namespace

void open_final_block(std::vector<std::byte>& out, std::size_t begin) {
    const auto block = find_final_block(out.data() + begin, out.size() - begin);
    out[begin + block.begin_bit / 8] &= ~static_cast<std::byte>(1U << (block.begin_bit % 8));

    // An empty stored block: three zero bits, zeros up to a whole byte, a length of 0 and its complement. The bits
    // after the final block are zero already.
    out.resize(begin + (block.end_bit + 3 + 7) / 8);
    for (const auto byte : {0x00, 0x00, 0xff, 0xff}) out.push_back(static_cast<std::byte>(byte));
}

}  // namespace tilewright::inline v0_1
