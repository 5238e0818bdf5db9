// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

namespace tilewright {

/// How much time to spend for how small a file. All are lossless; the samples read back are the same.
enum class Compression {
    fast,      ///< several hundred MB/s a core; a few per cent larger than the usual PNG writers
    balanced,  ///< about a third as fast; about their size
    small,     ///< about a tenth as fast; smaller than theirs
};

std::string_view name(Compression compression) noexcept;
/// @throws Error invalid_argument naming the text and the choices
Compression parse_compression(std::string_view text);

}  // namespace tilewright
