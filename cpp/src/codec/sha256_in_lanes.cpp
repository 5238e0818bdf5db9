// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <limits>

#include "codec/hex_digits.h"
#include "codec/sha256_lanes.h"

namespace tilewright::inline v0_1 {
namespace {

constexpr std::size_t message_block_bytes = 64;
constexpr std::size_t part_bytes = std::size_t{1} << 14;
constexpr std::size_t idle = std::numeric_limits<std::size_t>::max();

// The square roots of the first eight primes (FIPS 180-4, 5.3.3).
constexpr std::array<std::uint32_t, 8> initial_state{0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                                                     0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};

template <class Integer>
void put_big_endian(std::byte* out, Integer value) {
    for (std::size_t i = 0; i < sizeof(value); ++i) {
        out[i] = static_cast<std::byte>(value >> (8 * (sizeof(value) - 1 - i)));
    }
}

// A part of the message that a lane is at work on.
struct Lane {
    std::size_t message = idle;
    std::uint64_t message_bytes = 0;  // read so far
    bool ended = false;               // the part is the message's last, padding and all
    std::size_t blocks = 0;           // of the part, not yet hashed
    std::size_t begin = 0;            // of the first of them
    std::array<std::byte, part_bytes + 2 * message_block_bytes> bytes{};  // the padding takes up to two blocks

    void read(const MessageReader& reader) {
        const auto count = reader(std::span(bytes).first(part_bytes));
        message_bytes += count;
        begin = 0;
        ended = count < part_bytes;
        blocks = (ended ? pad(count) : count) / message_block_bytes;
    }

    // One bit, zeros, and the message's length in bits (FIPS 180-4, 5.1.1).
    std::size_t pad(std::size_t count) {
        const auto end = (count + 1 + 8 + message_block_bytes - 1) / message_block_bytes * message_block_bytes;
        std::fill(bytes.begin() + static_cast<std::ptrdiff_t>(count), bytes.begin() + static_cast<std::ptrdiff_t>(end),
                  std::byte{0});
        bytes[count] = std::byte{0x80};
        put_big_endian(bytes.data() + end - 8, message_bytes * 8);
        return end;
    }
};

class LaneHasher {
public:
    explicit LaneHasher(std::span<const MessageReader> messages) : messages_(messages), digests_(messages.size()) {
        for (std::size_t i = 0; i < lanes_.size(); ++i) begin_message(i);
    }

    std::vector<std::string> digests() {
        while (const auto blocks = blocks_at_hand()) {
            std::array<const std::byte*, sha256_lanes> at{};
            for (std::size_t i = 0; i < lanes_.size(); ++i) {
                at[i] = lanes_[i].bytes.data() + lanes_[i].begin;  // Idle lanes hash what lies there, for nobody.
            }
            hash_blocks_in_lanes(state_, at, blocks);
            for (std::size_t i = 0; i < lanes_.size(); ++i) advance(i, blocks);
        }
        return std::move(digests_);
    }

private:
    // How many blocks every lane at work has; 0 when none is.
    std::size_t blocks_at_hand() const {
        std::size_t least = idle;
        for (const auto& lane : lanes_) {
            if (lane.message != idle) least = std::min(least, lane.blocks);
        }
        return least == idle ? 0 : least;
    }

    void advance(std::size_t i, std::size_t blocks) {
        auto& lane = lanes_[i];
        if (lane.message == idle) return;
        lane.blocks -= blocks;
        lane.begin += blocks * message_block_bytes;
        if (lane.blocks > 0) return;
        if (!lane.ended) return lane.read(messages_[lane.message]);
        digests_[lane.message] = digest(i);
        begin_message(i);
    }

    void begin_message(std::size_t i) {
        auto& lane = lanes_[i];
        lane.begin = 0;
        if (next_ == messages_.size()) {
            lane.message = idle;
            return;
        }
        lane.message = next_++;
        lane.message_bytes = 0;
        for (std::size_t word = 0; word < initial_state.size(); ++word) state_[word][i] = initial_state[word];
        lane.read(messages_[lane.message]);
    }

    std::string digest(std::size_t i) const {
        std::array<std::byte, 32> bytes{};
        for (std::size_t word = 0; word < state_.size(); ++word) put_big_endian(&bytes[4 * word], state_[word][i]);
        return hex_digits(bytes);
    }

    std::span<const MessageReader> messages_;
    std::vector<std::string> digests_;
    std::size_t next_ = 0;
    Sha256LaneState state_{};
    std::vector<Lane> lanes_{sha256_lanes};
};

}  // namespace

std::vector<std::string> sha256_in_lanes(std::span<const MessageReader> messages) {
    return LaneHasher(messages).digests();
}

}  // namespace tilewright::inline v0_1
