// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <random>
#include <vector>

namespace tilewright {

/// What a compressor meets: the kinds differ in how much can be matched and how well Huffman codes do.
enum class Texture { noise, smooth, repeated, zeros, mixed };

inline constexpr Texture all_textures[] = {Texture::noise, Texture::smooth, Texture::repeated, Texture::zeros,
                                           Texture::mixed};

inline std::vector<std::byte> random_bytes(std::mt19937& random, std::size_t count, Texture texture) {
    std::vector<std::byte> bytes(count);
    const auto period = 1 + random() % 40000;
    auto level = random() & 255;
    for (std::size_t i = 0; i < count; ++i) {
        // A mixture changes its kind every few thousand bytes, so that blocks of a stream differ.
        const auto now = texture == Texture::mixed ? all_textures[i / 5000 * 7 % 4] : texture;
        level += random() % 5 - 2;
        switch (now) {
            case Texture::noise: bytes[i] = static_cast<std::byte>(random() & 255); break;
            case Texture::smooth: bytes[i] = static_cast<std::byte>(level & 255); break;
            case Texture::repeated:
                bytes[i] = i < period ? static_cast<std::byte>(random() & 255) : bytes[i - period];
                break;
            default: bytes[i] = std::byte{0};
        }
    }
    return bytes;
}

}  // namespace tilewright
