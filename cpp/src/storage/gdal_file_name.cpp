// SPDX-License-Identifier: Apache-2.0
#include "tilewright/storage/gdal_file_name.h"

#include <cpl_vsi.h>

#include <algorithm>
#include <cstring>
#include <exception>
#include <map>
#include <mutex>
#include <string_view>
#include <utility>

#include "storage/vsi_name.h"

namespace tilewright::inline v0_1 {

struct GdalFileName::Entry {
    std::shared_ptr<RandomAccessFile> file;
    std::mutex mutex;
    std::exception_ptr error;  // the first, guarded by the mutex
};

namespace {

using Entry = GdalFileName::Entry;

constexpr std::string_view prefix = "/vsitilewright/";

// The files that GDAL may open just now, by the part of the name that follows the prefix.
class OpenFiles {
public:
    std::string add(const std::shared_ptr<Entry>& entry, const std::string& filename) {
        const std::lock_guard lock(mutex_);
        auto key = std::to_string(next_++) + "/" + filename;
        entries_.emplace(key, entry);
        return key;
    }
    void remove(std::string_view key) {
        const std::lock_guard lock(mutex_);
        entries_.erase(entries_.find(key));
    }
    std::shared_ptr<Entry> find(std::string_view name) {
        if (name.starts_with(prefix)) name.remove_prefix(prefix.size());
        const std::lock_guard lock(mutex_);
        const auto found = entries_.find(name);
        return found == entries_.end() ? nullptr : found->second.lock();
    }

private:
    std::mutex mutex_;
    std::uint64_t next_ = 0;
    std::map<std::string, std::weak_ptr<Entry>, std::less<>> entries_;
};

OpenFiles& open_files() {
    // Never destroyed: archives that stand open until the process ends let go of their names at the very last.
    static auto& files = *new OpenFiles;
    return files;
}

// One opening of a file by GDAL.
struct Handle {
    std::shared_ptr<Entry> entry;
    vsi_l_offset offset = 0;
    bool at_end = false;
};

int stat_file(void*, const char* name, VSIStatBufL* status, int) {
    const auto entry = open_files().find(name);
    if (!entry) return -1;
    std::memset(status, 0, sizeof *status);
    status->st_mode = S_IFREG;
    status->st_size = entry->file->identity().size_bytes;
    status->st_mtime = entry->file->identity().mtime_ns / 1'000'000'000;
    return 0;
}

void* open_file(void*, const char* name, const char* access) {
    if (std::string_view(access).find_first_of("wa+") != std::string_view::npos) return nullptr;
    auto entry = open_files().find(name);
    return entry ? new Handle{std::move(entry)} : nullptr;
}

vsi_l_offset tell(void* handle) {
    return static_cast<Handle*>(handle)->offset;
}

int seek(void* handle, vsi_l_offset offset, int whence) {
    auto& file = *static_cast<Handle*>(handle);
    const auto size = static_cast<vsi_l_offset>(file.entry->file->identity().size_bytes);
    file.offset = whence == SEEK_SET ? offset : (whence == SEEK_CUR ? file.offset : size) + offset;
    file.at_end = false;
    return 0;
}

std::size_t read(void* handle, void* into, std::size_t size, std::size_t count) {
    auto& file = *static_cast<Handle*>(handle);
    if (size == 0 || count == 0) return 0;
    try {
        const auto came = file.entry->file->read_at(file.offset, {static_cast<std::byte*>(into), size * count});
        file.offset += came;
        file.at_end = came < size * count;
        return came / size;
    } catch (...) {
        const std::lock_guard lock(file.entry->mutex);
        if (!file.entry->error) file.entry->error = std::current_exception();
        return 0;
    }
}

int is_at_end(void* handle) {
    return static_cast<Handle*>(handle)->at_end ? 1 : 0;
}

int close(void* handle) {
    delete static_cast<Handle*>(handle);
    return 0;
}

void install() {
    static std::once_flag once;
    std::call_once(once, [] {
        const std::unique_ptr<VSIFilesystemPluginCallbacksStruct, void (*)(VSIFilesystemPluginCallbacksStruct*)> calls(
            VSIAllocFilesystemPluginCallbacksStruct(), VSIFreeFilesystemPluginCallbacksStruct);
        calls->stat = stat_file;
        calls->open = open_file;
        calls->tell = tell;
        calls->seek = seek;
        calls->read = read;
        calls->eof = is_at_end;
        calls->close = close;
        VSIInstallPluginHandler(prefix.data(), calls.get());  // Keeps the pointer to the prefix.
    });
}

}  // namespace

GdalFileName::GdalFileName(std::shared_ptr<RandomAccessFile> file, const std::string& filename)
    : entry_(std::make_shared<Entry>()) {
    install();
    entry_->file = std::move(file);
    name_ = std::string(prefix) +
            open_files().add(entry_, filename.empty() ? entry_->file->place().filename().string() : filename);
}

GdalFileName::~GdalFileName() {
    open_files().remove(std::string_view(name_).substr(prefix.size()));
}

void GdalFileName::rethrow_error() const {
    const std::lock_guard lock(entry_->mutex);
    if (entry_->error) std::rethrow_exception(entry_->error);
}

std::string gdal_name_of_path(const std::filesystem::path& path) {
    return vsi_name(path);
}

}  // namespace tilewright::inline v0_1
