// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#pragma GCC visibility push(default)
namespace tilewright::inline v0_1 {

/// Memory this process may use, in bytes: the machine's, or the container's limit (cgroup v1 and v2) where lower.
std::int64_t available_memory_bytes() noexcept;

/// The memory budget used unless one is given: a quarter of available_memory_bytes(), at least 256 MiB.
std::int64_t default_memory_budget_bytes() noexcept;

/// Reads a size as people write it: "512", "64KiB", "1.5 GiB", "2GB" (decimal), "1G" (binary, as most tools do).
/// @throws Error invalid_argument naming the text
std::int64_t parse_size_bytes(std::string_view text);

/// Writes a size as people read it: "512 B", "1.5 GiB".
std::string format_size_bytes(std::int64_t size_bytes);

}  // namespace tilewright::inline v0_1
#pragma GCC visibility pop
