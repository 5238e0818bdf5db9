// SPDX-License-Identifier: Apache-2.0
#include "tilewright/codec/inflate.h"

#include <libdeflate.h>
#include <zlib.h>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "tilewright/core/error.h"

namespace tilewright::inline v0_1 {
namespace {

// zlib counts in 32 bits.
constexpr std::size_t most_at_once = std::size_t{1} << 30;
constexpr std::size_t dropped_at_once = std::size_t{1} << 16;

struct FreeDecompressor {
    void operator()(libdeflate_decompressor* decompressor) const noexcept {
        libdeflate_free_decompressor(decompressor);
    }
};

[[noreturn]] void refuse(const std::string& reason) {
    throw Error(ErrorCode::corrupt, "DEFLATE data " + reason);
}

}  // namespace

struct StreamInflater::State {
    explicit State(Source from) : source(std::move(from)) {
        if (inflateInit(&stream) != Z_OK) throw Error(ErrorCode::resource, "no memory for a DEFLATE decoder");
    }
    ~State() { inflateEnd(&stream); }
    State(const State&) = delete;
    State& operator=(const State&) = delete;

    std::size_t decode(std::span<std::byte> out) {
        std::size_t written = 0;
        while (written < out.size() && !at_end) {
            if (stream.avail_in == 0) take_input();
            const auto room = std::min(out.size() - written, most_at_once);
            stream.next_out = reinterpret_cast<Bytef*>(out.data() + written);
            stream.avail_out = static_cast<uInt>(room);
            const int result = ::inflate(&stream, Z_NO_FLUSH);
            written += room - stream.avail_out;
            if (result == Z_STREAM_END) {
                at_end = true;
            } else if (result == Z_MEM_ERROR) {
                throw Error(ErrorCode::resource, "no memory for a DEFLATE decoder");
            } else if (result != Z_OK && result != Z_BUF_ERROR) {
                refuse("are damaged" + (stream.msg == nullptr ? std::string() : ": " + std::string(stream.msg)));
            }
        }
        return written;
    }

    void take_input() {
        if (input.empty()) input = source();
        if (input.empty()) refuse("end early");
        const auto taken = std::min(input.size(), most_at_once);
        // zlib does not write to it.
        stream.next_in = reinterpret_cast<Bytef*>(const_cast<std::byte*>(input.data()));
        stream.avail_in = static_cast<uInt>(taken);
        input = input.subspan(taken);
    }

    Source source;
    std::span<const std::byte> input;  // what zlib was not given yet
    z_stream stream{};
    bool at_end = false;
};

StreamInflater::StreamInflater(Source source) : state_(std::make_unique<State>(std::move(source))) {}
StreamInflater::~StreamInflater() = default;
StreamInflater::StreamInflater(StreamInflater&&) noexcept = default;
StreamInflater& StreamInflater::operator=(StreamInflater&&) noexcept = default;

std::size_t StreamInflater::read(std::span<std::byte> out) {
    return state_->decode(out);
}

void StreamInflater::finish() {
    std::vector<std::byte> dropped(dropped_at_once);
    while (!state_->at_end) state_->decode(dropped);
}

struct Inflater::State {
    std::unique_ptr<libdeflate_decompressor, FreeDecompressor> decompressor{libdeflate_alloc_decompressor()};
};

Inflater::Inflater() : state_(std::make_unique<State>()) {
    if (!state_->decompressor) throw Error(ErrorCode::resource, "no memory for a DEFLATE decoder");
}
Inflater::~Inflater() = default;
Inflater::Inflater(Inflater&&) noexcept = default;
Inflater& Inflater::operator=(Inflater&&) noexcept = default;

std::size_t Inflater::inflate(std::span<const std::byte> stream, std::span<std::byte> out) {
    std::size_t written = 0;
    const auto result = libdeflate_zlib_decompress(state_->decompressor.get(), stream.data(), stream.size(), out.data(),
                                                   out.size(), &written);
    if (result == LIBDEFLATE_SUCCESS) return written;
    if (result != LIBDEFLATE_INSUFFICIENT_SPACE) refuse("are damaged or end early");
    // libdeflate cannot drop what is too much; what makes a stream too long may be damage.
    StreamInflater rest([whole = stream]() mutable { return std::exchange(whole, {}); });
    written = rest.read(out);
    rest.finish();
    return written;
}

}  // namespace tilewright::inline v0_1
