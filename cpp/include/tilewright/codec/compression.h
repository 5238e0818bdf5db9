// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

#pragma GCC visibility push(default)
namespace tilewright::inline v0_1 {

/// How much time to spend for how small a file. All are lossless; the samples read back are the same.
enum class Compression {
    fast,      ///< over 200 MB/s a core; about 7 % larger than the usual PNG writers on photographs
    balanced,  ///< half as fast; about 2 % larger than theirs
    small,     ///< an eighth as fast, still four times theirs; about 7 % smaller
};

std::string_view name(Compression compression) noexcept;
/// @throws Error invalid_argument naming the text and the choices
Compression parse_compression(std::string_view text);

}  // namespace tilewright::inline v0_1
#pragma GCC visibility pop
