// SPDX-License-Identifier: Apache-2.0
#include "raster/scan_bytes.h"

#include <cstring>

namespace tilewright::inline v0_1 {
namespace {

constexpr std::size_t raw_bytes = 32 << 10;
constexpr std::byte escape{0xFF};

}  // namespace

void ScanBytes::begin(std::span<const std::byte> left, const JpegBytes& bytes) {
    raw_ = left;
    bytes_ = &bytes;
    after_ff_ = false;
    begin_segment();
}

void ScanBytes::begin_segment() noexcept {
    filled_ = 0;
    complete_ = false;
    marker_ = 0;
}

const std::uint8_t* ScanBytes::refill(const std::uint8_t* from, std::size_t least) {
    const auto kept = filled_ > 0 ? static_cast<std::size_t>(end() - from) : 0;
    if (kept > 0) std::memmove(buffer_.data(), from, kept);
    filled_ = kept;
    while (!complete_ && filled_ < least) {
        if (raw_.empty() && !load()) {
            complete_ = true;
        } else {
            unstuff();
        }
    }
    make_room(0);
    return buffer_.data();
}

bool ScanBytes::load() {
    raw_buffer_.resize(raw_bytes);
    raw_ = {raw_buffer_.data(), (*bytes_)(raw_buffer_)};
    return !raw_.empty();
}

void ScanBytes::make_room(std::size_t count) {
    const auto wanted = filled_ + count + slack_bytes;
    if (buffer_.size() < wanted) buffer_.resize(wanted);
}

void ScanBytes::unstuff() {
    make_room(raw_.size() + 1);
    while (!raw_.empty() && !complete_) {
        if (after_ff_) {
            const auto next = raw_.front();
            raw_ = raw_.subspan(1);
            if (next == escape) continue;  // fill bytes
            after_ff_ = false;
            if (next == std::byte{0}) {
                buffer_[filled_++] = 0xFF;
            } else {
                marker_ = std::to_integer<std::uint8_t>(next);
                complete_ = true;
            }
            continue;
        }
        const auto* found = static_cast<const std::byte*>(std::memchr(raw_.data(), 0xFF, raw_.size()));
        const auto count = found == nullptr ? raw_.size() : static_cast<std::size_t>(found - raw_.data());
        std::memcpy(buffer_.data() + filled_, raw_.data(), count);
        filled_ += count;
        after_ff_ = found != nullptr;
        raw_ = raw_.subspan(count + (after_ff_ ? 1 : 0));
    }
}

}  // namespace tilewright::inline v0_1
