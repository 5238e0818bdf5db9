// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <vector>

namespace tilewright::inline v0_1 {

/// Turns a complete DEFLATE stream into one that another may follow: its final block is marked as not final, and an
/// empty stored block fills it up to a whole byte.
///
/// The place of the final block's header is known only to who decodes what stands before it, so this costs an inflate.
///
/// @param out  holds a complete raw DEFLATE stream from byte `begin` to its end
/// @throws Error internal if it does not
void open_final_block(std::vector<std::byte>& out, std::size_t begin);

}  // namespace tilewright::inline v0_1
