// SPDX-License-Identifier: Apache-2.0
#include "tilewright/storage/copy_file.h"

#include <algorithm>
#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "tilewright/core/error.h"
#include "tilewright/storage/file.h"
#include "tilewright/storage/random_access_file.h"

namespace tilewright::inline v0_1 {
namespace {

constexpr std::int64_t copied_at_once_bytes = std::int64_t{4} << 20;

}  // namespace

std::int64_t copy_file(const std::filesystem::path& from, const std::filesystem::path& to,
                       const std::stop_token& stop) {
    const auto source = RandomAccessFile::open(from);
    const auto size = source->identity().size_bytes;
    InputFile input(source);
    if (to.has_parent_path()) make_folder(to.parent_path());
    AtomicFile output(to);
    std::vector<std::byte> piece(static_cast<std::size_t>(std::min(size, copied_at_once_bytes)));
    for (std::int64_t done = 0; done < size;) {
        if (stop.stop_requested()) throw Error(ErrorCode::cancelled, "stopped on request");
        const auto wanted = static_cast<std::size_t>(std::min<std::int64_t>(size - done, copied_at_once_bytes));
        const auto came = input.read(std::span(piece).first(wanted));
        output.write(std::span(piece).first(came));
        done += static_cast<std::int64_t>(came);
        if (came < wanted) {
            throw Error(ErrorCode::io,
                        "had " + std::to_string(size) + " bytes when its copy began, and ended after " +
                            std::to_string(done) + "; copy it again once it is at rest",
                        path_text(from));
        }
    }
    output.commit();
    return size;
}

}  // namespace tilewright::inline v0_1
