// SPDX-License-Identifier: Apache-2.0
#include "tilewright/batch/shard.h"

#include <algorithm>
#include <numeric>
#include <queue>
#include <utility>

#include "tilewright/core/error.h"

namespace tilewright::inline v0_1 {
namespace {

std::vector<std::size_t> by_size(std::span<const std::int64_t> sizes_bytes, const Shard& shard) {
    std::vector<std::size_t> largest_first(sizes_bytes.size());
    std::iota(largest_first.begin(), largest_first.end(), std::size_t{0});
    std::stable_sort(largest_first.begin(), largest_first.end(),
                     [&](std::size_t a, std::size_t b) { return sizes_bytes[a] > sizes_bytes[b]; });
    // Bytes and items that a worker has, and its number: the least comes first. Items count, so that those without a
    // size are spread as well.
    using Load = std::pair<std::pair<std::int64_t, std::int64_t>, std::int64_t>;
    std::priority_queue<Load, std::vector<Load>, std::greater<>> workers;
    // With fewer items than workers the last ones get nothing; a count may be any number.
    const auto busy = std::min(shard.count, static_cast<std::int64_t>(sizes_bytes.size()));
    for (std::int64_t worker = 0; worker < busy; ++worker) workers.push({{0, 0}, worker});
    std::vector<std::size_t> items;
    for (const auto item : largest_first) {
        auto [load, worker] = workers.top();
        workers.pop();
        if (worker == shard.index) items.push_back(item);
        workers.push({{load.first + std::max<std::int64_t>(0, sizes_bytes[item]), load.second + 1}, worker});
    }
    std::sort(items.begin(), items.end());
    return items;
}

}  // namespace

std::string_view name(ShardRule rule) noexcept {
    switch (rule) {
        case ShardRule::modulo: return "modulo";
        case ShardRule::contiguous: return "contiguous";
        case ShardRule::size: return "size";
    }
    return "unknown";
}

void check_shard(const Shard& shard) {
    if (shard.count >= 1 && shard.index >= 0 && shard.index < shard.count) return;
    throw Error(ErrorCode::invalid_argument, "shard " + std::to_string(shard.index) + " of " +
                                                 std::to_string(shard.count) +
                                                 " is none: shards are numbered from 0 to one less than their count");
}

std::vector<std::size_t> shard_items(std::span<const std::int64_t> sizes_bytes, const Shard& shard) {
    check_shard(shard);
    if (shard.rule == ShardRule::size) return by_size(sizes_bytes, shard);
    const auto total = sizes_bytes.size();
    const auto index = static_cast<std::size_t>(shard.index);
    const auto count = static_cast<std::size_t>(shard.count);
    std::vector<std::size_t> items;
    if (shard.rule == ShardRule::contiguous) {
        const auto share = (total + count - 1) / count;
        if (share == 0 || index >= (total + share - 1) / share) return items;
        items.resize(std::min(share, total - index * share));
        std::iota(items.begin(), items.end(), index * share);
        return items;
    }
    for (auto item = index; item < total; item += count) items.push_back(item);
    return items;
}

}  // namespace tilewright::inline v0_1
