// SPDX-License-Identifier: Apache-2.0
#include "tilewright/storage/append_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <string_view>
#include <utility>

#include "storage/system_error.h"

namespace tilewright {

AppendFile::AppendFile(std::filesystem::path path)
    : path_(std::move(path)), descriptor_(::open(path_.c_str(), O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC, 0666)) {
    if (descriptor_ < 0) throw system_error(errno, "open for appending", path_);
    struct stat status {};
    char last = '\n';
    if (::fstat(descriptor_, &status) != 0 ||
        (status.st_size > 0 && ::pread(descriptor_, &last, 1, status.st_size - 1) < 0)) {
        const int error_number = errno;
        ::close(descriptor_);
        throw system_error(error_number, "open for appending", path_);
    }
    torn_ = last != '\n';
}

AppendFile::~AppendFile() {
    ::close(descriptor_);
}

void AppendFile::append(std::string line) {
    line += '\n';
    if (torn_) line.insert(0, 1, '\n');
    std::string_view rest = line;
    while (!rest.empty()) {
        const auto count = ::write(descriptor_, rest.data(), rest.size());
        if (count < 0) {
            if (errno == EINTR) continue;
            throw system_error(errno, "append to", path_);
        }
        rest.remove_prefix(static_cast<std::size_t>(count));
        torn_ = !rest.empty();
    }
}

}  // namespace tilewright
