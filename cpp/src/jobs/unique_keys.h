// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <unordered_set>

namespace tilewright::inline v0_1 {

/// Texts that tell every image from every other: two names that are not UTF-8 may read the same.
class UniqueKeys {
public:
    std::string unique(const std::string& text) {
        std::string key = text;
        for (int number = 2; !taken_.insert(key).second; ++number) key = text + "~" + std::to_string(number);
        return key;
    }

private:
    std::unordered_set<std::string> taken_;
};

}  // namespace tilewright::inline v0_1
