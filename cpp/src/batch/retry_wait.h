// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <random>

#include "tilewright/batch/engine.h"

namespace tilewright::inline v0_1 {

/// How long a task waits after so many failed attempts (from 1), in seconds: anything from 0 to a bound that doubles
/// each time up to the options' maximum, so that tasks that failed together do not come back together.
double retry_wait_s(const EngineOptions& options, int attempts, std::mt19937_64& random);

}  // namespace tilewright::inline v0_1
