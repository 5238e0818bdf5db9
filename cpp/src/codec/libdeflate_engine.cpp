// SPDX-License-Identifier: Apache-2.0
#include <libdeflate.h>

#include "codec/deflate_engine.h"
#include "codec/final_block.h"
#include "tilewright/core/error.h"

namespace tilewright::inline v0_1 {
namespace {

struct FreeCompressor {
    void operator()(libdeflate_compressor* compressor) const noexcept { libdeflate_free_compressor(compressor); }
};

class LibdeflateEngine final : public DeflateEngine {
public:
    explicit LibdeflateEngine(int level) : compressor_(libdeflate_alloc_compressor(level)) {
        if (!compressor_) throw Error(ErrorCode::resource, "no memory for a DEFLATE compressor");
    }

    void compress(std::span<const std::byte> part, bool last, std::vector<std::byte>& out) override {
        const auto begin = out.size();
        const auto bound = libdeflate_deflate_compress_bound(compressor_.get(), part.size());
        if (output_bytes_ < bound) {
            output_ = std::make_unique_for_overwrite<std::byte[]>(bound);
            output_bytes_ = bound;
        }
        const auto written =
            libdeflate_deflate_compress(compressor_.get(), part.data(), part.size(), output_.get(), output_bytes_);
        if (written == 0) throw Error(ErrorCode::internal, "libdeflate wrote more than its own bound");
        out.insert(out.end(), output_.get(), output_.get() + written);
        if (!last) open_final_block(out, begin);
    }

private:
    std::unique_ptr<libdeflate_compressor, FreeCompressor> compressor_;
    // Kept from part to part: a fresh buffer of this size costs a page fault every 4 KiB.
    std::unique_ptr<std::byte[]> output_;
    std::size_t output_bytes_ = 0;
};

}  // namespace

std::unique_ptr<DeflateEngine> make_libdeflate_engine(int level) {
    return std::make_unique<LibdeflateEngine>(level);
}

}  // namespace tilewright::inline v0_1
