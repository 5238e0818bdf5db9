// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <span>

#pragma GCC visibility push(default)
namespace tilewright::inline v0_1 {

/// Decodes zlib streams (RFC 1950) that lie in memory as a whole, each to its end and with its Adler-32 checked:
/// altered DEFLATE data often decode to something, and only the checksum tells that it is not what was written.
///
/// One instance serves one thread at a time.
class Inflater {
public:
    /// @throws Error resource if memory is short
    Inflater();
    ~Inflater();
    Inflater(Inflater&&) noexcept;
    Inflater& operator=(Inflater&&) noexcept;

    /// @param stream  untrusted; bytes behind the end of the stream are ignored
    /// @param out  gets the first bytes; those that it has no room for are decoded, checked and dropped
    /// @return how many bytes of `out` were written: all, unless the stream is shorter
    /// @throws Error corrupt if the stream is damaged or ends early; `out` then holds anything
    std::size_t inflate(std::span<const std::byte> stream, std::span<std::byte> out);

private:
    struct State;
    std::unique_ptr<State> state_;
};

/// Decodes one zlib stream of any length piece by piece, in little memory. Serves one thread at a time.
class StreamInflater {
public:
    /// Gives the next bytes of the stream, valid until it is asked again; none if there are no more.
    using Source = std::function<std::span<const std::byte>()>;

    /// @throws Error resource if memory is short
    explicit StreamInflater(Source source);
    ~StreamInflater();
    StreamInflater(StreamInflater&&) noexcept;
    StreamInflater& operator=(StreamInflater&&) noexcept;

    /// Decodes the next bytes.
    /// @return how many: as many as `out` holds, unless the stream is at its end, which is then checked
    /// @throws Error corrupt if the stream is damaged or ends early, and whatever the source throws
    std::size_t read(std::span<std::byte> out);

    /// Decodes and drops the rest, so that the Adler-32 of all is checked. @throws Error as read
    void finish();

private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace tilewright::inline v0_1
#pragma GCC visibility pop
