// SPDX-License-Identifier: Apache-2.0
#include "tilewright/codec/compression.h"

#include <string>

#include "tilewright/core/error.h"

namespace tilewright::inline v0_1 {

std::string_view name(Compression compression) noexcept {
    switch (compression) {
        case Compression::fast: return "fast";
        case Compression::balanced: return "balanced";
        case Compression::small: return "small";
    }
    return "fast";
}

Compression parse_compression(std::string_view text) {
    for (const auto compression : {Compression::fast, Compression::balanced, Compression::small}) {
        if (text == name(compression)) return compression;
    }
    throw Error(ErrorCode::invalid_argument,
                "unknown compression \"" + std::string(text) + "\"; choose fast, balanced or small", "compression");
}

}  // namespace tilewright::inline v0_1
