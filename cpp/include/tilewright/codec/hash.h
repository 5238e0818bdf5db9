// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>

namespace tilewright {

/// Hash of samples: XXH3, 128 bits, seed 0, fed piece by piece. Fast enough to be free (10 GB/s and more).
class PixelHash {
public:
    PixelHash();
    ~PixelHash();
    PixelHash(PixelHash&&) noexcept;
    PixelHash& operator=(PixelHash&&) noexcept;

    void update(std::span<const std::byte> bytes) noexcept;
    /// 32 lower-case hex digits, most significant first (XXH128's canonical form); the hash may be fed further.
    std::string hex() const;

private:
    struct State;
    std::unique_ptr<State> state_;
};

/// SHA-256 of a file's bytes, fed piece by piece.
class Sha256 {
public:
    Sha256();
    ~Sha256();
    Sha256(Sha256&&) noexcept;
    Sha256& operator=(Sha256&&) noexcept;

    void update(std::span<const std::byte> bytes);
    /// 64 lower-case hex digits. The hash takes no more after it.
    std::string hex();

private:
    struct State;
    std::unique_ptr<State> state_;
};

/// MD5 of a file's bytes: tells equal files from different ones for reports that people know; proves nothing.
class Md5 {
public:
    /// @throws Error unsupported where OpenSSL is built or configured without it
    Md5();
    ~Md5();
    Md5(Md5&&) noexcept;
    Md5& operator=(Md5&&) noexcept;

    void update(std::span<const std::byte> bytes);
    /// 32 lower-case hex digits. The hash takes no more after it.
    std::string hex();

private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace tilewright
