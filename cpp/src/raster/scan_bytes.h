// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "raster/jpeg_decoder.h"

namespace tilewright::inline v0_1 {

/// The entropy-coded data of a JPEG's scan, from one marker to the next, without the zeros that JPEG puts behind each
/// 0xFF.
class ScanBytes {
public:
    /// Readable behind end(), whatever they hold: more than the data of an MCU, so that only each MCU need look whether
    /// they have ended.
    static constexpr std::size_t slack_bytes = 4096;

    /// @param left, bytes  what comes, one after the other; both are kept
    void begin(std::span<const std::byte> left, const JpegBytes& bytes);

    /// Begins again behind the marker that ended the segment.
    void begin_segment() noexcept;

    /// Keeps what lies at `from` and behind, and gets more: `least` bytes unless the segment ends before.
    /// @return where `from` lies now
    const std::uint8_t* refill(const std::uint8_t* from, std::size_t least);

    const std::uint8_t* data() const noexcept { return buffer_.data(); }
    const std::uint8_t* end() const noexcept { return buffer_.data() + filled_; }
    /// Whether no more will come in this segment.
    bool is_complete() const noexcept { return complete_; }
    /// The marker that ended the segment; 0 if the file ended there.
    std::uint8_t marker() const noexcept { return marker_; }

private:
    bool load();
    void unstuff();
    void make_room(std::size_t count);

    const JpegBytes* bytes_ = nullptr;
    std::vector<std::byte> raw_buffer_;
    std::span<const std::byte> raw_;
    std::vector<std::uint8_t> buffer_;
    std::size_t filled_ = 0;
    bool after_ff_ = false;  // the 0xFF that the next byte tells about lies before raw_
    bool complete_ = false;
    std::uint8_t marker_ = 0;
};

}  // namespace tilewright::inline v0_1
