// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <span>

namespace tilewright {

/// Reads what libFuzzer made up; zeros once it is used up.
class FuzzInput {
public:
    FuzzInput(const std::uint8_t* data, std::size_t size_bytes) : rest_(data, size_bytes) {}

    std::uint8_t byte() {
        if (rest_.empty()) return 0;
        const auto first = rest_.front();
        rest_ = rest_.subspan(1);
        return first;
    }

    std::uint32_t number() {
        std::uint32_t value = 0;
        for (int i = 0; i < 4; ++i) value = value << 8 | byte();
        return value;
    }

    std::span<const std::byte> rest() const { return std::as_bytes(rest_); }

private:
    std::span<const std::uint8_t> rest_;
};

/// Ends the program, which libFuzzer takes for a find.
inline void require(bool held, const char* promise) {
    if (held) return;
    std::fprintf(stderr, "broken: %s\n", promise);
    std::abort();
}

}  // namespace tilewright
