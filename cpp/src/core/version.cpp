// SPDX-License-Identifier: Apache-2.0
#include "tilewright/core/version.h"

namespace tilewright::inline v0_1 {

std::string_view version() noexcept {
    return TILEWRIGHT_VERSION;
}

}  // namespace tilewright::inline v0_1
