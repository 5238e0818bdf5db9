// SPDX-License-Identifier: Apache-2.0
// Any bytes are an archive with a list of members, or an Error that calls them damaged.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <stop_token>

#include "fuzz_input.h"
#include "storage/archive_list.h"
#include "tilewright/core/error.h"

namespace tilewright {
namespace {

class Bytes : public RandomAccessFile {
public:
    explicit Bytes(std::span<const std::byte> bytes) : bytes_(bytes) {
        identity_.size_bytes = static_cast<std::int64_t>(bytes.size());
    }
    const std::filesystem::path& place() const noexcept override { return place_; }
    const FileIdentity& identity() const noexcept override { return identity_; }
    std::size_t read_at(std::uint64_t offset, std::span<std::byte> into) override {
        const auto rest = bytes_.subspan(std::min<std::size_t>(offset, bytes_.size()));
        const auto count = std::min(rest.size(), into.size());
        std::copy_n(rest.begin(), count, into.begin());
        return count;
    }

private:
    std::span<const std::byte> bytes_;
    const std::filesystem::path place_ = "fuzz.zip";
    FileIdentity identity_;
};

void list(std::span<const std::byte> bytes) {
    Bytes file(bytes);
    try {
        list_members(file, {},
                     [](const ListedFile& member) { require(!member.relative_path.empty(), "all have a name"); });
    } catch (const Error& error) {
        require(error.code() == ErrorCode::corrupt, "what cannot be listed is damaged");
    }
}

}  // namespace
}  // namespace tilewright

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size_bytes) {
    tilewright::list(tilewright::FuzzInput(data, size_bytes).rest());
    return 0;
}
