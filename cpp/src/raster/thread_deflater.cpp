// SPDX-License-Identifier: Apache-2.0
#include "raster/thread_deflater.h"

#include <array>
#include <optional>

namespace tilewright::inline v0_1 {

Deflater& thread_deflater(Compression compression) {
    thread_local std::array<std::optional<Deflater>, 3> deflaters;
    auto& deflater = deflaters.at(static_cast<std::size_t>(compression));
    if (!deflater) deflater.emplace(compression);
    return *deflater;
}

}  // namespace tilewright::inline v0_1
