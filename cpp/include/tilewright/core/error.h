// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <stdexcept>
#include <string>
#include <string_view>

#pragma GCC visibility push(default)
namespace tilewright::inline v0_1 {

/// Why an operation failed. The set is closed: callers may switch over it.
enum class ErrorCode {
    invalid_argument,  ///< the caller asked for something that can never work
    not_found,         ///< a file, object or band does not exist
    already_exists,    ///< the destination is taken and overwriting was not asked for
    permission,        ///< the store or file system refused access
    io,                ///< reading or writing failed
    corrupt,           ///< data contradict themselves or their hash
    unsupported,       ///< valid, but not something this build or format can hold
    resource,          ///< memory, disk or a configured limit would be exceeded
    cancelled,         ///< a stop was requested
    internal,          ///< a defect in tilewright
};

/// The name as it stands in logs, reports and Python, e.g. "not_found".
std::string_view name(ErrorCode code) noexcept;

/// The one exception that the library throws.
///
/// `where` names what the message is about: a path, a URL, an option.
/// `transient` is true where the same call may succeed later (a time-out, a 503); retry reads nothing else.
class Error : public std::runtime_error {
public:
    Error(ErrorCode code, const std::string& message, std::string where = {}, bool transient = false);

    ErrorCode code() const noexcept { return code_; }
    const std::string& where() const noexcept { return where_; }
    bool transient() const noexcept { return transient_; }

private:
    ErrorCode code_;
    std::string where_;
    bool transient_;
};

}  // namespace tilewright::inline v0_1
#pragma GCC visibility pop
