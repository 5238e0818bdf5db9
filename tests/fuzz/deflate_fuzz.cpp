// SPDX-License-Identifier: Apache-2.0
// Any data, parted anywhere, by any compression, must come back from two decoders of other people.
#include <libdeflate.h>
#include <zlib.h>

#include <array>
#include <memory>
#include <vector>

#include "fuzz_input.h"
#include "tilewright/codec/deflate.h"

namespace tilewright {
namespace {

Deflater& deflater(Compression compression) {
    static std::array<Deflater, 3> deflaters{Deflater(Compression::fast), Deflater(Compression::balanced),
                                             Deflater(Compression::small)};
    return deflaters.at(static_cast<std::size_t>(compression));
}

// libFuzzer's inputs are short; repeated with changes they fill more than one block.
std::vector<std::byte> grown(std::span<const std::byte> seed, std::size_t times, std::uint8_t change) {
    std::vector<std::byte> data;
    data.reserve(seed.size() * times);
    for (std::size_t i = 0; i < times; ++i) {
        for (const auto byte : seed) data.push_back(byte ^ static_cast<std::byte>(i * change & 255));
    }
    return data;
}

void round_trip(FuzzInput input) {
    const auto compression = static_cast<Compression>(input.byte() % 3);
    const std::size_t cut_count = input.byte() % 5;
    std::array<std::uint32_t, 4> numbers{};
    for (std::size_t i = 0; i < cut_count; ++i) numbers[i] = input.number();
    const std::size_t times = 1 + input.byte() % 64;
    const auto change = input.byte();
    const auto data = grown(input.rest(), times, change);

    std::vector<std::size_t> ends;
    for (std::size_t i = 0; i < cut_count; ++i) ends.push_back(numbers[i] % (data.size() + 1));
    std::sort(ends.begin(), ends.end());
    ends.push_back(data.size());

    auto stream = zlib_header();
    std::uint32_t checksum = tilewright::adler32({});
    std::size_t begin = 0;
    for (std::size_t i = 0; i < ends.size(); ++i) {
        const auto part = std::span(data).subspan(begin, ends[i] - begin);
        deflater(compression).compress(part, i + 1 == ends.size(), stream);
        checksum = tilewright::adler32_combine(checksum, tilewright::adler32(part), part.size());
        begin = ends[i];
    }
    const auto trailer = zlib_trailer(checksum);
    stream.insert(stream.end(), trailer.begin(), trailer.end());

    std::vector<std::byte> back(data.size() + 1);
    uLongf written = back.size();
    uLong read = stream.size();
    require(uncompress2(reinterpret_cast<Bytef*>(back.data()), &written, reinterpret_cast<const Bytef*>(stream.data()),
                        &read) == Z_OK,
            "zlib reads the stream");
    require(read == stream.size() && written == data.size(), "zlib reads all of the stream and no more");
    require(std::equal(data.begin(), data.end(), back.begin()), "zlib gives the data back");

    static const std::unique_ptr<libdeflate_decompressor, void (*)(libdeflate_decompressor*)> decompressor(
        libdeflate_alloc_decompressor(), libdeflate_free_decompressor);
    std::size_t libdeflate_read = 0;
    std::size_t libdeflate_written = 0;
    require(libdeflate_zlib_decompress_ex(decompressor.get(), stream.data(), stream.size(), back.data(), back.size(),
                                          &libdeflate_read, &libdeflate_written) == LIBDEFLATE_SUCCESS,
            "libdeflate reads the stream");
    require(libdeflate_read == stream.size() && libdeflate_written == data.size(),
            "libdeflate reads all of the stream and no more");
    require(std::equal(data.begin(), data.end(), back.begin()), "libdeflate gives the data back");
}

}  // namespace
}  // namespace tilewright

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size_bytes) {
    tilewright::round_trip({data, size_bytes});
    return 0;
}
