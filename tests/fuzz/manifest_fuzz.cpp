// SPDX-License-Identifier: Apache-2.0
// Any text is a manifest or an Error; what was read is written and read again as the same.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "tile/manifest_json.h"
#include "tilewright/core/error.h"

namespace tilewright {
namespace {

void read_any(std::string_view text) {
    Manifest manifest;
    try {
        manifest = manifest_from_text(text, "metadata.json");
    } catch (const Error& error) {
        if (error.code() != ErrorCode::corrupt && error.code() != ErrorCode::unsupported) std::abort();
        return;
    }
    const auto written = manifest_text(manifest);
    if (manifest_text(manifest_from_text(written, "metadata.json")) != written) std::abort();
    for (const auto& slice : manifest.slices) {
        if (!is_slice_filename(slice.filename)) std::abort();
    }
}

}  // namespace
}  // namespace tilewright

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size_bytes) {
    tilewright::read_any(std::string_view(reinterpret_cast<const char*>(data), size_bytes));
    return 0;
}
