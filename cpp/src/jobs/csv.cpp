// SPDX-License-Identifier: Apache-2.0
#include "jobs/csv.h"

namespace tilewright::inline v0_1 {

std::string csv_row(const std::vector<std::string>& fields) {
    std::string row;
    for (const auto& field : fields) {
        if (&field != fields.data()) row += ',';
        if (field.find_first_of(",\"\r\n") == std::string::npos) {
            row += field;
            continue;
        }
        row += '"';
        for (const char c : field) {
            if (c == '"') row += '"';
            row += c;
        }
        row += '"';
    }
    return row + "\n";
}

}  // namespace tilewright::inline v0_1
