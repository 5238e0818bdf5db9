// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cpl_http.h>

#include <memory>

namespace tilewright::inline v0_1 {

struct FreeHttpResult {
    void operator()(CPLHTTPResult* result) const noexcept { CPLHTTPDestroyResult(result); }
};
using HttpResult = std::unique_ptr<CPLHTTPResult, FreeHttpResult>;

}  // namespace tilewright::inline v0_1
