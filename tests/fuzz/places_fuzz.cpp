// SPDX-License-Identifier: Apache-2.0
// Any text is a place; one that says it lies in an archive is taken apart into what it was made of, or refused.
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>

#include "fuzz_input.h"
#include "storage/vsi_name.h"
#include "tilewright/core/error.h"
#include "tilewright/storage/place.h"

namespace tilewright {
namespace {

void take_apart(const std::filesystem::path& place) {
    require(is_url(place) || (!is_remote(place) && !is_in_archive(place)), "what is no URL lies on this machine");
    try {
        if (!is_in_archive(place)) {
            vsi_name(place);
            return;
        }
        const auto parts = archive_parts(place);
        const auto scheme = place.native().substr(0, place.native().find("://"));
        require(scheme + "://{" + parts.archive.native() + "}" + parts.member == place.native(), "nothing is lost");
        require(is_remote(parts.archive) == is_remote(place), "a member is where its archive is");
        take_apart(parts.archive);
    } catch (const Error& error) {
        require(error.code() == ErrorCode::invalid_argument, "only what is no place is refused");
    }
}

}  // namespace
}  // namespace tilewright

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size_bytes) {
    // Of an empty input there may be no address.
    tilewright::take_apart(size_bytes == 0 ? std::string()
                                           : std::string(reinterpret_cast<const char*>(data), size_bytes));
    return 0;
}
