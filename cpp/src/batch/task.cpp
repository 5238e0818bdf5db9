// SPDX-License-Identifier: Apache-2.0
#include "tilewright/batch/task.h"

namespace tilewright::inline v0_1 {

std::string_view name(TaskStatus status) noexcept {
    switch (status) {
        case TaskStatus::done: return "done";
        case TaskStatus::skipped: return "skipped";
        case TaskStatus::failed: return "failed";
        case TaskStatus::cancelled: return "cancelled";
    }
    return "failed";
}

}  // namespace tilewright::inline v0_1
