// SPDX-License-Identifier: Apache-2.0
#include <isa-l/igzip_lib.h>

#include <cstring>
#include <string>

#include "codec/deflate_engine.h"
#include "tilewright/core/error.h"

namespace tilewright::inline v0_1 {
namespace {

// More than ISA-L writes: blocks that would grow are stored, at 5 bytes for each 64 KiB and block.
constexpr std::size_t output_bound(std::size_t part_bytes) {
    return part_bytes + part_bytes / 64 + 4096;
}

class IgzipEngine final : public DeflateEngine {
public:
    void compress(std::span<const std::byte> part, bool last, std::vector<std::byte>& out) override {
        isal_deflate_init(&stream_);
        stream_.level = 2;
        stream_.level_buf = tables_.get();
        stream_.level_buf_size = ISAL_DEF_LVL2_LARGE;
        // The library takes its input without const, but only reads it.
        stream_.next_in = reinterpret_cast<std::uint8_t*>(const_cast<std::byte*>(part.data()));
        stream_.avail_in = static_cast<std::uint32_t>(part.size());
        stream_.flush = last ? NO_FLUSH : FULL_FLUSH;
        stream_.end_of_stream = last ? 1 : 0;
        if (output_bytes_ < output_bound(part.size())) {
            output_bytes_ = output_bound(part.size());
            output_ = std::make_unique_for_overwrite<std::byte[]>(output_bytes_);
        }
        do {
            stream_.next_out = reinterpret_cast<std::uint8_t*>(output_.get());
            stream_.avail_out = static_cast<std::uint32_t>(output_bytes_);
            if (const int status = isal_deflate(&stream_); status != COMP_OK) {
                throw Error(ErrorCode::internal, "ISA-L refused to compress, code " + std::to_string(status));
            }
            out.insert(out.end(), output_.get(), output_.get() + (output_bytes_ - stream_.avail_out));
        } while (stream_.avail_out == 0);
    }

private:
    isal_zstream stream_{};
    // Both kept from part to part: fresh memory costs a page fault every 4 KiB.
    std::unique_ptr<std::uint8_t[]> tables_ = std::make_unique_for_overwrite<std::uint8_t[]>(ISAL_DEF_LVL2_LARGE);
    std::unique_ptr<std::byte[]> output_;
    std::size_t output_bytes_ = 0;
};

}  // namespace

std::unique_ptr<DeflateEngine> make_igzip_engine() {
    return std::make_unique<IgzipEngine>();
}

}  // namespace tilewright::inline v0_1
