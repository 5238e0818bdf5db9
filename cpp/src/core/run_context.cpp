// SPDX-License-Identifier: Apache-2.0
#include "tilewright/core/run_context.h"

#include "tilewright/core/error.h"

namespace tilewright {

void RunContext::throw_if_stopped() const {
    if (stop.stop_requested()) throw Error(ErrorCode::cancelled, "stopped on request");
}

}  // namespace tilewright
