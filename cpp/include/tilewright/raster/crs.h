// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#pragma GCC visibility push(default)
namespace tilewright::inline v0_1 {

/// Whether two texts (WKT, empty for none) mean the same coordinate reference system: names and notations may differ,
/// what places a point may not. A text that is no WKT is the same as itself only. Safe from any thread.
bool same_crs(const std::string& wkt_a, const std::string& wkt_b);

}  // namespace tilewright::inline v0_1
#pragma GCC visibility pop
