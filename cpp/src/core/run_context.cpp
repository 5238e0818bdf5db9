// SPDX-License-Identifier: Apache-2.0
#include "tilewright/core/run_context.h"

#include "tilewright/core/error.h"

namespace tilewright::inline v0_1 {

void RunContext::throw_if_stopped() const {
    if (stop.stop_requested()) throw Error(ErrorCode::cancelled, "stopped on request");
}

}  // namespace tilewright::inline v0_1
