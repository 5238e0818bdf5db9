// SPDX-License-Identifier: Apache-2.0
#include "raster/sample_rows.h"

#include <cstring>

namespace tilewright::inline v0_1 {
namespace {

struct Sixteen {
    std::uint64_t low;
    std::uint64_t high;
};

template <typename Sample>
void gather(const ImageView& view, const std::byte* from, std::int64_t count, std::byte* out) {
    const auto bands = static_cast<std::size_t>(view.bands);
    for (std::size_t band = 0; band < bands; ++band) {
        const std::byte* source = from + static_cast<std::ptrdiff_t>(band) * view.band_stride_bytes;
        std::byte* target = out + band * sizeof(Sample);
        for (std::int64_t i = 0; i < count; ++i) {
            std::memcpy(target, source, sizeof(Sample));
            source += view.pixel_stride_bytes;
            target += bands * sizeof(Sample);
        }
    }
}

template <typename Sample>
bool pack(std::span<const std::byte> samples, int bits, std::byte* out) noexcept {
    const std::uint64_t limit = std::uint64_t{1} << bits;
    std::uint64_t seen = 0;
    std::uint64_t pending = 0;
    int pending_bits = 0;
    for (std::size_t at = 0; at < samples.size(); at += sizeof(Sample)) {
        Sample sample;
        std::memcpy(&sample, samples.data() + at, sizeof sample);
        seen |= sample;
        pending = (pending << bits) | sample;
        pending_bits += bits;
        while (pending_bits >= 8) {
            pending_bits -= 8;
            *out++ = static_cast<std::byte>(pending >> pending_bits);
        }
    }
    if (pending_bits > 0) *out = static_cast<std::byte>(pending << (8 - pending_bits));
    return seen < limit;
}

}  // namespace

void copy_pixels(const ImageView& view, std::int64_t y, std::int64_t x, std::int64_t count, std::byte* out) {
    const std::byte* from = view.row(y) + x * view.pixel_stride_bytes;
    if (view.rows_are_packed()) {
        std::memcpy(out, from, static_cast<std::size_t>(count) * view.pixel_bytes());
        return;
    }
    switch (size_bytes(view.type)) {
        case 1: return gather<std::uint8_t>(view, from, count, out);
        case 2: return gather<std::uint16_t>(view, from, count, out);
        case 4: return gather<std::uint32_t>(view, from, count, out);
        case 8: return gather<std::uint64_t>(view, from, count, out);
        default: return gather<Sixteen>(view, from, count, out);
    }
}

void swap_bytes_16(std::byte* samples, std::size_t count) noexcept {
    for (std::size_t i = 0; i < count; ++i) {
        std::uint16_t sample = 0;
        std::memcpy(&sample, samples + 2 * i, sizeof sample);
        sample = static_cast<std::uint16_t>((sample << 8) | (sample >> 8));
        std::memcpy(samples + 2 * i, &sample, sizeof sample);
    }
}

bool pack_bits(std::span<const std::byte> samples, std::size_t sample_bytes, int bits, std::byte* out) noexcept {
    switch (sample_bytes) {
        case 1: return pack<std::uint8_t>(samples, bits, out);
        case 2: return pack<std::uint16_t>(samples, bits, out);
        default: return pack<std::uint32_t>(samples, bits, out);
    }
}

}  // namespace tilewright::inline v0_1
