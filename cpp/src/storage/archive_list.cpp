// SPDX-License-Identifier: Apache-2.0
#include "storage/archive_list.h"

#include <archive.h>
#include <archive_entry.h>

#include <algorithm>
#include <cstdint>
#include <exception>
#include <memory>
#include <string>
#include <vector>

#include "tilewright/core/error.h"

namespace tilewright::inline v0_1 {
namespace {

// What libarchive reads through: C's way of calling back.
struct Source {
    RandomAccessFile& file;
    std::int64_t offset = 0;
    std::vector<std::byte> buffer = std::vector<std::byte>(std::size_t{1} << 16);
    std::exception_ptr error = {};
};

la_ssize_t read(archive*, void* user, const void** bytes) {
    auto& source = *static_cast<Source*>(user);
    try {
        const auto count = source.file.read_at(static_cast<std::uint64_t>(source.offset), source.buffer);
        source.offset += static_cast<std::int64_t>(count);
        *bytes = source.buffer.data();
        return static_cast<la_ssize_t>(count);
    } catch (...) {
        source.error = std::current_exception();
        return -1;
    }
}

la_int64_t seek(archive*, void* user, la_int64_t offset, int whence) {
    auto& source = *static_cast<Source*>(user);
    const auto size = source.file.identity().size_bytes;
    source.offset = std::clamp<std::int64_t>(offset + (whence == SEEK_CUR   ? source.offset
                                                       : whence == SEEK_END ? size
                                                                            : 0),
                                             0, size);
    return source.offset;
}

la_int64_t skip(archive* reader, void* user, la_int64_t bytes) {
    const auto before = static_cast<Source*>(user)->offset;
    return seek(reader, user, bytes, SEEK_CUR) - before;
}

struct Free {
    void operator()(archive* reader) const noexcept { archive_read_free(reader); }
};

}  // namespace

void list_members(RandomAccessFile& archive, const std::stop_token& stop, const std::function<void(ListedFile)>& take) {
    Source source{archive};
    const std::unique_ptr<::archive, Free> reader(archive_read_new());
    if (!reader) throw Error(ErrorCode::resource, "not enough memory to list the archive", path_text(archive.place()));
    archive_read_support_format_zip_seekable(reader.get());
    archive_read_support_format_tar(reader.get());
    archive_read_support_filter_gzip(reader.get());
    archive_read_set_read_callback(reader.get(), read);
    archive_read_set_seek_callback(reader.get(), seek);
    archive_read_set_skip_callback(reader.get(), skip);
    archive_read_set_callback_data(reader.get(), &source);
    const auto fail = [&](const std::string& what) {
        if (source.error) std::rethrow_exception(source.error);
        const char* said = archive_error_string(reader.get());
        throw Error(ErrorCode::corrupt, what + (said == nullptr ? "" : ": " + std::string(said)),
                    path_text(archive.place()));
    };
    if (archive_read_open1(reader.get()) != ARCHIVE_OK) fail("the archive cannot be read; it is damaged, or none");
    for (;;) {
        if (stop.stop_requested()) {
            throw Error(ErrorCode::cancelled, "stopped on request", path_text(archive.place()));
        }
        archive_entry* entry = nullptr;
        const int result = archive_read_next_header(reader.get(), &entry);
        if (result == ARCHIVE_EOF) return;
        if (result < ARCHIVE_WARN) fail("the archive's list breaks off; it is damaged, or none");
        if (archive_entry_filetype(entry) != AE_IFREG) continue;
        const char* name = archive_entry_pathname(entry);
        std::string path = name == nullptr ? "" : name;
        while (path.starts_with("./")) path.erase(0, 2);
        if (path.empty()) fail("a member has no name");
        // The archive's own time says more than those of its members: to the second, and without a zone.
        take({std::move(path), {archive_entry_size(entry), archive.identity().mtime_ns}});
    }
}

}  // namespace tilewright::inline v0_1
