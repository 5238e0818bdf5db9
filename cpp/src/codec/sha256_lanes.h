// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "tilewright/codec/hash.h"

namespace tilewright::inline v0_1 {

/// SHA-256's eight words of state, each for all messages; a message has a lane of the processor's vectors.
using Sha256LaneState = std::array<std::array<std::uint32_t, sha256_lanes>, 8>;

/// Whether lanes take less time than one message after the other, given enough messages: the vectors are wide, and
/// nothing in the processor is made for SHA-256.
bool sha256_lanes_pay();

/// Takes `blocks` blocks of 64 bytes into the state of every lane, each from its own address (FIPS 180-4, 6.2.2).
void hash_blocks_in_lanes(Sha256LaneState& state, const std::array<const std::byte*, sha256_lanes>& messages,
                          std::size_t blocks);

/// sha256_of() by lanes, whether they pay or not.
std::vector<std::string> sha256_in_lanes(std::span<const MessageReader> messages);

}  // namespace tilewright::inline v0_1
