// SPDX-License-Identifier: Apache-2.0
#include "tilewright/core/memory.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <cstdio>
#include <limits>
#include <utility>

#include "core/container_memory.h"
#include "tilewright/core/error.h"

namespace tilewright::inline v0_1 {
namespace {

constexpr std::int64_t kibi = 1024;
constexpr std::int64_t mebi = kibi * 1024;
constexpr std::int64_t gibi = mebi * 1024;
constexpr std::int64_t tebi = gibi * 1024;

}  // namespace

std::int64_t available_memory_bytes() noexcept {
    return container_memory(static_cast<std::int64_t>(sysconf(_SC_PHYS_PAGES)) * sysconf(_SC_PAGE_SIZE));
}

std::int64_t default_memory_budget_bytes() noexcept {
    return std::max(256 * mebi, available_memory_bytes() / 4);
}

std::int64_t parse_size_bytes(std::string_view text) {
    const auto refuse = [&]() -> std::int64_t {
        throw Error(ErrorCode::invalid_argument,
                    "\"" + std::string(text) + "\" is no size; write bytes or a number with KiB, MiB, GiB, KB, MB, GB");
    };
    double number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc{} || !(number >= 0)) return refuse();
    std::string unit;
    for (const char* c = end; c != text.data() + text.size(); ++c) {
        if (*c != ' ') unit += static_cast<char>(std::tolower(static_cast<unsigned char>(*c)));
    }
    static constexpr std::array<std::pair<std::string_view, std::int64_t>, 14> units{{{"", 1},
                                                                                      {"b", 1},
                                                                                      {"k", kibi},
                                                                                      {"kib", kibi},
                                                                                      {"kb", 1000},
                                                                                      {"m", mebi},
                                                                                      {"mib", mebi},
                                                                                      {"mb", 1000 * 1000},
                                                                                      {"g", gibi},
                                                                                      {"gib", gibi},
                                                                                      {"gb", 1000 * 1000 * 1000},
                                                                                      {"t", tebi},
                                                                                      {"tib", tebi},
                                                                                      {"tb", 1'000'000'000'000}}};
    for (const auto& [suffix, factor] : units) {
        if (unit != suffix) continue;
        const double bytes = number * static_cast<double>(factor);
        if (bytes >= static_cast<double>(std::numeric_limits<std::int64_t>::max())) return refuse();
        return static_cast<std::int64_t>(bytes);
    }
    return refuse();
}

std::string format_size_bytes(std::int64_t size_bytes) {
    static constexpr std::array<std::pair<std::int64_t, const char*>, 4> units{
        {{tebi, "TiB"}, {gibi, "GiB"}, {mebi, "MiB"}, {kibi, "KiB"}}};
    for (const auto& [factor, unit] : units) {
        if (size_bytes < factor) continue;
        std::array<char, 32> text{};
        std::snprintf(text.data(), text.size(), "%.1f %s",
                      static_cast<double>(size_bytes) / static_cast<double>(factor), unit);
        return text.data();
    }
    return std::to_string(size_bytes) + " B";
}

}  // namespace tilewright::inline v0_1
