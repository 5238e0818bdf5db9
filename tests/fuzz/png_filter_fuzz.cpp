// SPDX-License-Identifier: Apache-2.0
// Rows of any size: SIMD equals scalar for each filter, and what png_filter_rows writes is one of the five for each
// row.
#include <algorithm>
#include <vector>

#include "fuzz_input.h"
#include "tilewright/codec/png_filter.h"

namespace tilewright {
namespace {

void filter_any(FuzzInput input) {
    const auto compression = static_cast<Compression>(input.byte() % 3);
    const std::size_t pixel_bytes = 1 + input.byte() % 8;
    const std::size_t row_bytes = (1 + input.number() % 6000) * pixel_bytes;
    const bool at_top = input.byte() % 2 == 0;
    // Up to what png_filter_rows tries ways on, and not far above: each row is filtered ten times here.
    constexpr std::size_t most_bytes = std::size_t{1} << 20;
    const std::size_t rows = 1 + input.byte() % std::clamp(most_bytes / row_bytes, std::size_t{1}, std::size_t{64});
    const auto seed = input.rest();

    // Of exactly the size that is promised, so that the address sanitizer sees a byte read beyond it.
    std::vector<std::byte> image((rows + 1) * row_bytes);
    for (std::size_t i = 0; i < image.size() && !seed.empty(); ++i) {
        image[i] = seed[i % seed.size()] ^ static_cast<std::byte>(i / seed.size() & 255);
    }
    const auto above = at_top ? std::span<const std::byte>() : std::span<const std::byte>(image).first(row_bytes);
    const std::vector<std::byte> exact(image.begin() + static_cast<std::ptrdiff_t>(row_bytes), image.end());

    std::vector<std::byte> filtered(rows * (row_bytes + 1));
    png_filter_rows(exact.data(), row_bytes, rows, above, pixel_bytes, true, compression, filtered.data());
    std::vector<std::byte> simd(row_bytes);
    std::vector<std::byte> scalar(row_bytes);
    for (std::size_t y = 0; y < rows; ++y) {
        const auto row = std::span(exact).subspan(y * row_bytes, row_bytes);
        const auto previous = y == 0 ? above : std::span(exact).subspan((y - 1) * row_bytes, row_bytes);
        const auto* line = filtered.data() + y * (row_bytes + 1);
        require(std::to_integer<int>(line[0]) <= 4, "a filter byte is 0 to 4");
        for (int type = 0; type <= 4; ++type) {
            png_filter(static_cast<PngFilter>(type), row, previous, pixel_bytes, simd.data());
            png_filter_scalar(static_cast<PngFilter>(type), row, previous, pixel_bytes, scalar.data());
            require(simd == scalar, "SIMD equals scalar");
            if (type == std::to_integer<int>(line[0])) {
                require(std::equal(scalar.begin(), scalar.end(), line + 1), "rows are filtered as their byte says");
            }
        }
    }
}

}  // namespace
}  // namespace tilewright

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size_bytes) {
    tilewright::filter_any({data, size_bytes});
    return 0;
}
