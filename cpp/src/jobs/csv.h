// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

namespace tilewright::inline v0_1 {

/// A line of a CSV file (RFC 4180, but ended by "\n" alone): fields are quoted where they have to be.
std::string csv_row(const std::vector<std::string>& fields);

}  // namespace tilewright::inline v0_1
