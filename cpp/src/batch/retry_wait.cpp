// SPDX-License-Identifier: Apache-2.0
#include "batch/retry_wait.h"

#include <algorithm>
#include <cmath>

namespace tilewright::inline v0_1 {

double retry_wait_s(const EngineOptions& options, int attempts, std::mt19937_64& random) {
    const double bound =
        std::min(options.retry_delay_max_s, options.retry_delay_s * std::exp2(std::min(attempts - 1, 60)));
    return std::uniform_real_distribution<double>(0, bound)(random);
}

}  // namespace tilewright::inline v0_1
