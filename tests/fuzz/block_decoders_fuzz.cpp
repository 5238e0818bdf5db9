// SPDX-License-Identifier: Apache-2.0
// What a file says its blocks hold: any bytes decode or are refused as corrupt; the two DEFLATE decoders agree.
#include <algorithm>
#include <vector>

#include "fuzz_input.h"
#include "tilewright/codec/inflate.h"
#include "tilewright/codec/lzw.h"
#include "tilewright/core/error.h"

namespace tilewright {
namespace {

template <class Decode>
bool decodes(const Decode& decode) {
    try {
        decode();
    } catch (const Error& error) {
        require(error.code() == ErrorCode::corrupt, "bytes that cannot be decoded are corrupt");
        return false;
    }
    return true;
}

void decode_any(FuzzInput input) {
    const std::size_t size = input.number() % 100000;
    const std::size_t piece_bytes = 1 + input.byte();
    // Of exactly the size that is given, so that the address sanitizer sees a byte read beyond it.
    const std::vector<std::byte> encoded(input.rest().begin(), input.rest().end());

    static LzwDecoder lzw;
    decodes([&] { require(lzw.decode(encoded, size).size() == size, "a block is as long as was asked"); });

    static Inflater inflater;
    std::vector<std::byte> whole(size);
    const bool whole_decodes = decodes([&] { whole.resize(inflater.inflate(encoded, whole)); });

    std::span<const std::byte> rest = encoded;
    StreamInflater stream([&] {
        const auto piece = rest.first(std::min(piece_bytes, rest.size()));
        rest = rest.subspan(piece.size());
        return piece;
    });
    std::vector<std::byte> pieces(size);
    const bool pieces_decode = decodes([&] {
        pieces.resize(stream.read(pieces));
        stream.finish();
    });
    // libdeflate forgives two codes that mean no length (286 and 287); the checksum then says that all is right.
    require(whole_decodes || !pieces_decode, "what zlib reads, libdeflate reads");
    require(!pieces_decode || whole == pieces, "both ways give the same bytes");
}

}  // namespace
}  // namespace tilewright

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size_bytes) {
    tilewright::decode_any({data, size_bytes});
    return 0;
}
