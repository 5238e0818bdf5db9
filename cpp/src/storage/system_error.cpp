// SPDX-License-Identifier: Apache-2.0
#include "storage/system_error.h"

#include <cerrno>
#include <string>

#include "tilewright/storage/file.h"

namespace tilewright::inline v0_1 {
namespace {

ErrorCode code_of(int error_number) {
    switch (error_number) {
        case ENOENT:
        case ENOTDIR: return ErrorCode::not_found;
        case EACCES:
        case EPERM:
        case EROFS: return ErrorCode::permission;
        case EEXIST: return ErrorCode::already_exists;
        case ENOSPC:
        case EDQUOT:
        case EFBIG:
        case EMFILE:
        case ENFILE:
        case ENOMEM: return ErrorCode::resource;
        case ELOOP:
        case ENAMETOOLONG:
        case EISDIR: return ErrorCode::invalid_argument;
        default: return ErrorCode::io;
    }
}

std::string_view way_out(int error_number) {
    switch (error_number) {
        case ENOSPC: return "; free some space and run again, what is done is kept";
        case EDQUOT: return "; the quota is used up";
        case EMFILE: return "; raise the limit of open files (ulimit -n)";
        case ELOOP: return " (a link that leads back to itself)";
        default: return "";
    }
}

// "ftp://host/a", "s3:/bucket".
bool looks_like_address(std::string_view text) noexcept {
    const auto colon = text.find(':');
    return colon != std::string_view::npos && colon > 1 && text.substr(0, colon).find('/') == std::string_view::npos &&
           (colon + 1 == text.size() || text[colon + 1] == '/');
}

// Errors that come and go with the load of a network file system or machine.
bool is_transient(int error_number) {
    switch (error_number) {
        case EAGAIN:
        case EINTR:
        case EBUSY:
        case ETIMEDOUT:
        case ESTALE:
        case EIO:
        case ENETUNREACH:
        case EHOSTDOWN: return true;
        default: return false;
    }
}

}  // namespace

Error system_error(int error_number, std::string_view action, const std::filesystem::path& path) {
    auto message = "cannot " + std::string(action) + ": " + std::generic_category().message(error_number);
    message += way_out(error_number);
    return Error(code_of(error_number), message, path_text(path), is_transient(error_number));
}

Error unreachable(int error_number, const std::filesystem::path& path) {
    if (error_number == ENOENT) {
        return Error(ErrorCode::not_found,
                     std::string("does not exist") +
                         (looks_like_address(path.native())
                              ? "; addresses begin with s3://, gs://, az://, https://, http://, zip:// or tar://"
                              : ""),
                     path_text(path));
    }
    return system_error(error_number, "be reached", path);
}

}  // namespace tilewright::inline v0_1
