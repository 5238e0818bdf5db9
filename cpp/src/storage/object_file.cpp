// SPDX-License-Identifier: Apache-2.0
#include "storage/object_file.h"

#include <algorithm>
#include <cstring>
#include <map>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "storage/object_request.h"
#include "storage/retry.h"
#include "tilewright/core/error.h"

namespace tilewright::inline v0_1 {
namespace {

// The header of nearly every COG, its tables of blocks included.
constexpr std::uint64_t head_bytes = std::uint64_t{32} << 10;
// What a small read brings with it.
constexpr std::uint64_t surroundings_bytes = std::uint64_t{16} << 10;
// Ranges closer than this cost less in one request than in two: about what comes in the time of a round trip.
constexpr std::uint64_t bridged_gap_bytes = std::uint64_t{64} << 10;
constexpr std::uint64_t longest_request_bytes = std::uint64_t{8} << 20;
// Small reads that are kept, for headers that are read to and fro.
constexpr std::size_t most_kept_parts = 64;

class ObjectFile final : public RandomAccessFile {
public:
    explicit ObjectFile(std::filesystem::path place) : place_(std::move(place)) {
        auto head = request(0, head_bytes);
        identity_ = head.identity;
        version_ = head.version;
        kept_.emplace(0, std::move(head.bytes));
    }

    const std::filesystem::path& place() const noexcept override { return place_; }
    const FileIdentity& identity() const noexcept override { return identity_; }

    std::size_t read_at(std::uint64_t offset, std::span<std::byte> into) override {
        const auto size = static_cast<std::uint64_t>(identity_.size_bytes);
        if (offset >= size) return 0;
        into = into.first(static_cast<std::size_t>(std::min<std::uint64_t>(into.size(), size - offset)));
        for (auto rest = into; !rest.empty();) {
            const auto at = offset + (into.size() - rest.size());
            auto came = copy_kept(at, rest);
            if (came == 0) came = fetch(at, rest);
            rest = rest.subspan(came);
        }
        return into.size();
    }

    void prefetch(std::span<const ByteRange> ranges) override {
        std::vector<ByteRange> wanted(ranges.begin(), ranges.end());
        std::sort(wanted.begin(), wanted.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
        std::vector<ByteRange> requests;
        for (const auto& range : wanted) {
            if (range.size_bytes == 0 || is_kept(range)) continue;
            if (!requests.empty()) {
                auto& last = requests.back();
                const auto end = std::max(last.first + last.size_bytes, range.first + range.size_bytes);
                if (range.first <= last.first + last.size_bytes + bridged_gap_bytes &&
                    end - last.first <= longest_request_bytes) {
                    last.size_bytes = end - last.first;
                    continue;
                }
            }
            requests.push_back(range);
        }
        for (const auto& range : requests) {
            auto bytes = request_checked(range.first, range.size_bytes);
            const std::lock_guard lock(mutex_);
            coming_.insert_or_assign(range.first, std::move(bytes));
        }
    }

private:
    ObjectPart request(std::uint64_t first, std::uint64_t size_bytes) const {
        ObjectPart part;
        with_retries([&] { part = request_part(place_, first, size_bytes); });
        return part;
    }

    std::vector<std::byte> request_checked(std::uint64_t first, std::uint64_t size_bytes) const {
        auto part = request(first, size_bytes);
        if (part.version != version_ || part.identity.size_bytes != identity_.size_bytes) {
            throw Error(ErrorCode::io, "was replaced while it was read; run again once it is at rest",
                        path_text(place_));
        }
        return std::move(part.bytes);
    }

    // How many bytes from `offset` on are kept, copied to `into`.
    std::size_t copy_kept(std::uint64_t offset, std::span<std::byte> into) {
        const std::lock_guard lock(mutex_);
        for (auto* parts : {&coming_, &kept_}) {
            auto part = parts->upper_bound(offset);
            if (part == parts->begin()) continue;
            --part;
            const auto& [first, bytes] = *part;
            if (offset >= first + bytes.size()) continue;
            const auto skipped = static_cast<std::size_t>(offset - first);
            const auto count = std::min(into.size(), bytes.size() - skipped);
            std::memcpy(into.data(), bytes.data() + skipped, count);
            // What was told of beforehand is read once, in order.
            if (parts == &coming_ && skipped + count == bytes.size()) parts->erase(part);
            return count;
        }
        return 0;
    }

    bool is_kept(const ByteRange& range) {
        const std::lock_guard lock(mutex_);
        auto part = kept_.upper_bound(range.first);
        if (part == kept_.begin()) return false;
        --part;
        return range.first + range.size_bytes <= part->first + part->second.size();
    }

    std::size_t fetch(std::uint64_t offset, std::span<std::byte> into) {
        const auto size = static_cast<std::uint64_t>(identity_.size_bytes);
        if (into.size() >= surroundings_bytes) {
            const auto count = std::min<std::size_t>(into.size(), longest_request_bytes);
            const auto bytes = request_checked(offset, count);
            if (bytes.empty()) throw_too_short();
            std::memcpy(into.data(), bytes.data(), bytes.size());
            return bytes.size();
        }
        auto bytes = request_checked(offset, std::min(surroundings_bytes, size - offset));
        if (bytes.empty()) throw_too_short();
        const auto count = std::min(into.size(), bytes.size());
        std::memcpy(into.data(), bytes.data(), count);
        const std::lock_guard lock(mutex_);
        if (kept_.size() >= most_kept_parts) kept_.erase(std::next(kept_.begin()));  // The head stays.
        kept_.insert_or_assign(offset, std::move(bytes));
        return count;
    }

    [[noreturn]] void throw_too_short() const {
        throw Error(ErrorCode::io, "the server sends nothing where the object has bytes", path_text(place_), true);
    }

    const std::filesystem::path place_;
    FileIdentity identity_;
    std::string version_;
    std::mutex mutex_;  // guards what follows; never held during a request
    std::map<std::uint64_t, std::vector<std::byte>> kept_;
    std::map<std::uint64_t, std::vector<std::byte>> coming_;  // by prefetch
};

}  // namespace

std::shared_ptr<RandomAccessFile> open_object(const std::filesystem::path& place) {
    return std::make_shared<ObjectFile>(place);
}

}  // namespace tilewright::inline v0_1
