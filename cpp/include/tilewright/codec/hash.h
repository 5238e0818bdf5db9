// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#pragma GCC visibility push(default)
namespace tilewright::inline v0_1 {

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

/// Reads on in a message: fills `into`, or as much of it as the message still has.
using MessageReader = std::function<std::size_t(std::span<std::byte> into)>;

/// The SHA-256 of each message, as Sha256 gives it, in their order.
///
/// A processor without instructions for SHA-256 hashes several messages beside each other, in the lanes of its vectors:
/// eight take it little longer than two would one after the other.
/// @param messages  read in turns, a part of each; what a reader throws ends it all
std::vector<std::string> sha256_of(std::span<const MessageReader> messages);

/// How many messages sha256_of() hashes beside each other.
constexpr std::size_t sha256_lanes = 8;

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

}  // namespace tilewright::inline v0_1
#pragma GCC visibility pop
