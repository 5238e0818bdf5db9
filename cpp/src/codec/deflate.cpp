// SPDX-License-Identifier: Apache-2.0
#include "tilewright/codec/deflate.h"

#include <libdeflate.h>
#include <zlib.h>

#include <algorithm>
#include <utility>

#include "codec/deflate_engine.h"
#include "tilewright/core/error.h"

namespace tilewright::inline v0_1 {
namespace {

std::unique_ptr<DeflateEngine> make_engine(Compression compression) {
    switch (compression) {
        case Compression::fast: return make_choosing_engine(make_igzip_engine(), 11);
        case Compression::balanced: return make_choosing_engine(make_libdeflate_engine(1), 2);
        case Compression::small: return make_libdeflate_engine(6);
    }
    throw Error(ErrorCode::internal, "a compression without an engine");
}

void append(std::vector<std::byte>& out, const std::vector<std::byte>& bytes) {
    out.insert(out.end(), bytes.begin(), bytes.end());
}

}  // namespace

struct Deflater::State {
    std::unique_ptr<DeflateEngine> engine;
};

Deflater::Deflater(Compression compression) : state_(std::make_unique<State>(State{make_engine(compression)})) {}
Deflater::~Deflater() = default;
Deflater::Deflater(Deflater&&) noexcept = default;
Deflater& Deflater::operator=(Deflater&&) noexcept = default;

void Deflater::compress(std::span<const std::byte> part, bool last, std::vector<std::byte>& out) {
    while (part.size() > DeflateEngine::max_part_bytes) {
        state_->engine->compress(part.first(DeflateEngine::max_part_bytes), false, out);
        part = part.subspan(DeflateEngine::max_part_bytes);
    }
    if (last || !part.empty()) state_->engine->compress(part, last, out);
}

std::vector<std::byte> Deflater::compress_stream(std::span<const std::byte> data) {
    auto stream = zlib_header();
    compress(data, true, stream);
    append(stream, zlib_trailer(tilewright::adler32(data)));
    return stream;
}

std::size_t part_bytes(Compression compression) noexcept {
    constexpr std::size_t mebibyte = std::size_t{1} << 20;
    // The longer, the less the cut costs in size, and libdeflate's cut in time too; the shorter, the sooner threads
    // can share one slice and the smaller the buffers.
    return compression == Compression::fast ? 2 * mebibyte : 8 * mebibyte;
}

std::vector<std::byte> zlib_header() {
    // DEFLATE with a window of 32 KiB, no dictionary; the level is a mere hint, and the two bytes are a multiple of 31.
    return {std::byte{0x78}, std::byte{0x5e}};
}

std::vector<std::byte> zlib_trailer(std::uint32_t adler32) {
    std::vector<std::byte> trailer;
    for (const int shift : {24, 16, 8, 0}) trailer.push_back(static_cast<std::byte>(adler32 >> shift & 0xff));
    return trailer;
}

std::uint32_t adler32(std::span<const std::byte> data) noexcept {
    // Null stands for "the value at the start" there, so an empty span must not reach it.
    return data.empty() ? 1 : libdeflate_adler32(1, data.data(), data.size());
}

std::uint32_t adler32_combine(std::uint32_t first, std::uint32_t second, std::size_t second_bytes) noexcept {
    return static_cast<std::uint32_t>(::adler32_combine(first, second, static_cast<z_off_t>(second_bytes)));
}

std::uint32_t crc32(std::uint32_t before, std::span<const std::byte> data) noexcept {
    return data.empty() ? before : libdeflate_crc32(before, data.data(), data.size());
}

}  // namespace tilewright::inline v0_1
